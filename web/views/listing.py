"""What the pages of the task list show: tabs with counts, filters, rows. Reads queries; answers no request itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from engine.errors import Invalid
from engine.queries import colleagues, tasklist
from engine.queries.tasklist import N_COUNTED, Wanted, Whose
from engine.queries.view import View
from web.accounts import actor, engine
from web.context import may
from web.presentation import CATEGORIES, ROLES, STAGES
from web.views.shown import shown_tasks

PAGE = 50
DAYS = (1, 3, 7, 15)
FIELDS = ("view", "sort", "role", "stage", "category", "unit", "level", "days")


@dataclass(frozen=True, slots=True)
class Tab:
    """One list: its title, its address, and how many tasks it has, in words."""

    name: Whose
    title: str
    url: str
    n: str


def asked(data: Mapping[str, str]) -> Wanted:
    """What a page asks for; what does not exist is the usual list."""
    raw = {name: data.get(name, "") for name in FIELDS}
    raw["whose"] = raw.pop("view")
    try:
        return tasklist.wanted_of(raw)
    except Invalid:
        return Wanted()


def address(wanted: Wanted | Mapping[str, Any], endpoint: str = "tasks.mine", **more: Any) -> str:
    """Where a list is to be seen."""
    kept = dict(tasklist.kept(wanted) if isinstance(wanted, Wanted) else wanted)
    view = kept.pop("whose", "me")
    return url_for(endpoint, view=view, **kept, **more)


def tabs(n: Mapping[str, int]) -> list[Tab]:
    """The lists in the order of use; the free ones of others interest who may assign them."""
    titles: dict[Whose, str] = {
        "me": gettext("待我处理"),
        "mine": gettext("我已领取"),
        "free": gettext("可领取"),
        "any": gettext("全部任务"),
        "none": gettext("无人领取"),
        "overdue": gettext("已超期"),
        "followed": gettext("我的关注"),
    }
    shown = (name for name in titles if name != "none" or may("TASK_ASSIGN"))
    return [Tab(name, titles[name], url_for("tasks.mine", view=name), _counted(n[name])) for name in shown]


def rows(view: View, wanted: Wanted, q: str = "", after: str | None = None) -> dict[str, Any]:
    """The rows of a page, and where the next one is."""
    found = tasklist.page(view, actor(), wanted, q=q, after=after, limit=PAGE)
    return {"tasks": shown_tasks(view, found.items), "after": found.next, "is_all": found.is_all, "wanted": wanted,
            "q": q, "fields": fields_of(wanted), "next_url": address(wanted, after=found.next)}  # fmt: skip


def page(wanted: Wanted, q: str = "", after: str | None = None, failure: str = "") -> dict[str, Any]:
    """The whole page."""
    with engine().read() as view:
        shown = rows(view, wanted, "" if failure else q, after)
        n = tasklist.counts(view, actor())
        filters = colleagues.kept_filters(view, actor())
        units = _units(view)
    for each in filters:
        each["url"] = address(each["wanted"])
        each["is_active"] = each["wanted"] == tasklist.kept(wanted)
    narrowed = any(getattr(wanted, name) for name in FIELDS if name not in ("view", "sort"))
    return shown | {"tabs": tabs(n), "view": wanted.whose, "filters": filters, "failure": failure, "q": q,
                    "choices": choices(wanted, units), "is_narrowed": narrowed,
                    "is_usual": not tasklist.kept(wanted).keys() - {"whose"},
                    "rows_url": address(wanted, "tasks.rows", after=after)}  # fmt: skip


def fields_of(wanted: Wanted) -> dict[str, Any]:
    """The filter as hidden inputs of a form."""
    kept = tasklist.kept(wanted)
    return {"view": kept.pop("whose", "me")} | kept


def choices(wanted: Wanted, units: list[tuple[str, str]]) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
    """The inputs of the filter: name, label, value, options."""
    levels = [("1", gettext("特急")), ("2", gettext("加急及以上"))]
    days = [(str(n), gettext("%(n)s天内到期", n=n)) for n in DAYS]
    found = [
        ("sort", gettext("排序"), wanted.sort, [("urgent", gettext("紧急程度")), ("legal", gettext("法定时限"))]),
        ("stage", gettext("环节"), wanted.stage, [(code, str(name)) for code, name in STAGES.items()]),
        ("role", gettext("岗位"), wanted.role, [(code, str(name)) for code, name in ROLES.items()]),
        ("category", gettext("业务类别"), wanted.category, [(code, str(name)) for code, name in CATEGORIES.items()]),
        ("unit", gettext("供电单位"), wanted.unit, units),
        ("days", gettext("法定时限"), str(wanted.days or ""), days),
        ("level", gettext("紧急程度"), str(wanted.level or ""), levels),
    ]
    return [each for each in found if each[0] != "unit" or len(units) > 1]


def told(found: Mapping[str, Any], wanted: Wanted) -> tuple[Any, ...]:
    """All that the rows tell and that may change while one looks: for the tag of the answer."""
    now = engine().clock.now().replace(second=0, microsecond=0)
    return (actor().id, wanted, found["tasks"], found["after"], now)


def _units(view: View) -> list[tuple[str, str]]:
    organisation = view.world.organisation(view.connection)
    seen = view.units_of(actor())
    codes = sorted(organisation.units) if seen is None else sorted(seen)
    return [(code, organisation.units[code].name) for code in codes]


def _counted(n: int) -> str:
    return f"{N_COUNTED - 1}+" if n >= N_COUNTED else str(n)


def search_words() -> str:
    """What is looked for: only ever posted, because a name has no place in an address."""
    return request.form.get("q", "").strip()[: tasklist.N_MAX_QUERY]
