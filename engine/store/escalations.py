"""Rows of rungs taken: written in the step that takes them, under the order's lock. Knows no ladder."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, insert, select

from engine.store.tables_escalation import escalation as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_ADD = insert(t)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.taken_at, t.c.seq, t.c.due_at, t.c.rung)


def add(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """Keep a rung that is taken. A second row of the same rung and cycle breaks a constraint."""
    uow.run(_ADD, row)


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every rung an order ever took, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]
