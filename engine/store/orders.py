"""The order row: lock it, read it, write it back guarded by its version. The first row any order command touches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update

from engine.errors import Conflict, NotFound
from engine.store.tables import connection_order as t
from engine.store.tables import incident, outbox, task, timer
from engine.store.tables_house import process_version
from engine.store.tables_standing import correction
from engine.store.tables_verbs import task_copy
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

WAITING_PROCESS, RUNNING, COMPLETED, TERMINATED = "WAITING_PROCESS", "RUNNING", "COMPLETED", "TERMINATED"
ENDED = frozenset({COMPLETED, TERMINATED})
RECLASSIFIED = "RECLASSIFIED"
"""Beside TERMINATED what `ends_as` may say: the process of another category goes on when this one has ended."""


@dataclass(slots=True)
class OrderRow:
    """A locked order, as it will be written back. `instance` is None until the process has started."""

    id: int
    order_no: str
    unit_code: str
    hall_code: str
    category: str
    process_key: str
    process_version_id: int | None
    tables_version_id: int
    status: str
    submitted_at: datetime
    accepted_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    due_at: datetime | None
    instance: bytes | None
    version: int
    audit_seq: int
    audit_hash: str
    next_due_at: datetime | None
    n_incidents: int
    suspended_since: datetime | None
    ends_as: str | None
    n_promised: int
    n_holds: int
    dues: dict[str, list[str | None]] | None
    priority: int
    legal_due_at: datetime | None


_COLUMNS = [t.c[name] for name in OrderRow.__slots__]


def _locking(where: Any) -> Select[Any]:
    return select(*_COLUMNS).where(where).with_for_update()


# The row that leads to the order never changes its order_id, so finding and locking it is one round trip: what is read
# of the order is read after the lock was got.
_LOCK = {
    "order": _locking(t.c.id == bindparam("key")),
    "order_no": _locking(t.c.order_no == bindparam("key")),
    "task": _locking(t.c.id == select(task.c.order_id).where(task.c.id == bindparam("key")).scalar_subquery()),
    "timer": _locking(t.c.id == select(timer.c.order_id).where(timer.c.id == bindparam("key")).scalar_subquery()),
    "call": _locking(t.c.id == select(outbox.c.order_id).where(outbox.c.call_id == bindparam("key")).scalar_subquery()),
    "correction": _locking(
        t.c.id == select(correction.c.order_id).where(correction.c.id == bindparam("key")).scalar_subquery()
    ),
    "copy": _locking(
        t.c.id == select(task_copy.c.order_id).where(task_copy.c.id == bindparam("key")).scalar_subquery()
    ),
    "incident": _locking(
        t.c.id == select(incident.c.order_id).where(incident.c.id == bindparam("key")).scalar_subquery()
    ),
}

_HEAD: dict[str, Any] = {
    "version": bindparam("version"),
    "audit_seq": bindparam("audit_seq"),
    "audit_hash": bindparam("audit_hash"),
    "n_incidents": bindparam("n_incidents"),
    "n_promised": bindparam("n_promised"),
}
_GUARD = (t.c.id == bindparam("order_id"), t.c.version == bindparam("seen_version"))
_UPDATE_HEAD = update(t).where(*_GUARD).values(_HEAD)
_UPDATE_ALL = (
    update(t)
    .where(*_GUARD)
    .values(
        {
            **_HEAD,
            "process_version_id": bindparam("process_version_id"),
            "status": bindparam("status"),
            "started_at": bindparam("started_at"),
            "completed_at": bindparam("completed_at"),
            "due_at": bindparam("due_at"),
            "instance": bindparam("instance"),
            "next_due_at": bindparam("next_due_at"),
            "category": bindparam("category"),
            "process_key": bindparam("process_key"),
            "suspended_since": bindparam("suspended_since"),
            "ends_as": bindparam("ends_as"),
            "n_holds": bindparam("n_holds"),
            "dues": bindparam("dues"),
            "priority": bindparam("priority"),
            "legal_due_at": bindparam("legal_due_at"),
        }
    )
)
_STARTABLE = (
    select(t.c.id)
    .where(t.c.status == WAITING_PROCESS, t.c.process_key.in_(select(process_version.c.process_key)))
    .order_by(t.c.id)
    .limit(bindparam("n"))
)
_INSERT = insert(t).returning(t.c.id)


def lock(uow: UnitOfWork, by: str, key: int | str) -> OrderRow:
    """Lock the order that a task, timer, call, incident, correction or copy leads to, or its id. Raises NotFound."""
    found = uow.run(_LOCK[by], {"key": key}).first()
    if found is None:
        raise NotFound()
    return OrderRow(*found)


def startable(connection: Connection, limit: int) -> list[int]:
    """Orders that wait for a process which has been deployed meanwhile, oldest first."""
    return list(connection.execute(_STARTABLE, {"n": limit}).scalars())


def add(uow: UnitOfWork, values: dict[str, Any]) -> int:
    """Insert a new order; returns its id."""
    number: int = uow.run(_INSERT, values).scalar_one()
    return number


def save(uow: UnitOfWork, order: OrderRow, seen_version: int, *, moved: bool) -> None:
    """Write the row back; `moved` when the instance itself changed. Raises Conflict when somebody else was faster,
    which the lock should have made impossible."""
    values: dict[str, Any] = {
        "order_id": order.id,
        "seen_version": seen_version,
        "version": order.version,
        "audit_seq": order.audit_seq,
        "audit_hash": order.audit_hash,
        "n_incidents": order.n_incidents,
        "n_promised": order.n_promised,
    }
    if moved:
        values.update(
            process_version_id=order.process_version_id,
            status=order.status,
            started_at=order.started_at,
            completed_at=order.completed_at,
            due_at=order.due_at,
            instance=order.instance,
            next_due_at=order.next_due_at,
            category=order.category,
            process_key=order.process_key,
            suspended_since=order.suspended_since,
            ends_as=order.ends_as,
            n_holds=order.n_holds,
            dues=order.dues,
            priority=order.priority,
            legal_due_at=order.legal_due_at,
        )
    uow.must(_UPDATE_ALL if moved else _UPDATE_HEAD, values, lambda: Conflict("工单已被他人修改"))
