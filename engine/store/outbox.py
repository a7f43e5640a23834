"""Outbox rows: calls to the outside, written with the step that wants them, delivered later. Sends nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from engine.store.tables import outbox as t
from engine.store.uow import UnitOfWork

PENDING, ANSWERED, FAILED, RECALLED = "PENDING", "ANSWERED", "FAILED", "RECALLED"

_WAITING = (
    select(t.c.call_id)
    .where(
        t.c.state == PENDING,
        t.c.next_attempt_at <= bindparam("now"),
        t.c.operator.not_in(bindparam("absent", expanding=True)),
    )
    .order_by(t.c.next_attempt_at, t.c.call_id)
    .limit(bindparam("n"))
)
_CLAIM = (
    update(t)
    .where(t.c.call_id.in_(_WAITING.with_for_update(skip_locked=True)))
    .values(next_attempt_at=bindparam("until"), n_attempts=t.c.n_attempts + 1)
    .returning(t.c.call_id, t.c.order_id, t.c.operator, t.c.params, t.c.key, t.c.n_attempts)
)
_LATER = (
    update(t)
    .where(t.c.call_id == bindparam("id"), t.c.state == PENDING)
    .values(next_attempt_at=bindparam("at"), last_error=bindparam("error"))
)
_STANDING = select(t.c.state, t.c.element_id).where(t.c.call_id == bindparam("id"))
_REQUEUE = (
    update(t)
    .where(t.c.order_id == bindparam("of_order"), t.c.state == FAILED)
    .values(state=PENDING, next_attempt_at=bindparam("now"), n_attempts=0)
)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.created_at, t.c.call_id)
_BACKLOG = select(func.count()).where(t.c.state == PENDING)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One call that a worker has taken for one attempt."""

    call_id: str
    order_id: int
    operator: str
    params: Any
    key: str
    n_attempts: int


def claim(uow: UnitOfWork, now: datetime, lease: timedelta, limit: int, absent: Sequence[str] = ()) -> list[Delivery]:
    """Take waiting calls for one attempt each; they come back when the lease ends without an answer.

    Calls of the operators in `absent` are left where they are.
    """
    found = uow.run(_CLAIM, {"now": now, "n": limit, "until": now + lease, "absent": list(absent)})
    return sorted((Delivery(*row) for row in found), key=lambda d: d.call_id)


def postpone(uow: UnitOfWork, call_id: str, at: datetime, error: str) -> None:
    """An attempt failed; try again at `at`."""
    uow.run(_LATER, {"id": call_id, "at": at, "error": error})


def standing_of(connection: Connection, call_id: str) -> tuple[str, str] | None:
    """PENDING, ANSWERED, FAILED or RECALLED, and the element that waits for it; None for an unknown call."""
    row = connection.execute(_STANDING, {"id": call_id}).first()
    return (row[0], row[1]) if row else None


def requeue_failed(uow: UnitOfWork, order_id: int, now: datetime) -> None:
    """Let an order's given-up calls be tried from the beginning."""
    uow.run(_REQUEUE, {"of_order": order_id, "now": now})


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every call an order ever made."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def n_pending(connection: Connection) -> int:
    """Calls not answered yet, for the metrics."""
    return connection.execute(_BACKLOG).scalar_one()
