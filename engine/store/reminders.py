"""Rows of reminders by hand (催办): one for each task that somebody was reminded of. Whether he may is judged above."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from engine.store.tables_escalation import reminder as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_ADD = insert(t)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.sent_at, t.c.act_id, t.c.task_id)
_LAST = (
    select(t.c.recipient, func.max(t.c.sent_at)).where(t.c.order_id == bindparam("order_id")).group_by(t.c.recipient)
)
_OF_TASK = select(func.count()).where(t.c.task_id == bindparam("task_id"))


def add(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Keep a reminder: a row for each task."""
    uow.run(_ADD, rows)


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every row of an order, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def last_of(connection: Connection, order_id: int) -> dict[str, datetime]:
    """Recipient -> when he was last reminded of this order."""
    return {row[0]: row[1] for row in connection.execute(_LAST, {"order_id": order_id})}


def n_of_task(connection: Connection, task_id: str) -> int:
    """How often somebody was reminded of this task."""
    return connection.execute(_OF_TASK, {"task_id": task_id}).scalar_one()
