"""The task list: whose tasks, which of them, by what order, how many. Only what lies in the actor's units.

Finds ids page by page from the indexes (store/task_pages.py), then the lines of those; decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeAlias

from engine.domain.escalation import PRIORITIES
from engine.errors import Invalid
from engine.policy import Actor, Permission, require
from engine.queries.orders import N_MAX_PAGE
from engine.queries.tasks import TaskLine, task_line
from engine.queries.view import View
from engine.queries.worklist import Item, may_claim
from engine.store import follows, reading, search, task_pages
from engine.store.task_pages import N_COUNTED, Order, Source

Whose: TypeAlias = Literal["me", "mine", "free", "none", "any", "overdue", "followed"]
WHOSE: tuple[Whose, ...] = ("me", "mine", "free", "none", "any", "overdue", "followed")
"""`me`: what he holds and what he may take; `mine`: what he holds; `free`: what he may take; of his units: `none`:
what nobody holds, `any`: all, `overdue`: beyond the law's end; `followed`: of the orders that he follows."""
Sort: TypeAlias = Literal["urgent", "legal"]
SORTS: tuple[Sort, ...] = ("urgent", "legal")
N_MAX_QUERY = 60
N_MAX_DAYS = 365
_PARTS = {"me": ("mine", "takeable"), "mine": ("mine",), "free": ("takeable",), "none": ("free",)}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,2}")
_CODE = re.compile(r"[0-9A-Za-z_]{0,64}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks. `legal` sorts by the law's end, those without one last; `days`: the law's end is nearer than that;
    `level`: this priority or one before it; `unit`: that one and all below it."""

    whose: Whose = "me"
    sort: Sort = "urgent"
    role: str = ""
    stage: str = ""
    category: str = ""
    unit: str = ""
    level: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Tasks, where the next page begins (None: there is none), and whether a search was too wide to find all."""

    items: list[Item]
    next: str | None
    is_all: bool = True


def wanted_of(raw: Mapping[str, Any]) -> Wanted:
    """Read what a page, a program or a kept filter says. Raises Invalid for what does not exist."""
    given = {name: value for name, value in raw.items() if value not in ("", None)}
    if unknown := given.keys() - Wanted.__dataclass_fields__:
        raise Invalid(f"没有这个筛选条件：{min(unknown)[:40]}", field=min(unknown)[:40])
    read: dict[str, Any] = {n: _number(n, v) if n in ("level", "days") else str(v) for n, v in given.items()}
    wanted = Wanted(**read)
    if wanted.whose not in WHOSE or wanted.sort not in SORTS:
        raise Invalid("没有这个筛选条件", field="whose" if wanted.whose not in WHOSE else "sort")
    for name in ("role", "stage", "category", "unit"):
        if not _CODE.fullmatch(getattr(wanted, name)):
            raise Invalid("没有这个筛选条件", field=name)
    return wanted


def kept(wanted: Wanted) -> dict[str, Any]:
    """What differs from the usual list: as addresses and kept filters say it."""
    usual = asdict(Wanted())
    return {name: value for name, value in asdict(wanted).items() if value != usual[name]}


def page(view: View, actor: Actor, wanted: Wanted, *, q: str = "", after: str | None = None, limit: int = 50) -> Page:
    """A page of the list; `q`: part of an order's number, a name or an address; `after`: the `next` of the page before.

    Raises Invalid for a limit beyond the page size, a search of one character or a broken cursor.
    """
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    return _page(view, actor, wanted, _searched(view, actor, wanted, q), after, limit)


def counts(view: View, actor: Actor) -> dict[str, int]:
    """How many tasks each list has; N_COUNTED means that many or more."""
    require(actor, Permission.ORDER_READ)
    n = {whose: _count(view, actor, Wanted(whose)) for whose in WHOSE if whose != "me"}
    return {"me": min(n["mine"] + n["free"], N_COUNTED)} | n


def next_of(view: View, actor: Actor, order_no: str = "") -> TaskLine | None:
    """What he may do now: a task of this order if there is one, else the most urgent that he holds or may take."""
    require(actor, Permission.ORDER_READ)
    head = reading.order(view.connection, order_no) if order_no else None
    here = search.Found((head["id"],), True) if head else None
    for found in (here, None) if here else (None,):
        if items := _page(view, actor, Wanted(), found, None, 1).items:
            return items[0].line
    return None


def _page(view: View, actor: Actor, wanted: Wanted, found: search.Found | None, after: str | None, limit: int) -> Page:
    sources = _sources(view, actor, wanted, found)
    keys: list[tuple[Order, tuple[Any, ...]]] = []
    for order, begin in _orders(wanted, after):
        keys += [(order, key) for key in _merged(view, sources, order, begin, limit + 1)]
        if len(keys) > limit:
            break
    rows = task_pages.lines(view.connection, [key[-1] for _, key in keys[:limit]])
    items = [Item(line, may_claim(actor, line)) for line in (task_line(row, actor) for row in rows)]
    following = _cursor(*keys[limit - 1]) if len(keys) > limit else None
    return Page(items, following, found is None or found.is_all)


def _number(name: str, value: Any) -> int:
    most = max(PRIORITIES) if name == "level" else N_MAX_DAYS
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)) or int(value) > most:
        raise Invalid(f"应为 0 至 {most} 的整数", field=name)
    return int(value)


def _searched(view: View, actor: Actor, wanted: Wanted, q: str) -> search.Found | None:
    words = search.plain(q)
    if not words:
        return None
    if not 2 <= len(words) <= N_MAX_QUERY:
        raise Invalid(f"请输入 2 至 {N_MAX_QUERY} 个字", field="q")
    return search.find(view.connection, view.world.vault, words, _units(view, actor, wanted))


def _units(view: View, actor: Actor, wanted: Wanted) -> list[str] | None:
    """The units looked at: his, or the part of them that he asks for; None for all there are."""
    mine = view.units_of(actor)
    if not wanted.unit:
        return None if mine is None else list(mine)
    asked = view.world.organisation(view.connection).descendants(wanted.unit)
    return sorted(asked if mine is None else asked & set(mine))


def _count(view: View, actor: Actor, wanted: Wanted) -> int:
    order: Order = _order_of(wanted)
    n = 0
    for source in _sources(view, actor, wanted, None):
        n += task_pages.count(view.connection, source, order)
        if n >= N_COUNTED:
            break
    return min(n, N_COUNTED)


def _orders(wanted: Wanted, after: str | None) -> Iterator[tuple[Order, tuple[Any, ...] | None]]:
    """By which order one reads, and from where: first those with an end by law, then the others, where it is asked."""
    begin = _position(after) if after else None
    has_end = wanted.whose == "overdue" or wanted.days
    names: tuple[Order, ...] = ("urgent",) if _order_of(wanted) == "urgent" else ("legal",)
    names += () if has_end or names == ("urgent",) else ("undated",)
    if begin is not None and begin[0] not in names:
        raise Invalid("翻页标记无效", field="after")
    for name in names[names.index(begin[0]) if begin else 0 :]:
        yield name, begin[1] if begin and begin[0] == name else None


def _sources(view: View, actor: Actor, wanted: Wanted, found: search.Found | None) -> list[Source]:
    units = _units(view, actor, wanted)
    filters, values = _filters(view, wanted)
    roles = ["", *sorted(actor.roles)]
    scope: dict[str, Any] = {} if units is None else {"units": units}
    own = (*filters, *(("units",) if units is not None else ()))
    if wanted.whose == "followed" or found is not None:
        orders = {"orders": _of_orders(view, actor, wanted, found)}
        return [_of_part(Source("orders", scope | orders, own, values), part, actor, roles)
                for part in _PARTS.get(wanted.whose, ("",))]  # fmt: skip
    everywhere = sorted(view.world.organisation(view.connection).units) if units is None else units
    held = Source("held", scope, own, values | {"login": actor.id})
    takeable = {"units": everywhere, "roles": roles}
    free = [Source("role", takeable, filters, values), Source("offered", takeable, filters, values)]
    if wanted.whose in ("me", "mine", "free"):
        return {"me": [held, *free], "mine": [held], "free": free}[wanted.whose]
    more = (*filters, "free") if wanted.whose == "none" else filters
    if units is None and _order_of(wanted) == "urgent":
        return [Source("all", {}, more, values)]
    return [Source("unit", {"units": everywhere}, more, values)]


def _of_part(source: Source, part: str, actor: Actor, roles: list[str]) -> Source:
    """The tasks of a source that he holds, may take, or anybody might."""
    return replace(
        source,
        lists={**source.lists, "roles": roles} if part == "takeable" else source.lists,
        filters=(*source.filters, part) if part else source.filters,
        values={**source.values, "login": actor.id} if part == "mine" else source.values,
    )


def _order_of(wanted: Wanted) -> Sort:
    """By what is sorted: who asks for a time left reads by it."""
    return "legal" if wanted.whose == "overdue" or wanted.days else wanted.sort


def _of_orders(view: View, actor: Actor, wanted: Wanted, found: search.Found | None) -> list[int]:
    followed = follows.of(view.connection, actor.id) if wanted.whose == "followed" else None
    if found is None:
        return sorted(followed or ())
    return [order_id for order_id in found.order_ids if followed is None or order_id in followed]


def _filters(view: View, wanted: Wanted) -> tuple[tuple[str, ...], dict[str, Any]]:
    values: dict[str, Any] = {}
    if wanted.role:
        values["role"] = wanted.role
    if wanted.stage:
        values["stage"] = wanted.stage
    if wanted.category:
        values["category"] = wanted.category
    if wanted.level:
        values["level"] = wanted.level
    if wanted.whose == "overdue" or wanted.days:
        days = 0 if wanted.whose == "overdue" else wanted.days
        values["until"] = view.now + timedelta(days=days)
    return tuple(values), {{"role": "of_role"}.get(name, name): value for name, value in values.items()}


def _merged(
    view: View, sources: list[Source], order: Order, after: tuple[Any, ...] | None, limit: int
) -> list[tuple[Any, ...]]:
    """The first of all sources together; a task that two of them have stands there once."""
    found = [key for source in sources for key in task_pages.ids(view.connection, source, order, after, limit)]
    return sorted(set(found))[:limit]


def _cursor(order: Order, key: tuple[Any, ...]) -> str:
    *before, at, task_id = key
    return "|".join([order, *(str(each) for each in before), at.isoformat(), task_id])


def _position(after: str) -> tuple[Order, tuple[Any, ...]]:
    order, *parts = after.split("|", 3 if after.startswith("urgent|") else 2)
    try:
        *level, at, task_id = parts
        instant = datetime.fromisoformat(at)
        key = (*map(int, level), instant, task_id)
    except ValueError:
        raise Invalid("翻页标记无效", field="after") from None
    fits = {"urgent": 3, "legal": 2, "undated": 2}.get(order) == len(key)
    if not fits or instant.tzinfo is None or (level and int(level[0]) not in PRIORITIES):
        raise Invalid("翻页标记无效", field="after")
    return order, key  # type: ignore[return-value]
