"""Acts of looking at what is masked: who, which fields of which order, why and until when. Opens nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from engine.store.tables_unmasking import unmasking as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

FIELDS = ("name", "id_no", "phone", "address", "agent_name", "agent_id_no", "agent_phone")
"""The sealed fields of an application that people may look at; others are for machines only."""
_SINCE = select(func.count()).where(t.c.login == bindparam("login"), t.c.at > bindparam("since"))
_OPEN = select(t.c.fields, t.c.until).where(
    t.c.order_id == bindparam("order_id"), t.c.login == bindparam("login"), t.c.until > bindparam("now")
)


def add(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """Somebody may look for a while."""
    uow.run(insert(t), values)


def n_since(connection: Connection, login: str, since: datetime) -> int:
    """How often somebody has looked since then."""
    return connection.execute(_SINCE, {"login": login, "since": since}).scalar_one()


def open_fields(connection: Connection, order_id: int, login: str, now: datetime) -> dict[str, datetime]:
    """Fields that somebody may see now, and until when."""
    found: dict[str, datetime] = {}
    for fields, until in connection.execute(_OPEN, {"order_id": order_id, "login": login, "now": now}):
        for field in fields:
            found[field] = max(until, found.get(field, until))
    return found
