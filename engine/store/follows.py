"""Who follows which orders. Whether he may see them is judged where they are read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.tables import connection_order
from engine.store.tables_desk import follow as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_OF = select(t.c.order_id).where(t.c.login == bindparam("login"))
_AMONG = (
    select(connection_order.c.order_no)
    .join(t, t.c.order_id == connection_order.c.id)
    .where(t.c.login == bindparam("login"), connection_order.c.order_no.in_(bindparam("numbers", expanding=True)))
)
_END = delete(t).where(t.c.login == bindparam("of_login"), t.c.order_id == bindparam("of_order"))


def begin(uow: UnitOfWork, login: str, order_id: int, at: datetime) -> None:
    """Follow an order; following it already changes nothing."""
    make = sqlite.insert if uow.dialect == "sqlite" else postgresql.insert
    uow.run(make(t).on_conflict_do_nothing(), {"login": login, "order_id": order_id, "since": at})


def end(uow: UnitOfWork, login: str, order_id: int) -> None:
    """Follow it no more."""
    uow.run(_END, {"of_login": login, "of_order": order_id})


def of(connection: Connection, login: str) -> set[int]:
    """The orders that somebody follows, by id."""
    return set(connection.execute(_OF, {"login": login}).scalars())


def among(connection: Connection, login: str, order_nos: Collection[str]) -> set[str]:
    """Which of these orders he follows, by number."""
    return set(connection.execute(_AMONG, {"login": login, "numbers": sorted(set(order_nos))}).scalars())
