"""Rows of orders that go on in the process of another category. Why they do is decided above."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.store.tables_standing import reclassification as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_ADD = insert(t)
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.seq)
_WAITING = _OF_ORDER.where(t.c.begun_at.is_(None))
_BEGIN = update(t).where(t.c.id == bindparam("row_id")).values(begun_at=bindparam("at"))


def add(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """Keep one; it begins when the present process has ended."""
    uow.run(_ADD, row)


def waiting(connection: Connection, order_id: int) -> dict[str, Any] | None:
    """The one that has been decided and has not begun; the last, if there should be several."""
    rows = connection.execute(_WAITING, {"order_id": order_id}).mappings().all()
    return dict(rows[-1]) if rows else None


def begin(uow: UnitOfWork, row_id: str, at: datetime) -> None:
    """The order is of the new category now."""
    uow.run(_BEGIN, {"row_id": row_id, "at": at})


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every one of an order, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]
