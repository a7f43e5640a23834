"""Rows of commitment letters and their promises, what is still out before a step, and the register of broken ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select

from engine.errors import Fault
from engine.store.tables import application, connection_order
from engine.store.tables_documents import commitment as c
from engine.store.tables_documents import commitment_item as i
from engine.store.types import Connection

OUTSTANDING = ("PROMISED", "OVERDUE", "BREACHED")
"""States of a promise that is still out: signed, and neither fulfilled nor cancelled."""


@dataclass(slots=True)
class CommitmentRow:
    """A commitment letter."""

    id: str
    commitment_no: str
    order_id: int
    subject_index: str
    status: str
    template_version: str
    drafted_at: datetime
    drafted_by: str
    content_hash: str | None = None
    n_pages: int | None = None
    signed_at: datetime | None = None
    sign_method: str | None = None
    received_by: str | None = None
    letter_id: str | None = None
    signature_id: str | None = None
    extended_at: datetime | None = None
    breached_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(slots=True)
class ItemRow:
    """One promised document of a letter."""

    commitment_id: str
    doc_type: str
    order_id: int
    position: int
    name: str
    legal_basis: str
    reason: str
    query_id: str | None
    due_on: date
    original_due_on: date
    gate: str
    delivery: str
    status: str
    fulfilled_at: datetime | None = None
    fulfilled_on: date | None = None
    fulfilled_by: str | None = None
    document_id: str | None = None
    n_reminders: int = 0
    reminders: list[str] = field(default_factory=list)
    extended: bool = False
    taken: list[str] = field(default_factory=list)
    tried_at: datetime | None = None
    why: dict[str, Any] | None = None
    """How `due_on` came: its `text` says it in words; see domain/promise_due.py."""


_LOCATED = select(c.c.order_id).where(c.c.commitment_no == bindparam("commitment_no"))
_BEFORE = (
    select(i.c.doc_type, i.c.name, i.c.due_on, c.c.commitment_no)
    .join(c, c.c.id == i.c.commitment_id)
    .where(i.c.order_id == bindparam("order_id"), i.c.gate == bindparam("stage"), i.c.status.in_(OUTSTANDING))
    .order_by(i.c.position, i.c.doc_type)
)
_o, _a = connection_order.c, application.c
_BREACHES = (
    select(
        c.c.commitment_no,
        c.c.breached_at,
        c.c.status,
        c.c.subject_index,
        _o.order_no,
        _o.unit_code,
        _a.name_masked,
        _a.id_no_masked,
        i.c.doc_type,
        i.c.name,
        i.c.due_on,
        i.c.fulfilled_on,
        i.c.n_reminders,
    )
    .join(i, i.c.commitment_id == c.c.id)
    .join(connection_order, _o.id == c.c.order_id)
    .join(application, _a.order_id == c.c.order_id)
    .where(c.c.breached_at.is_not(None))
    .order_by(c.c.breached_at.desc(), c.c.commitment_no, i.c.position)
)


def order_id_of(connection: Connection, commitment_no: str) -> int | None:
    """The order of a letter, None for an unknown number."""
    return connection.execute(_LOCATED, {"commitment_no": commitment_no}).scalar()


def gate_faults(connection: Connection, order_id: int, stage: str) -> list[Fault]:
    """The promised documents that are out and without which a stage's step may not be finished, one fault each."""
    rows = connection.execute(_BEFORE, {"order_id": order_id, "stage": stage})
    return [
        Fault(
            r.doc_type, "document_gate_closed", f"{r.name}尚未补交，应于 {r.due_on} 前补交（承诺书 {r.commitment_no}）"
        )
        for r in rows
    ]


def breaches(
    connection: Connection, *, units: Collection[str] | None, subject_index: str | None, limit: int
) -> list[dict[str, Any]]:
    """Broken promises, newest first, one row a document, with the customer's masks; of one subject if it is given."""
    statement = _BREACHES.limit(limit)
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    if subject_index is not None:
        statement = statement.where(c.c.subject_index == subject_index)
    return [dict(row) for row in connection.execute(statement).mappings()]
