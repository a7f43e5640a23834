"""Selects for worklists and searches: tasks by who holds or may take them, orders by number. Writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, or_, select

from engine.store.reading import ORDERS
from engine.store.tables import application, connection_order
from engine.store.tables import task as t
from engine.store.tables_house import account, command_log
from engine.store.tasks import COLUMNS, IN_ORDER, further
from engine.store.types import Connection

_o, _a = connection_order.c, application.c
_TASKS = (
    select(*COLUMNS, _o.order_no, _o.category, _a.name_masked, _a.address_masked)
    .join(connection_order, _o.id == t.c.order_id)
    .join(application, _a.order_id == t.c.order_id)
)
_ANSWERED = select(command_log.c.key).where(
    command_log.c.actor == bindparam("actor"), command_log.c.key == bindparam("key")
)


def held_by(login: str) -> ColumnElement[bool]:
    """Tasks that somebody has taken."""
    return t.c.assignee == login


def free_for(roles: Collection[str]) -> ColumnElement[bool]:
    """Tasks that nobody has taken and that one of these roles may take."""
    fits = or_(t.c.role.in_(roles), t.c.offered_to.in_(roles), t.c.role == "") if roles else false()
    return and_(t.c.assignee.is_(None), fits)


def free() -> ColumnElement[bool]:
    """Tasks that nobody has taken, whoever may."""
    return t.c.assignee.is_(None)


def tasks(
    connection: Connection,
    wanted: Collection[ColumnElement[bool]],
    *,
    units: Collection[str] | None,
    state: str,
    order_no: str | None,
    after: tuple[int, datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of tasks that fit one of `wanted` (all, when it is empty), most urgent first."""
    statement = _TASKS.where(t.c.state == state)
    if wanted:
        statement = statement.where(or_(*wanted))
    if units is not None:
        statement = statement.where(t.c.unit_code.in_(units))
    if order_no is not None:
        statement = statement.where(_o.order_no == order_no)
    if after is not None:
        statement = statement.where(further(after))
    found = connection.execute(statement.order_by(*IN_ORDER).limit(limit))
    return [dict(row) for row in found.mappings()]


def orders(
    connection: Connection,
    *,
    units: Collection[str] | None,
    order_no: str | None,
    status: str | None,
    after: int | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of orders whose number begins so, newest first."""
    statement = ORDERS
    if order_no:
        # a range, not LIKE: it uses the unique index on both databases, and no character of it is a wildcard
        statement = statement.where(_o.order_no >= order_no, _o.order_no < order_no[:-1] + chr(ord(order_no[-1]) + 1))
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    if status is not None:
        statement = statement.where(_o.status == status)
    if after is not None:
        statement = statement.where(_o.id < after)
    found = connection.execute(statement.order_by(_o.id.desc()).limit(limit))
    return [dict(row) for row in found.mappings()]


def is_answered(connection: Connection, actor: str, key: str) -> bool:
    """Was a command of this actor with this key answered before?"""
    return connection.execute(_ANSWERED, {"actor": actor, "key": key}).first() is not None


def names(connection: Connection, logins: Collection[str]) -> dict[str, str]:
    """Login -> name of those that are accounts."""
    found = connection.execute(select(account.c.login, account.c.name).where(account.c.login.in_(logins)))
    return {row[0]: row[1] for row in found}
