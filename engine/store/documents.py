"""Rows of needs, documents, platform queries and consents: read for one order, and the own archive of a subject.

Decides nothing; `papers.py` writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, or_, select

from engine.store.tables import connection_order, task
from engine.store.tables_documents import consent
from engine.store.tables_documents import document as d
from engine.store.types import Connection
from engine.store.vault import Sealed, Vault

WHATEVER = "*"
"""In the scope of a consent: whatever the order needs."""


@dataclass(slots=True)
class NeedRow:
    """A document that an order needs, as its checklist named it."""

    order_id: int
    doc_type: str
    position: int
    name: str
    shareable: bool
    deferrable: bool
    must_now: bool
    gate: str
    due_rule: str
    checklist: Any
    state: str
    document_id: str | None = None


@dataclass(slots=True)
class DocumentRow:
    """A document that an order has. The certificate's number is sealed; its mask may be shown."""

    id: str
    order_id: int
    doc_type: str
    provenance: str
    subject_index: str
    about_index: str
    valid_from: date | None
    valid_to: date | None
    received_at: datetime
    occurred_on: date
    recorded_by: str
    certificate_masked: str | None = None
    key_id: str | None = None
    certificate: bytes | None = None
    reused_from: str | None = None
    attachment_id: str | None = None


@dataclass(slots=True)
class QueryRow:
    """One attempt to get one document from the sharing platform."""

    id: str
    order_id: int
    doc_type: str
    subject_index: str
    call_id: str
    purpose: str
    authorisation_id: str | None
    asked_at: datetime
    outcome: str
    operator: str
    certificate_masked: str | None = None
    reason: str | None = None
    platform_no: str | None = None


@dataclass(slots=True)
class ConsentRow:
    """What a customer has allowed, or refused to."""

    id: str
    order_id: int
    kind: str
    scope: Any
    given_at: datetime | None
    refused_at: datetime | None
    valid_until: date | None
    method: str
    withdrawn_at: datetime | None
    alternative_offered: bool
    recorded_by: str


_CONSENTS = (
    select(*[consent.c[name] for name in ConsentRow.__slots__])
    .where(consent.c.order_id == bindparam("order_id"), consent.c.kind == bindparam("kind"))
    .order_by(consent.c.id)
)
_COLUMNS = [d.c[name] for name in DocumentRow.__slots__]
_ARCHIVED = (
    select(*_COLUMNS)
    .where(
        d.c.subject_index == bindparam("subject_index"),
        d.c.doc_type == bindparam("doc_type"),
        d.c.about_index == bindparam("about_index"),
        d.c.order_id != bindparam("order_id"),
        or_(d.c.valid_to.is_(None), d.c.valid_to >= bindparam("on")),
        or_(d.c.valid_from.is_(None), d.c.valid_from <= bindparam("on")),
    )
    .order_by(d.c.received_at.desc(), d.c.id)
    .limit(1)
)
_ON_FILE = (
    select(d.c.doc_type)
    .distinct()
    .where(
        d.c.subject_index == bindparam("index"),
        d.c.about_index == bindparam("index"),
        or_(d.c.valid_to.is_(None), d.c.valid_to >= bindparam("on")),
        or_(d.c.valid_from.is_(None), d.c.valid_from <= bindparam("on")),
    )
    .order_by(d.c.doc_type)
)
_ORDER_NO = (
    select(connection_order.c.order_no)
    .join(d, d.c.order_id == connection_order.c.id)
    .where(d.c.id == bindparam("document_id"))
)
# what one transaction wrote carries one recorded time: the task that was closed when the call was made made it
_ASKED_BY = select(task.c.closed_by).where(
    task.c.order_id == bindparam("order_id"), task.c.closed_at == bindparam("at"), task.c.state == "DONE"
)


def consents_of(connection: Connection, order_id: int, kind: str) -> list[ConsentRow]:
    """What the customer said of one thing, consents and refusals."""
    return [ConsentRow(*row) for row in connection.execute(_CONSENTS, {"order_id": order_id, "kind": kind})]


def last_word(rows: list[ConsentRow], kind: str) -> ConsentRow | None:
    """The newest consent or refusal of a kind."""
    said = [(row.given_at or row.refused_at, row) for row in rows if row.kind == kind]
    return max(said, key=lambda pair: (pair[0], pair[1].id))[1] if said else None


def stands(row: ConsentRow | None, at: datetime, on: date) -> bool:
    """Does this allow it at an instant, which lies on that day?"""
    if row is None or row.given_at is None or row.given_at > at:
        return False
    ended = row.withdrawn_at is not None and row.withdrawn_at <= at
    return not ended and (row.valid_until is None or on <= row.valid_until)


def covers(row: ConsentRow, doc_type: str) -> bool:
    """Does a consent speak of this document, by name or by speaking of all?"""
    return doc_type in row.scope or WHATEVER in row.scope


def archived(
    connection: Connection, *, order_id: int, subject_index: str, about_index: str, doc_type: str, on: date
) -> DocumentRow | None:
    """The newest document of another order of the same subject that is good for this one too on that day."""
    values = {
        "order_id": order_id,
        "subject_index": subject_index,
        "about_index": about_index,
        "doc_type": doc_type,
        "on": on,
    }
    row = connection.execute(_ARCHIVED, values).first()
    return DocumentRow(*row) if row else None


def on_file(connection: Connection, subject_index: str, on: date) -> list[str]:
    """Kinds of valid documents that speak of this subject itself, whatever order they came with."""
    return list(connection.execute(_ON_FILE, {"index": subject_index, "on": on}).scalars())


def order_of(connection: Connection, document_id: str) -> str:
    """The number of the order to which a document came first."""
    number: str = connection.execute(_ORDER_NO, {"document_id": document_id}).scalar_one()
    return number


def asked_by(connection: Connection, order_id: int, at: datetime) -> str | None:
    """Who closed a task at this recorded instant, if anybody: the step that made a call was his."""
    return connection.execute(_ASKED_BY, {"order_id": order_id, "at": at}).scalar()


def seal_certificate(vault: Vault, row: DocumentRow, number: str) -> None:
    """Keep a certificate's number with its document, sealed for this place."""
    sealed = vault.seal(number, place(row.id))
    row.key_id, row.certificate = sealed.key_id, sealed.data


def certificate(vault: Vault, row: DocumentRow) -> str | None:
    """A certificate's number in the clear, for deliveries and copies. None when there is none."""
    if row.key_id is None or row.certificate is None:
        return None
    return vault.open(Sealed(row.key_id, bytes(row.certificate)), place(row.id))


def place(document_id: str) -> str:
    """What a sealed number is bound to: table, row, column."""
    return f"document|{document_id}|certificate"
