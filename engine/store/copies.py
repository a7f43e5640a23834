"""Rows of copies for information (抄送) with their receipts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, select, update

from engine.store.tables import connection_order, task
from engine.store.tables_verbs import task_copy as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_READ = update(t).where(t.c.id == bindparam("copy_id"), t.c.read_at.is_(None)).values(read_at=bindparam("at"))
_ONE = select(t).where(t.c.id == bindparam("copy_id"))
_OF_TASK = select(t).where(t.c.task_id == bindparam("task_id")).order_by(t.c.sent_at, t.c.id)
_UNREAD = select(func.count()).where(t.c.to_login == bindparam("login"), t.c.read_at.is_(None))
_SHOWN = (
    select(t, connection_order.c.order_no, connection_order.c.unit_code, task.c.name)
    .join(connection_order, connection_order.c.id == t.c.order_id)
    .join(task, task.c.id == t.c.task_id)
    .order_by(t.c.sent_at.desc(), t.c.id.desc())
)


def add(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Keep copies: a row for each recipient."""
    uow.run(insert(t), rows)


def read(uow: UnitOfWork, copy_id: str, at: datetime) -> None:
    """The recipient has read it; a second reading changes nothing."""
    uow.run(_READ, {"copy_id": copy_id, "at": at})


def one(connection: Connection, copy_id: str) -> dict[str, Any] | None:
    """A copy by its id."""
    row = connection.execute(_ONE, {"copy_id": copy_id}).mappings().first()
    return dict(row) if row else None


def of_task(connection: Connection, task_id: str) -> list[dict[str, Any]]:
    """The copies of a task, oldest first."""
    return [dict(row) for row in connection.execute(_OF_TASK, {"task_id": task_id}).mappings()]


def listed(
    connection: Connection, login: str, *, sent: bool, after: tuple[datetime, str] | None, limit: int
) -> list[dict[str, Any]]:
    """A page of what somebody got (or sent), newest first, with the order's number and the task's name."""
    statement = _SHOWN.where((t.c.sent_by if sent else t.c.to_login) == login)
    if after is not None:
        at, copy_id = after
        statement = statement.where(or_(t.c.sent_at < at, and_(t.c.sent_at == at, t.c.id < copy_id)))
    return [dict(row) for row in connection.execute(statement.limit(limit)).mappings()]


def n_unread(connection: Connection, login: str) -> int:
    """How many copies somebody has not read yet."""
    return connection.execute(_UNREAD, {"login": login}).scalar_one()
