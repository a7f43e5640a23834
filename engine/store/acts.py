"""Rows of what was done with a task besides working on it. Only added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from engine.store.tables_verbs import task_act as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

RETURN, WITHDRAW, TRANSFER, DELEGATE, RESOLVE = "RETURN", "WITHDRAW", "TRANSFER", "DELEGATE", "RESOLVE"
CONSULT, OPINION, PROPOSE, HANDOVER, TAKE_OVER = "CONSULT", "OPINION", "PROPOSE", "HANDOVER", "TAKE_OVER"


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act as stored."""

    id: str
    order_id: int
    task_id: str
    seq: int
    kind: str
    actor: str
    on_behalf_of: str | None
    to_login: str | None
    to_element: str | None
    straight: bool
    reason: str
    opinion: str | None
    note: str | None
    form: Any
    at: datetime


_COLUMNS = [t.c[name] for name in ActRow.__slots__]
_ADD = insert(t)
_OF_TASK = select(*_COLUMNS).where(t.c.task_id == bindparam("task_id")).order_by(t.c.at, t.c.seq, t.c.id)
_OF_ORDER = select(*_COLUMNS).where(t.c.order_id == bindparam("order_id")).order_by(t.c.at, t.c.seq, t.c.id)


def add(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """Keep an act."""
    uow.run(_ADD, values)


def of_task(connection: Connection, task_id: str) -> list[ActRow]:
    """The acts on a task, oldest first."""
    return [ActRow(*row) for row in connection.execute(_OF_TASK, {"task_id": task_id})]


def of_order(connection: Connection, order_id: int) -> list[ActRow]:
    """The acts on all tasks of an order, oldest first."""
    return [ActRow(*row) for row in connection.execute(_OF_ORDER, {"order_id": order_id})]


def proposal(connection: Connection, task_id: str) -> ActRow | None:
    """What was last filled in for somebody else to confirm, or to wait for a second opinion."""
    return next((act for act in reversed(of_task(connection, task_id)) if act.form is not None), None)
