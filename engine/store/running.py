"""What runs in all open orders at once: clocks, the tasks and timers under them. For looking ahead; locks nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Text, bindparam, cast, select

from engine.store.orders import ENDED
from engine.store.tables import clock, connection_order, task, timer
from engine.store.types import Connection

_o, _c, _k, _t = connection_order.c, clock.c, task.c, timer.c
_RUNNING = (
    select(
        _o.id,
        _o.order_no,
        _c.stage,
        _c.kind,
        _c.limit_workdays,
        _c.used_workdays,
        _c.running_since,
        _c.due_on,
    )
    .join(clock, _c.order_id == _o.id)
    .where(_o.status.not_in(ENDED), _c.running_since.is_not(None))
    .order_by(_o.id, _c.stage)
)
_WITHIN = _RUNNING.where(_c.running_since < bindparam("until"), _c.due_on >= bindparam("since"))
_CLOCKS_OF = _RUNNING.where(_o.id.in_(bindparam("order_ids", expanding=True)))
# The text of `why` is asked for what only these timers have, so that the others need not be read.
_COUNTED = (
    select(_t.order_id, _o.order_no, _t.name, _t.due_at, _t.why)
    .join(connection_order, _o.id == _t.order_id)
    .where(
        _o.status.not_in(ENDED),
        _t.state == "PENDING",
        _t.due_at >= bindparam("since"),
        cast(_t.why, Text).contains('"workdays_after_start"'),
    )
    .order_by(_t.order_id, _t.due_at, _t.id)
)
_TIMERS = (
    select(_t.order_id, _t.name, _t.due_at, _t.why)
    .where(_t.state == "PENDING", _t.order_id.in_(bindparam("order_ids", expanding=True)))
    .order_by(_t.due_at, _t.id)
)
_TASKS = (
    select(_k.order_id, _k.name, _k.stage, _k.due_at)
    .where(_k.state == "OPEN", _k.order_id.in_(bindparam("order_ids", expanding=True)))
    .order_by(_k.urgent_at, _k.id)
)


@dataclass(frozen=True, slots=True)
class RunningClock:
    """A clock that runs, with the day on which it ends as it is counted now."""

    order_id: int
    order_no: str
    stage: str
    kind: str
    limit_workdays: int
    used_workdays: int
    running_since: date
    due_on: date


@dataclass(frozen=True, slots=True)
class ArmedTimer:
    """A timer that waits; `why` is its explanation."""

    order_id: int
    name: str
    due_at: datetime
    why: Any


@dataclass(frozen=True, slots=True)
class OpenTask:
    """A task that waits."""

    order_id: int
    name: str
    stage: str
    due_at: datetime | None


def clocks(connection: Connection, since: date, until: date) -> Iterator[RunningClock]:
    """Those that run before `until` and end on or after `since`, order by order."""
    rows = connection.execution_options(yield_per=1000).execute(_WITHIN, {"since": since, "until": until})
    return (RunningClock(*row) for row in rows)


def clocks_of(connection: Connection, order_ids: Collection[int]) -> list[RunningClock]:
    """Every clock that runs in these orders."""
    return [RunningClock(*row) for row in connection.execute(_CLOCKS_OF, {"order_ids": list(order_ids)})]


def counted_timers(connection: Connection, since: datetime) -> Iterator[tuple[str, ArmedTimer]]:
    """Armed timers that count working days from a start of their own, with the number of their order."""
    rows = connection.execution_options(yield_per=1000).execute(_COUNTED, {"since": since})
    return ((row.order_no, ArmedTimer(row.order_id, row.name, row.due_at, row.why)) for row in rows)


def armed_timers(connection: Connection, order_ids: Collection[int]) -> list[ArmedTimer]:
    """All armed timers of these orders."""
    return [ArmedTimer(*row) for row in connection.execute(_TIMERS, {"order_ids": list(order_ids)})]


def open_tasks(connection: Connection, order_ids: Collection[int]) -> list[OpenTask]:
    """All open tasks of these orders."""
    return [OpenTask(*row) for row in connection.execute(_TASKS, {"order_ids": list(order_ids)})]
