"""The instance of an order as bytes, for reading only; locking and writing are `orders`' business."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select

from engine.store.tables import connection_order as t
from engine.store.types import Connection

_ONE = select(t.c.status, t.c.process_version_id, t.c.instance).where(t.c.id == bindparam("order_id"))


@dataclass(frozen=True, slots=True)
class InstanceRow:
    """`instance` and `process_version_id` are None until the process has started."""

    status: str
    process_version_id: int | None
    instance: bytes | None


def one(connection: Connection, order_id: int) -> InstanceRow | None:
    """The instance of an order, None when there is no such order."""
    row = connection.execute(_ONE, {"order_id": order_id}).first()
    return InstanceRow(*row) if row else None
