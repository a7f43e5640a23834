"""Rows of supervision orders (督办单): issued to a unit, answered, reviewed. Whether they may is judged above."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from engine.errors import Conflict
from engine.store.tables import connection_order
from engine.store.tables_escalation import supervision_order as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

ISSUED, ANSWERED, RETURNED, ACCEPTED, ENDED = "ISSUED", "ANSWERED", "RETURNED", "ACCEPTED", "ENDED"
"""ENDED: the order was energised or terminated before the answer was accepted."""
WAITING = (ISSUED, RETURNED)
"""States in which the unit has to answer."""
OPEN = (*WAITING, ANSWERED)

_ADD = insert(t)
_ONE = select(t).where(t.c.number == bindparam("wanted"))
_OF_ORDER = select(t).where(t.c.order_id == bindparam("order_id")).order_by(t.c.issued_at, t.c.number)
_COUNT = select(func.count()).where(t.c.order_id == bindparam("order_id"))
_END = update(t).where(t.c.order_id == bindparam("of_order"), t.c.state.in_(OPEN)).values(state=ENDED)


def add(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """Keep a new one."""
    uow.run(_ADD, row)


def n_of(connection: Connection, order_id: int) -> int:
    """How many an order has had."""
    return connection.execute(_COUNT, {"order_id": order_id}).scalar_one()


def one(connection: Connection, number: str) -> dict[str, Any] | None:
    """A supervision order by its number."""
    row = connection.execute(_ONE, {"wanted": number}).mappings().first()
    return dict(row) if row else None


def of_order(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every one of an order, oldest first."""
    return [dict(row) for row in connection.execute(_OF_ORDER, {"order_id": order_id}).mappings()]


def move(uow: UnitOfWork, number: str, states: Collection[str], values: dict[str, Any]) -> None:
    """Change one that stands in one of these states. Raises Conflict when it does not."""
    statement = update(t).where(t.c.number == number, t.c.state.in_(states)).values(values)
    uow.must(statement, None, lambda: Conflict("督办单已有变化"))


def end_open(uow: UnitOfWork, order_id: int) -> int:
    """Nobody can answer any more: returns how many were open."""
    return uow.run(_END, {"of_order": order_id}).rowcount


def listed(
    connection: Connection,
    *,
    units: Collection[str] | None,
    states: Collection[str] | None,
    overdue_at: datetime | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page, newest first, with the order's number; `overdue_at`: only those that ought to be answered by then."""
    statement = select(t, connection_order.c.order_no).join(connection_order, connection_order.c.id == t.c.order_id)
    if units is not None:
        statement = statement.where(t.c.unit_code.in_(units))
    if states is not None:
        statement = statement.where(t.c.state.in_(states))
    if overdue_at is not None:
        statement = statement.where(t.c.state.in_(WAITING), t.c.due_at <= overdue_at)
    if after is not None:
        at, number = after
        statement = statement.where((t.c.issued_at < at) | ((t.c.issued_at == at) & (t.c.number < number)))
    found = connection.execute(statement.order_by(t.c.issued_at.desc(), t.c.number.desc()).limit(limit))
    return [dict(row) for row in found.mappings()]
