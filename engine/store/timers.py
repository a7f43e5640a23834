"""Timer rows: which are due, which an order still has, and leases so that several schedulers share the work.

A lease only spares double work. That a timer fires once is kept by the FireTimer transaction alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update

from engine.store.tables import connection_order
from engine.store.tables import timer as t
from engine.store.types import Instant
from engine.store.uow import UnitOfWork

_o = connection_order.c
PENDING, FIRED, CANCELLED = "PENDING", "FIRED", "CANCELLED"

_PENDING_OF = (
    select(t.c.id, t.c.due_at)
    .where(t.c.order_id == bindparam("order_id"), t.c.state == PENDING)
    .order_by(t.c.due_at, t.c.id)
)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.due_at, t.c.id)
_DUE = (
    select(t.c.id)
    .where(t.c.state == PENDING, t.c.due_at <= bindparam("due_by"))
    .order_by(t.c.due_at, t.c.id)
    .limit(bindparam("n"))
)
_CLAIM = (
    update(t)
    .where(
        t.c.id.in_(
            _DUE.where(or_(t.c.leased_until.is_(None), t.c.leased_until <= bindparam("now"))).with_for_update(
                skip_locked=True
            )
        )
    )
    .values(leased_until=bindparam("until"), leased_by=bindparam("worker"))
    .returning(t.c.id, t.c.due_at)
)
_NEXT = select(func.min(t.c.due_at)).where(t.c.state == PENDING, t.c.due_at > bindparam("after", type_=Instant))
_LINES = (
    select(
        t.c.id,
        _o.order_no,
        _o.unit_code,
        _o.category,
        t.c.element_id,
        t.c.name,
        t.c.due_at,
        t.c.why,
        t.c.interrupting,
        _o.suspended_since,
        _o.n_incidents,
        t.c.leased_until,
        t.c.leased_by,
    )
    .join_from(t, connection_order)
    .where(t.c.state == PENDING)
    .order_by(t.c.due_at, t.c.id)
)
_BACKLOG = select(func.count(), func.min(t.c.due_at)).where(t.c.state == PENDING, t.c.due_at <= bindparam("now"))


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many timers are due and not fired, and since when the oldest is."""

    n_due: int
    oldest_due_at: datetime | None


def pending_of(connection: Connection, order_id: int) -> dict[str, datetime]:
    """An order's armed timers, id -> due, soonest first."""
    return {row.id: row.due_at for row in connection.execute(_PENDING_OF, {"order_id": order_id})}


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every timer an order ever had."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def due(connection: Connection, now: datetime, limit: int) -> list[str]:
    """Ids of timers due at or before `now`, longest overdue first."""
    return list(connection.execute(_DUE, {"due_by": now, "n": limit}).scalars())


def claim(
    uow: UnitOfWork, worker: str, now: datetime, lease: timedelta, limit: int, due_by: datetime | None = None
) -> dict[str, datetime]:
    """Lease timers due by then (now) that nobody else holds, id -> due; a worker that dies gives them back when its
    lease ends."""
    values = {"now": now, "due_by": due_by or now, "n": limit, "until": now + lease, "worker": worker}
    found = uow.run(_CLAIM, values)
    return {row[0]: row[1] for row in sorted(found, key=lambda row: (row[1], row[0]))}


def next_due(connection: Connection, after: datetime) -> datetime | None:
    """When the next timer is due that was not due yet."""
    return connection.execute(_NEXT, {"after": after}).scalar()


def backlog(connection: Connection, now: datetime) -> Backlog:
    """For the metrics."""
    n_due, oldest = connection.execute(_BACKLOG, {"now": now}).one()
    return Backlog(n_due, oldest)


def page(
    connection: Connection,
    units: Collection[str] | None,
    since: datetime | None,
    until: datetime,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """Armed timers due after `since` and up to `until`, with what their orders say; `after` is due and id of the last
    line of the page before."""
    statement = _LINES.where(t.c.due_at <= until).limit(limit)
    if since is not None:
        statement = statement.where(t.c.due_at > since)
    if after is not None:
        at, timer_id = after
        statement = statement.where(t.c.due_at >= at, or_(t.c.due_at > at, t.c.id > timer_id))
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    return [dict(row) for row in connection.execute(statement).mappings()]
