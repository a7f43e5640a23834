"""Corrections of recorded times: requested by one, approved by another. What was recorded stays in the task's row."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.errors import Conflict
from engine.store.tables import connection_order, task
from engine.store.tables_standing import correction as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

APPROVED, REFUSED = "APPROVED", "REFUSED"

_ADD = insert(t)
_ONE = select(t).where(t.c.id == bindparam("correction_id"))
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.seq)
_OF_TASK = select(t).where(t.c.task_id == bindparam("task_id")).order_by(t.c.seq)
_DECIDE = (
    update(t)
    .where(t.c.id == bindparam("correction_id"), t.c.decision.is_(None))
    .values({name: bindparam(name) for name in ("decision", "decided_by", "decided_at", "note")})
)
_PENDING = (
    select(t, connection_order.c.order_no, connection_order.c.unit_code, task.c.name.label("task_name"))
    .join(connection_order, connection_order.c.id == t.c.order_id)
    .join(task, task.c.id == t.c.task_id)
    .where(t.c.decision.is_(None))
    .order_by(t.c.requested_at, t.c.id)
)


def add(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """Keep a request. A second undecided one for the task breaks a constraint."""
    uow.run(_ADD, row)


def one(connection: Connection, correction_id: str) -> dict[str, Any] | None:
    """A correction by its id."""
    row = connection.execute(_ONE, {"correction_id": correction_id}).mappings().first()
    return dict(row) if row else None


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every correction of an order, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def of_task(connection: Connection, task_id: str) -> list[dict[str, Any]]:
    """Every correction of a task, oldest first."""
    return [dict(row) for row in connection.execute(_OF_TASK, {"task_id": task_id}).mappings()]


def holding(rows: Collection[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Of these, oldest first, the one that holds for each task: the last approved. Task id -> row."""
    return {row["task_id"]: row for row in rows if row["decision"] == APPROVED}


def pending(connection: Connection, *, units: Collection[str] | None, limit: int) -> list[dict[str, Any]]:
    """What waits for a decision, oldest first, with the order's number and the task's name."""
    statement = _PENDING.limit(limit)
    if units is not None:
        statement = statement.where(connection_order.c.unit_code.in_(units))
    return [dict(row) for row in connection.execute(statement).mappings()]


def decide(uow: UnitOfWork, correction_id: str, decision: str, *, by: str, at: datetime, note: str) -> None:
    """Write down who decided what. Raises Conflict when it was decided before."""
    values = {"correction_id": correction_id, "decision": decision, "decided_by": by, "decided_at": at, "note": note}
    uow.must(_DECIDE, values, lambda: Conflict("该更正申请已审批"))
