"""Clock rows of an order, as they are. What makes a clock run or stand is decided in domain/clocks.py."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, delete, select

from engine.store.segments import FIELDS
from engine.store.tables import clock as t
from engine.store.tables import clock_segment as s
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.stage)
_SEGMENT = [s.c[name].label(f"segment_{name}") for name in FIELDS]
_WHOLE = (
    select(t, *_SEGMENT)
    .outerjoin(s, and_(s.c.order_id == t.c.order_id, s.c.stage == t.c.stage))
    .where(t.c.order_id == bindparam("order_id"))
    .order_by(t.c.stage, s.c.seq)
)
_DROP = delete(t).where(t.c.order_id == bindparam("order_id"))


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every clock of an order."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def whole(connection: Connection, order_id: int) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Every clock of an order with the rows of its segments, in one question."""
    found: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for row in connection.execute(_WHOLE, {"order_id": order_id}).mappings():
        _, segments = found.setdefault(row["stage"], (dict(row), []))
        if row["segment_kind"] is not None:
            segments.append({name: row[f"segment_{name}"] for name in FIELDS})
    return list(found.values())


def drop(uow: UnitOfWork, order_id: int) -> None:
    """Take the clocks of an order away: those of another category come in their place."""
    uow.run(_DROP, {"order_id": order_id})
