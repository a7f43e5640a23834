"""Selects for a handover: what somebody holds in all orders. Writes nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, or_, select

from engine.store.tables import connection_order
from engine.store.tables import task as t
from engine.store.types import Connection

_OPEN_HELD = (
    select(t.c.id, t.c.name, t.c.role, t.c.assignee, t.c.delegated_by, connection_order.c.order_no)
    .join(connection_order, connection_order.c.id == t.c.order_id)
    .where(t.c.state == "OPEN", or_(t.c.assignee == bindparam("login"), t.c.delegated_by == bindparam("login")))
    .order_by(connection_order.c.order_no, t.c.id)
)


def open_held(connection: Connection, login: str) -> list[dict[str, Any]]:
    """The open tasks that somebody holds, or has delegated, by order."""
    return [dict(row) for row in connection.execute(_OPEN_HELD, {"login": login}).mappings()]
