"""Figures of dashboards: each is a condition on orders, counted here and listed by the very same condition.

What the conditions mean is said in queries/dashboards.py. Conditions of partial indexes stand as literal text: that is
how both databases see that the index fits. Locks nothing, writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Select, and_, case, exists, false, func, literal, select, text

from engine.clock import SHANGHAI
from engine.store.orders import COMPLETED
from engine.store.reading import ORDERS
from engine.store.tables import clock, connection_order, outbox, task
from engine.store.tables_documents import commitment_item, document
from engine.store.tables_escalation import supervision_order
from engine.store.types import Connection

_o, _t, _c, _i, _q = connection_order.c, task.c, clock.c, commitment_item.c, outbox.c
_OPEN, _OVER = text("connection_order.completed_at IS NULL"), text("clock.used_workdays > clock.limit_workdays")
_OPEN_TASK, _DONE_TASK = text("task.state = 'OPEN'"), text("task.state = 'DONE'")
_COLLECTED = text("document.provenance IN ('CUSTOMER_UPLOAD', 'PAPER') AND document.doc_type <> 'SUBJECT_CERT'")
NO_CLOCK, SUSPENDED, OVERDUE = "none", "suspended", "overdue"
CAUSE = "CAUSE:"
"""Before a cause that the unit gave in its answer to a supervision order."""

Counted = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Scope:
    """Which orders and when: units (None for all), one hall or any, a period in days, first and last included; which
    identity checks are face routes, halls by level, bounds in days of what is left, and the present instant."""

    units: Collection[str] | None
    hall: str | None
    first: date
    last: date
    face_routes: Collection[str]
    levels: Mapping[str, Collection[str]]
    bounds: tuple[int, ...]
    now: datetime

    @property
    def since(self) -> datetime:
        """When the period begins, in Shanghai."""
        return datetime.combine(self.first, time(0), SHANGHAI)

    @property
    def until(self) -> datetime:
        """When it has ended: the midnight after its last day."""
        return datetime.combine(self.last + timedelta(days=1), time(0), SHANGHAI)

    @property
    def where(self) -> list[ColumnElement[bool]]:
        """The place, as conditions on orders."""
        found: list[ColumnElement[bool]] = []
        if self.units is not None:
            found.append(_o.unit_code.in_(self.units))
        if self.hall is not None:
            found.append(_o.hall_code == self.hall)
        return found


def left(scope: Scope) -> Case[str]:
    """How long the law leaves an open order, by the soonest end of its clocks: `overdue`, `1`, `3`, … `more`."""
    steps = [(_o.legal_due_at < scope.now + timedelta(days=n), str(n)) for n in scope.bounds]
    return case(
        (_o.suspended_since.is_not(None), SUSPENDED),
        (_o.legal_due_at.is_(None), NO_CLOCK),
        (_o.legal_due_at <= scope.now, OVERDUE),
        *steps,
        else_="more",
    )


def why() -> ColumnElement[str]:
    """What an overdue order waits for, the first that fits: what the unit answered, a fault, a platform, a person."""
    s = supervision_order.c
    cause = (
        select(s.cause)
        .where(s.order_id == _o.id, s.cause.is_not(None))
        .order_by(s.answered_at.desc(), s.number)
        .limit(1)
        .scalar_subquery()
    )
    calls = exists().where(_q.order_id == _o.id, _q.state == "PENDING", _q.element_id != "")
    people = (
        select(func.max(case((_t.assignee.is_(None), 2), else_=1)))
        .where(_t.order_id == _o.id, _OPEN_TASK)
        .scalar_subquery()
    )
    found: Case[str] = case(
        (_o.n_incidents > 0, "INCIDENT"),
        else_=case({2: "UNCLAIMED", 1: "HELD"}, value=people, else_=case((calls, "OUTSIDE"), else_="WAITING")),
    )
    return func.coalesce(literal(CAUSE) + cause, found)


def _accepted(scope: Scope) -> list[ColumnElement[bool]]:
    return [_o.accepted_at >= scope.since, _o.accepted_at < scope.until]


def _archived(scope: Scope) -> list[Any]:
    ended = [_o.completed_at >= scope.since, _o.completed_at < scope.until]
    return [*ended, _o.completed_at.is_not(None), _o.status == COMPLETED]


def _due(scope: Scope) -> list[ColumnElement[bool]]:
    in_force = _i.status.not_in(("DRAFT", "CANCELLED"))
    return [
        _i.due_on >= scope.first,
        _i.due_on <= scope.last,
        _i.due_on < scope.now.astimezone(SHANGHAI).date(),
        in_force,
    ]


_PAPERED = exists().where(document.c.order_id == _o.id, _COLLECTED)
_LATE = exists().where(_c.order_id == _o.id, _OVER)
_KEPT = and_(_i.fulfilled_on.is_not(None), _i.fulfilled_on <= _i.due_on)


def _face(scope: Scope) -> ColumnElement[bool]:
    return _o.identity_route.in_(scope.face_routes)


def _step(scope: Scope, stage: str) -> list[Any]:
    return [_OPEN, _o.id.in_(select(_t.order_id).where(_OPEN_TASK, _t.stage == stage, *task_place(scope)))]


def _promised(scope: Scope, extra: ColumnElement[bool] | None = None) -> list[Any]:
    conditions = [*_due(scope), *([] if extra is None else [extra])]
    return [_o.id.in_(select(_i.order_id).where(*conditions))]


def _overdue(scope: Scope) -> list[Any]:
    return [_OPEN, _o.suspended_since.is_(None), _o.legal_due_at <= scope.now]


Condition = Callable[[Scope, str], list[Any]]
CONDITIONS: dict[str, Condition] = {
    "accepted": lambda scope, _: _accepted(scope),
    "unpapered": lambda scope, _: [*_accepted(scope), ~_PAPERED],
    "papered": lambda scope, _: [*_accepted(scope), _PAPERED],
    "identified": lambda scope, level: [*_accepted(scope), _o.identity_route.is_not(None), *_of_level(scope, level)],
    "face": lambda scope, level: [*_accepted(scope), _face(scope), *_of_level(scope, level)],
    "faceless": lambda scope, _: [*_accepted(scope), _o.identity_route.is_not(None), ~_face(scope)],
    "archived": lambda scope, value: [*_archived(scope), *_of_category(value)],
    "on_time": lambda scope, value: [*_archived(scope), ~_LATE, *_of_category(value)],
    "late": lambda scope, value: [*_archived(scope), _LATE, *_of_category(value)],
    "late_stage": lambda scope, value: [*_archived(scope), _LATE.where(_c.stage == value)],
    "open": lambda _, __: [_OPEN],
    "step": _step,
    "left": lambda scope, value: [_OPEN, left(scope) == value],
    "overdue": lambda scope, _: _overdue(scope),
    "why": lambda scope, value: [*_overdue(scope), why() == value],
    "promised": lambda scope, _: _promised(scope),
    "kept": lambda scope, _: _promised(scope, _KEPT),
    "standing": lambda scope, value: _at(scope, value, _OPEN_TASK),
    "passed": lambda scope, value: _at(scope, value, _DONE_TASK, *passed_in(scope)),
    "broken": lambda scope, _: _promised(scope, ~func.coalesce(_KEPT, false())),
}
"""Name of a figure -> its conditions; the second argument is the value it is asked for (a stage, a cause), or ""."""


def _at(scope: Scope, value: str, *conditions: Any) -> list[Any]:
    """Tasks of an element of one version: `VERSION:ELEMENT`."""
    version, _, element = value.partition(":")
    known = int(version) if version.isdecimal() and len(version) < 16 else -1
    here = [_t.process_version_id == known, _t.element_id == element, *task_place(scope), *conditions]
    return [_o.id.in_(select(_t.order_id).where(*here))]


def passed_in(scope: Scope) -> list[ColumnElement[bool]]:
    """Tasks done in the period, by the time that was stated."""
    return [_t.occurred_at >= scope.since, _t.occurred_at < scope.until]


def _of_category(value: str) -> list[ColumnElement[bool]]:
    return [_o.category == value] if value else []


def _of_level(scope: Scope, value: str) -> list[ColumnElement[bool]]:
    return [_o.hall_code.in_(scope.levels.get(value, ()))] if value else []


def task_place(scope: Scope) -> list[ColumnElement[bool]]:
    """The units, as conditions on tasks."""
    return [_t.unit_code.in_(scope.units)] if scope.units is not None else []


def orders(
    connection: Connection, scope: Scope, figure: str, value: str, *, after: int | None, limit: int
) -> list[dict[str, Any]]:
    """A page of the orders behind a figure, newest first, with `legal_due_at`, and `why` where they are overdue."""
    # The page is found by ids alone, out of an index, before anything of an order is read.
    page = select(_o.id).where(*scope.where, *CONDITIONS[figure](scope, value))
    if after is not None:
        page = page.where(_o.id < after)
    ids = [row[0] for row in connection.execute(page.order_by(_o.id.desc()).limit(limit))]
    overdue = and_(_o.completed_at.is_(None), _o.suspended_since.is_(None), _o.legal_due_at <= scope.now)
    found = ORDERS.add_columns(_o.legal_due_at, case((overdue, why())).label("why"))
    return _rows(connection, found.where(_o.id.in_(ids)).order_by(_o.id.desc()))


def accepted(connection: Connection, scope: Scope) -> Counted:
    """Of those accepted in the period, by unit and hall: all, with customer's papers, counted for 刷脸, by face."""
    return _by_place(
        connection,
        scope,
        [func.count().label("accepted"), _n(_PAPERED, "papered"), func.count(_o.identity_route).label("identified"),
         _n(_face(scope), "face")],
        _accepted(scope),
    )  # fmt: skip


def archived(connection: Connection, scope: Scope) -> Counted:
    """Of those archived in the period, by unit, hall and category: all, and beyond a limit."""
    numbers = [func.count().label("archived"), _n(_LATE, "late")]
    return _by_place(connection, scope, numbers, _archived(scope), _o.category)


def open_orders(connection: Connection, scope: Scope) -> Counted:
    """Those that are open now, by unit, hall and what is left of the time."""
    return _by_place(connection, scope, [func.count().label("n")], [_OPEN], left(scope).label("left"))


def steps(connection: Connection, scope: Scope) -> Counted:
    """Open orders by the stage of their open tasks; one that stands at two steps counts at both."""
    found = select(_t.stage, func.count(_t.order_id.distinct()).label("n")).where(_OPEN_TASK, *task_place(scope))
    if scope.hall is not None:
        found = found.join(connection_order, _o.id == _t.order_id).where(_OPEN, *scope.where)
    return _rows(connection, found.group_by(_t.stage))


def reasons(connection: Connection, scope: Scope) -> Counted:
    """Overdue orders by what they wait for."""
    inner = select(why().label("why")).where(*scope.where, *_overdue(scope)).subquery()
    return _rows(connection, select(inner.c.why, func.count().label("n")).group_by(inner.c.why))


def late_stages(connection: Connection, scope: Scope) -> Counted:
    """Orders archived in the period by the clocks that went beyond their limit."""
    found = (
        select(_c.stage, func.count().label("n"))
        .select_from(clock)
        .join(connection_order, _o.id == _c.order_id)
        .where(_OVER, *scope.where, *_archived(scope))
    )
    return _rows(connection, found.group_by(_c.stage))


def promises(connection: Connection, scope: Scope) -> Counted:
    """Promised documents that fell due in the period, by unit and hall: all, and those that came in time."""
    found = (
        select(_o.unit_code, _o.hall_code, func.count().label("promised"), _n(_KEPT, "kept"))
        .select_from(commitment_item)
        .join(connection_order, _o.id == _i.order_id)
        .where(*_due(scope), *scope.where)
    )
    return _rows(connection, found.group_by(_o.unit_code, _o.hall_code))


def _by_place(
    connection: Connection,
    scope: Scope,
    numbers: list[ColumnElement[Any]],
    conditions: list[Any],
    *dimensions: ColumnElement[Any],
) -> Counted:
    groups = (_o.unit_code, _o.hall_code, *dimensions)
    found = select(*groups, *numbers).where(*scope.where, *conditions)
    return _rows(connection, found.group_by(*groups))


def _n(condition: ColumnElement[bool], name: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(name)


def _rows(connection: Connection, found: Select[Any]) -> Counted:
    return [dict(row) for row in connection.execute(found).mappings()]
