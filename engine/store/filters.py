"""Kept filters of the task list. What they show is judged where they are used."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select

from engine.store.tables_desk import task_filter as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_N_OF = select(func.count()).where(t.c.owner == bindparam("owner"))
_REMOVE = delete(t).where(t.c.id == bindparam("filter_id"), t.c.owner == bindparam("of_owner"))


def add(uow: UnitOfWork, row: dict[str, Any]) -> str:
    """Keep one; gives its id."""
    filter_id = uuid4().hex
    uow.run(insert(t), row | {"id": filter_id})
    return filter_id


def remove(uow: UnitOfWork, filter_id: str, owner: str) -> bool:
    """Drop one of this owner's; False when he has none of that id."""
    return uow.run(_REMOVE, {"filter_id": filter_id, "of_owner": owner}).rowcount == 1


def n_of(connection: Connection, owner: str) -> int:
    """How many somebody keeps."""
    return connection.execute(_N_OF, {"owner": owner}).scalar_one()


def seen_by(connection: Connection, owner: str, units: Collection[str]) -> list[dict[str, Any]]:
    """His own, and those shared from one of these units; his own first."""
    shared = and_(t.c.shared, t.c.unit_code.in_(units), t.c.owner != owner)
    statement = select(t).where(or_(t.c.owner == owner, shared)).order_by(t.c.owner != owner, t.c.title, t.c.id)
    return [dict(row) for row in connection.execute(statement).mappings()]
