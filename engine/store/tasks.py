"""Task rows: one, those of an order, the open ones by role and unit. Who may see them is decided above."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, insert, or_, select, update

from engine.store.tables import application, connection_order
from engine.store.tables import task as t
from engine.store.uow import UnitOfWork

OPEN, DONE, CANCELLED = "OPEN", "DONE", "CANCELLED"


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as stored."""

    id: str
    order_id: int
    unit_code: str
    element_id: str
    name: str
    role: str
    form_key: str
    stage: str
    state: str
    assignee: str | None
    opened_at: datetime
    due_at: datetime | None
    urgent_at: datetime
    claimed_at: datetime | None
    occurred_at: datetime | None
    closed_at: datetime | None
    closed_by: str | None
    form: Any
    priority: int
    offered_to: str | None
    on_behalf_of: str | None = None
    delegated_by: str | None = None
    back_to: str | None = None
    back_by: str | None = None
    parent_id: str | None = None
    consult: str | None = None


COLUMNS = [t.c[name] for name in TaskRow.__slots__]
_ONE = select(*COLUMNS).where(t.c.id == bindparam("task_id"))
_OF_ORDER = select(*COLUMNS).where(t.c.order_id == bindparam("order_id")).order_by(t.c.opened_at, t.c.id)
_OPEN_OF = (
    select(*COLUMNS).where(t.c.order_id == bindparam("order_id"), t.c.state == OPEN).order_by(t.c.opened_at, t.c.id)
)
_OFFER = (
    update(t)
    .where(t.c.id == bindparam("task_id"), t.c.state == OPEN)
    .values(assignee=None, claimed_at=None, on_behalf_of=None, delegated_by=None, offered_to=bindparam("offered"))
)
_HOLD = (
    update(t)
    .where(t.c.id == bindparam("task_id"), t.c.state == OPEN)
    .values(
        assignee=bindparam("holder"),
        claimed_at=bindparam("at"),
        on_behalf_of=bindparam("absent"),
        delegated_by=bindparam("delegator"),
    )
)
_BESIDE = select(*COLUMNS).where(t.c.parent_id == bindparam("parent_id")).order_by(t.c.opened_at, t.c.id)
_ADD = insert(t)
_CONSULT = update(t).where(t.c.id == bindparam("task_id")).values(consult=bindparam("consult_state"))


def one(connection: Connection, task_id: str) -> TaskRow | None:
    """A task by its id."""
    row = connection.execute(_ONE, {"task_id": task_id}).first()
    return TaskRow(*row) if row else None


def of_order(connection: Connection, order_id: int) -> list[TaskRow]:
    """Every task an order ever had, oldest first."""
    return [TaskRow(*row) for row in connection.execute(_OF_ORDER, {"order_id": order_id})]


def open_of(connection: Connection, order_id: int) -> list[TaskRow]:
    """The open tasks of an order, oldest first."""
    return [TaskRow(*row) for row in connection.execute(_OPEN_OF, {"order_id": order_id})]


def hold(
    uow: UnitOfWork,
    task_id: str,
    holder: str | None,
    at: datetime | None,
    *,
    absent: str | None = None,
    delegator: str | None = None,
) -> bool:
    """Give an open task to somebody, or back to everybody; False when it is not open. `absent` is for whom he works,
    `delegator` who has to confirm what he does."""
    held = {"task_id": task_id, "holder": holder, "at": at, "absent": absent, "delegator": delegator}
    return uow.run(_HOLD, held).rowcount == 1


def beside(connection: Connection, task_id: str) -> list[TaskRow]:
    """The second opinions that were asked for at a task."""
    return [TaskRow(*row) for row in connection.execute(_BESIDE, {"parent_id": task_id})]


def add(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """A task that no step of the process opened."""
    uow.run(_ADD, values)


def consult(uow: UnitOfWork, task_id: str, state: str | None) -> None:
    """Note that second opinions on a task are out, or (None) that they have all been given."""
    uow.run(_CONSULT, {"task_id": task_id, "consult_state": state})


def offer(uow: UnitOfWork, task_id: str, role: str | None) -> bool:
    """Free an open task and let this role take it too; False when it is not open."""
    return uow.run(_OFFER, {"task_id": task_id, "offered": role}).rowcount == 1


def further(after: tuple[int, datetime, str]) -> ColumnElement[bool]:
    """What comes after this place in lists: by priority, then by what is due first."""
    level, at, task_id = after
    later = or_(t.c.urgent_at > at, and_(t.c.urgent_at == at, t.c.id > task_id))
    return or_(t.c.priority > level, and_(t.c.priority == level, later))


IN_ORDER = (t.c.priority, t.c.urgent_at, t.c.id)


def listed(
    connection: Connection,
    *,
    units: Collection[str] | None,
    roles: Collection[str] | None,
    assignee: str | None,
    state: str,
    after: tuple[int, datetime, str] | None,
    limit: int,
) -> list[dict[str, Any]]:
    """A page of tasks, most urgent first, with the order's number and masked name. None means no restriction."""
    statement = _listing(state)
    if units is not None:
        statement = statement.where(t.c.unit_code.in_(units))
    if roles is not None:
        statement = statement.where(or_(t.c.role.in_(roles), t.c.offered_to.in_(roles)))
    if assignee is not None:
        statement = statement.where(t.c.assignee == assignee)
    if after is not None:
        statement = statement.where(further(after))
    return [dict(row) for row in connection.execute(statement.limit(limit)).mappings()]


def _listing(state: str) -> Select[Any]:
    o, a = connection_order, application
    return (
        select(*COLUMNS, o.c.order_no, o.c.category, a.c.name_masked, a.c.address_masked)
        .join(o, o.c.id == t.c.order_id)
        .join(a, a.c.order_id == t.c.order_id)
        .where(t.c.state == state)
        .order_by(*IN_ORDER)
    )
