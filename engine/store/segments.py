"""Rows of the runs and pauses of clocks. What they mean is said in domain/segments.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from engine.store.tables import clock_segment as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

FIELDS = ("kind", "from_on", "until_on", "reason", "hold_id", "begun_by", "ended_by")

ADD = insert(t)
CUT = delete(t).where(
    t.c.order_id == bindparam("of_order"), t.c.stage == bindparam("of_stage"), t.c.seq > bindparam("n_kept")
)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.stage, t.c.seq)
_DROP = delete(t).where(t.c.order_id == bindparam("order_id"))


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """The segments of every clock of an order, clock by clock, in the order in which they began to be written."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def drop(uow: UnitOfWork, order_id: int) -> None:
    """Take the segments of an order away, before its clocks go."""
    uow.run(_DROP, {"order_id": order_id})
