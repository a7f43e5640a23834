"""What runs in all open orders at once: clocks with their segments, timers, tasks. For looking ahead; locks nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, or_, select

from engine.store.commitments import OUTSTANDING
from engine.store.orders import ENDED
from engine.store.segments import FIELDS
from engine.store.tables import clock, clock_segment, connection_order, task, timer
from engine.store.tables_documents import commitment_item
from engine.store.types import Connection

_o, _c, _k, _t, _s = connection_order.c, clock.c, task.c, timer.c, clock_segment.c
_i = commitment_item.c
_CLOCK = (_o.order_no, _o.category, *(_c[name] for name in (
    "order_id", "stage", "kind", "limit_workdays", "warn_share", "basis", "internal_workdays",
    "internal_basis", "carried_workdays", "carried_paused",
    "due_on")))  # fmt: skip
_RUNNING = (
    select(*_CLOCK, *(_s[name].label(f"segment_{name}") for name in FIELDS))
    .join(clock, _c.order_id == _o.id)
    .outerjoin(clock_segment, and_(_s.order_id == _c.order_id, _s.stage == _c.stage))
    .where(_o.status.not_in(ENDED), _c.running_since.is_not(None))
    .order_by(_o.id, _c.stage, _s.seq)
)
_ENDING = _RUNNING.where(_c.due_on >= bindparam("since"))
_CLOCKS_OF = _RUNNING.where(_o.id.in_(bindparam("order_ids", expanding=True)))
_ARMED = (
    select(_t.order_id, _o.order_no, _o.hall_code, _t.name, _t.due_at, _t.why)
    .join(connection_order, _o.id == _t.order_id)
    .where(_o.status.not_in(ENDED), _t.state == "PENDING")
    .order_by(_t.order_id, _t.due_at, _t.id)
)
# The text of `why` is asked for what only these timers have, so that the others need not be read.
_WHY = cast(_t.why, Text)
_COUNTED = _ARMED.where(
    _t.due_at >= bindparam("since"),
    or_(_WHY.contains('"rule":"workdays_'), _WHY.contains('"rule":"business_')),
    _WHY.not_like('%"stage":%'),
)
_ARMED_OF = _ARMED.where(_o.id.in_(bindparam("order_ids", expanding=True)))
_PROMISED = (
    select(_i.order_id, _o.order_no, _i.name, _i.due_on)
    .join(connection_order, _o.id == _i.order_id)
    .where(_o.status.not_in(ENDED), _i.status.in_(OUTSTANDING), _i.due_on.in_(bindparam("days", expanding=True)))
    .where(cast(_i.why, Text).contains('"workday":true'))
    .order_by(_i.order_id, _i.position)
)
_TASKS = (
    select(_k.order_id, _k.name, _k.stage, _k.due_at)
    .where(_k.state == "OPEN", _k.order_id.in_(bindparam("order_ids", expanding=True)))
    .order_by(_k.urgent_at, _k.id)
)


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs: its row, those of its segments, and the day on which it ends as it was last counted."""

    order_id: int
    order_no: str
    category: str
    row: dict[str, Any]
    segments: list[dict[str, Any]]
    due_on: date


@dataclass(frozen=True, slots=True)
class ArmedTimer:
    """A timer that waits; `why` is its explanation."""

    order_id: int
    order_no: str
    hall_code: str
    name: str
    due_at: datetime
    why: Any


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised document that is still out, by its name."""

    order_id: int
    order_no: str
    name: str
    due_on: date


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits."""

    order_id: int
    name: str
    stage: str
    due_at: datetime | None


def clocks(connection: Connection, since: date) -> Iterator[RunningClock]:
    """Those that end on or after a day, order by order."""
    return _clocks(connection.execution_options(yield_per=1000).execute(_ENDING, {"since": since}))


def clocks_of(connection: Connection, order_ids: Collection[int]) -> list[RunningClock]:
    """Every clock that runs in these orders."""
    return list(_clocks(connection.execute(_CLOCKS_OF, {"order_ids": list(order_ids)})))


def _clocks(rows: Any) -> Iterator[RunningClock]:
    for _, several in groupby(rows.mappings(), key=lambda row: (row["order_id"], row["stage"])):
        parts = [dict(row) for row in several]
        row = parts[0]
        found = [{name: part[f"segment_{name}"] for name in FIELDS} for part in parts if part["segment_kind"]]
        yield RunningClock(row["order_id"], row["order_no"], row["category"], row, found, row["due_on"])


def counted_timers(connection: Connection, since: datetime) -> Iterator[ArmedTimer]:
    """Armed timers that count working days or hours from a moment of their own, and not from a stage's clock."""
    rows = connection.execution_options(yield_per=1000).execute(_COUNTED, {"since": since})
    return (ArmedTimer(*row) for row in rows)


def promises(connection: Connection, days: Collection[date]) -> list[Promise]:
    """Those whose last day is one of these, and was chosen as a working day."""
    return [Promise(*row) for row in connection.execute(_PROMISED, {"days": list(days)})]


def armed_timers(connection: Connection, order_ids: Collection[int]) -> list[ArmedTimer]:
    """All armed timers of these orders."""
    return [ArmedTimer(*row) for row in connection.execute(_ARMED_OF, {"order_ids": list(order_ids)})]


def open_tasks(connection: Connection, order_ids: Collection[int]) -> list[OpenTask]:
    """All open tasks of these orders."""
    return [OpenTask(*row) for row in connection.execute(_TASKS, {"order_ids": list(order_ids)})]
