"""Clock rows of an order, as they are. What makes a clock run or stand is decided in domain/clocks.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, select

from engine.store.tables import clock as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.stage)
_DROP = delete(t).where(t.c.order_id == bindparam("order_id"))


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every clock of an order."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def drop(uow: UnitOfWork, order_id: int) -> None:
    """Take the clocks of an order away: those of another category come in their place."""
    uow.run(_DROP, {"order_id": order_id})
