"""What managers look at: orders of a place and a period counted, and the orders behind each figure.

Rates by the domain dossier 6.2. On time: archived (办结) orders of which no clock used more than its limit (rules
A05a and A05b), of all archived in the period. 一证通办: accepted orders with no paper or upload of the customer but the
subject's certificate, of all accepted. 刷脸: residential orders of natural persons with a face route, of all such
accepted. Kept promises: promised documents whose last day fell in the period and is over, that came by that day. What
is left of the time is the soonest legal end of an order's running clocks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.clocks import STAGES, TOTAL
from engine.domain.face import FACE_ROUTES
from engine.domain.organisation import OPERATING_KINDS, Organisation
from engine.errors import Invalid, NotFound
from engine.policy import PROVINCE, Actor, Permission, require
from engine.queries.orders import N_MAX_PAGE
from engine.queries.view import View
from engine.store import figures

FIGURES = tuple(figures.CONDITIONS)
MAX_DAYS = 3660
_VALUE = re.compile(r"[0-9A-Za-z_:.-]{0,240}")
"""A stage, a cause, a level, a group of what is left, or `VERSION:ELEMENT`."""
LEFT_LAST = ("more", figures.SUSPENDED, figures.NO_CLOCK)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit, or one hall of it; `level` of a hall, `kind` of a unit."""

    unit: str
    hall: str
    name: str
    kind: str = ""
    level: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Days of Shanghai, first and last included."""

    first: date
    last: date


@dataclass(slots=True)
class Numbers:
    """Counts; the rates are of them, None where there is nothing to divide by."""

    accepted: int = 0
    papered: int = 0
    identified: int = 0
    face: int = 0
    archived: int = 0
    late: int = 0
    open: int = 0
    overdue: int = 0
    promised: int = 0
    kept: int = 0

    @property
    def on_time(self) -> int:
        """Archived within every limit."""
        return self.archived - self.late

    @property
    def unpapered(self) -> int:
        """Accepted without papers of the customer."""
        return self.accepted - self.papered

    @property
    def rates(self) -> dict[str, float | None]:
        """Shares of one, by the name of the figure on top of the fraction."""
        pairs = {"on_time": (self.on_time, self.archived), "unpapered": (self.unpapered, self.accepted),
                 "face": (self.face, self.identified), "kept": (self.kept, self.promised)}  # fmt: skip
        return {name: above / below if below else None for name, (above, below) in pairs.items()}


@dataclass(frozen=True, slots=True)
class Level:
    """Face routes in the halls of one level: of so many halls so many had at least one."""

    level: str
    identified: int
    face: int
    n_halls: int
    n_with_face: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One place. `path` leads down to it from the highest that the actor sees; `lines` are the places just below."""

    place: Place
    path: tuple[Place, ...]
    period: Period
    total: Numbers
    lines: tuple[tuple[Place, Numbers], ...]
    steps: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, int], ...]
    late_stages: tuple[tuple[str, int], ...]
    categories: tuple[tuple[str, Numbers], ...]
    levels: tuple[Level, ...]


@dataclass(slots=True)
class _Rows:
    """Counts by unit and hall, as the store gives them."""

    numbers: dict[tuple[str, str], Numbers] = field(default_factory=dict)

    def add(self, rows: Iterable[dict[str, Any]], *names: str) -> None:
        for row in rows:
            numbers = self.numbers.setdefault((row["unit_code"], row["hall_code"]), Numbers())
            for name in names:
                setattr(numbers, name, getattr(numbers, name) + int(row[name]))


def period_of(view: View, first: date | None, last: date | None) -> Period:
    """The period asked for; from the first of this month until today where nothing is said. Raises Invalid."""
    today = view.now.astimezone(SHANGHAI).date()
    last = last or today
    found = Period(first or last.replace(day=1), last)
    if not timedelta(0) <= found.last - found.first <= timedelta(days=MAX_DAYS):
        raise Invalid("起止日期有误", field="from")
    return found


def dashboard(view: View, actor: Actor, unit: str = "", hall: str = "", period: Period | None = None) -> Dashboard:
    """The figures of a unit or hall; the actor's own unit where none is named. Raises NotFound outside his units."""
    organisation = view.world.organisation(view.connection)
    place, scope, period = _asked(view, actor, unit, hall, period)
    rows, by_category = _Rows(), dict[str, Numbers]()
    accepted = figures.accepted(view.connection, scope)
    archived = figures.archived(view.connection, scope)
    standing = figures.open_orders(view.connection, scope)
    rows.add(accepted, "accepted", "papered", "identified", "face")
    rows.add(archived, "archived", "late")
    rows.add(({**row, "open": row["n"], "overdue": row["n"] * (row["left"] == figures.OVERDUE)} for row in standing),
             "open", "overdue")  # fmt: skip
    rows.add(figures.promises(view.connection, scope), "promised", "kept")
    for row in archived:
        numbers = by_category.setdefault(row["category"], Numbers())
        numbers.archived, numbers.late = numbers.archived + row["archived"], numbers.late + int(row["late"])
    return Dashboard(
        place=place,
        path=tuple(_path(view, actor, organisation, place)),
        period=period,
        total=_sum(rows.numbers.values()),
        lines=_lines(organisation, place, rows.numbers),
        steps=_in_flow(figures.steps(view.connection, scope)),
        left=_left(scope, standing),
        reasons=tuple(sorted(((r["why"], r["n"]) for r in figures.reasons(view.connection, scope)), key=_most)),
        late_stages=_in_flow(figures.late_stages(view.connection, scope)),
        categories=tuple(sorted(by_category.items())),
        levels=tuple(_levels(organisation, scope, rows.numbers)),
    )


def orders_behind(
    view: View,
    actor: Actor,
    figure: str,
    value: str = "",
    *,
    unit: str = "",
    hall: str = "",
    period: Period | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """A page of the orders that a figure counts, newest first; `after` is the last `id` of the page before. Raises
    Invalid for a figure that there is not, NotFound outside the actor's units."""
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    if figure not in figures.CONDITIONS or not _VALUE.fullmatch(value):
        raise Invalid("没有这个指标", field="figure")
    _, scope, _ = _asked(view, actor, unit, hall, period)
    return figures.orders(view.connection, scope, figure, value, after=after, limit=limit)


def place_of(view: View, actor: Actor, unit: str = "", hall: str = "") -> Place:
    """What is called so. Raises NotFound outside the actor's units."""
    organisation = view.world.organisation(view.connection)
    code = unit or _highest(view, actor)
    known = organisation.units.get(code)
    if known is None or not view.sees(actor, code) or (hall and hall not in organisation.halls):
        raise NotFound()
    if hall:
        found = organisation.halls[hall]
        return Place(code, hall, found.name, "HALL", found.level)
    return Place(code, "", known.name, known.kind)


def scope_of(view: View, place: Place, period: Period) -> figures.Scope:
    """The place and the period as the store counts by them."""
    organisation = view.world.organisation(view.connection)
    units = None if place.unit == PROVINCE else sorted(organisation.descendants(place.unit))
    levels: dict[str, list[str]] = {}
    for hall in organisation.halls.values():
        levels.setdefault(hall.level, []).append(hall.code)
    bounds = tuple(sorted(view.world.settings.days_left))
    return figures.Scope(units, place.hall or None, period.first, period.last, FACE_ROUTES, levels, bounds, view.now)


def _asked(
    view: View, actor: Actor, unit: str, hall: str, period: Period | None
) -> tuple[Place, figures.Scope, Period]:
    require(actor, Permission.FIGURE_READ)
    place = place_of(view, actor, unit, hall)
    period = period or period_of(view, None, None)
    return place, scope_of(view, place, period), period


def _highest(view: View, actor: Actor) -> str:
    """His own unit; the province for whoever sees it all."""
    return PROVINCE if view.units_of(actor) is None else actor.unit_code


def _path(view: View, actor: Actor, organisation: Organisation, place: Place) -> Iterator[Place]:
    above = [unit for unit in organisation.ancestors(place.unit) if view.sees(actor, unit.code)]
    for unit in reversed(above):
        yield Place(unit.code, "", unit.name, unit.kind)
    if place.hall:
        yield place


def _lines(
    organisation: Organisation, place: Place, counted: dict[tuple[str, str], Numbers]
) -> tuple[tuple[Place, Numbers], ...]:
    if place.hall:
        return ()
    below = {
        unit.code: Place(unit.code, "", unit.name, unit.kind)
        for unit in organisation.units.values()
        if unit.parent == place.unit and unit.kind in OPERATING_KINDS
    }
    found: dict[Place, list[Numbers]] = {each: [] for each in below.values()}
    for (unit, hall), numbers in counted.items():
        child = next((below[up.code] for up in organisation.ancestors(unit) if up.code in below), None)
        found.setdefault(child or _hall(organisation, place.unit, hall), []).append(numbers)
    return tuple((each, _sum(several)) for each, several in found.items())


def _hall(organisation: Organisation, unit: str, code: str) -> Place:
    known = organisation.halls.get(code)
    return Place(unit, code, known.name if known else code, "HALL", known.level if known else "")


def _levels(
    organisation: Organisation, scope: figures.Scope, counted: dict[tuple[str, str], Numbers]
) -> Iterator[Level]:
    by_hall: dict[str, Numbers] = {}
    for (_, code), numbers in counted.items():
        by_hall[code] = _sum([by_hall.get(code, Numbers()), numbers])
    for level, codes in sorted(scope.levels.items()):
        here = [
            code
            for code in codes
            if code in by_hall or (not scope.hall and _within(scope, organisation.halls[code].unit))
        ]
        several = _sum(by_hall[code] for code in here if code in by_hall)
        with_face = sum(by_hall[code].face > 0 for code in here if code in by_hall)
        if here:
            yield Level(level, several.identified, several.face, len(here), with_face)


def _within(scope: figures.Scope, unit: str) -> bool:
    return scope.units is None or unit in scope.units


def _left(scope: figures.Scope, standing: figures.Counted) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for row in standing:
        counts[row["left"]] += row["n"]
    names = (figures.OVERDUE, *map(str, scope.bounds), *LEFT_LAST)
    return tuple((name, counts[name]) for name in names)


def _in_flow(rows: figures.Counted) -> tuple[tuple[str, int], ...]:
    place = {stage: number for number, stage in enumerate((TOTAL, *STAGES))}
    found = [(str(row["stage"]), int(row["n"])) for row in rows]
    return tuple(sorted(found, key=lambda pair: (place.get(pair[0], len(place)), pair[0])))


def _most(pair: tuple[str, int]) -> tuple[int, str]:
    return -pair[1], pair[0]


def _sum(several: Iterable[Numbers]) -> Numbers:
    total = Numbers()
    for each in several:
        for name in Numbers.__slots__:
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return total
