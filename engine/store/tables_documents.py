"""Tables of the papers of an order: what it needs, what it has, what was asked of the platform, what was promised."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    text,
)

from engine.store.types import Instant, JsonText, RowId, meta

# Ids are made before the rows are written, so that rows of one step may point at each other in one round trip.
_ID = String(32)


def _order() -> Column[int]:
    return Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True)


# Content is sealed for this order and digest. A digest is of the clear bytes: who holds a copy can show that it is it.
attachment = Table(
    "attachment",
    meta,
    Column("id", _ID, primary_key=True),
    _order(),
    Column("kind", String(20), nullable=False),
    Column("media_type", String(100), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("n_bytes", Integer, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("added_by", String(64), nullable=False),
)

# Sharing of data and recognition by face are two consents, the second for sensitive personal information
# (个人信息保护法 art. 28, 29): its own row, and another way must have been offered. A refusal is kept as well.
consent = Table(
    "consent",
    meta,
    Column("id", _ID, primary_key=True),
    _order(),
    Column("kind", String(20), nullable=False),
    Column("scope", JsonText, nullable=False),
    Column("given_at", Instant),
    Column("refused_at", Instant),
    Column("valid_until", Date),
    Column("method", String(40), nullable=False),
    Column("withdrawn_at", Instant),
    Column("alternative_offered", Boolean, nullable=False),
    Column("recorded_by", String(64), nullable=False),
    CheckConstraint("(given_at IS NULL) <> (refused_at IS NULL)", name="given_or_refused"),
)

_COLLECTED = text("provenance IN ('CUSTOMER_UPLOAD', 'PAPER') AND doc_type <> 'SUBJECT_CERT'")

# `about_index` is the blind index of that of which the document speaks (subject, premise, agent, order): where it is
# equal, the document is as good for another order of the same subject.
document = Table(
    "document",
    meta,
    Column("id", _ID, primary_key=True),
    _order(),
    Column("doc_type", String(40), nullable=False),
    Column("provenance", String(20), nullable=False),
    Column("subject_index", String(64), nullable=False),
    Column("about_index", String(64), nullable=False),
    Column("valid_from", Date),
    Column("valid_to", Date),
    Column("received_at", Instant, nullable=False),
    Column("occurred_on", Date, nullable=False),
    Column("recorded_by", String(64), nullable=False),
    Column("certificate_masked", String(120)),
    Column("key_id", String(16)),
    Column("certificate", LargeBinary),
    Column("reused_from", _ID, ForeignKey("document.id")),
    Column("attachment_id", _ID, ForeignKey("attachment.id")),
    Index("ix_document_archive", "subject_index", "doc_type"),
    Index("ix_document_collected", "order_id", sqlite_where=_COLLECTED, postgresql_where=_COLLECTED),
)

# `authorisation_id` as it was sent along, `platform_no` as the platform calls the query, `reason` a code that explains
# an outcome which is not simply the platform's own.
platform_query = Table(
    "platform_query",
    meta,
    Column("id", _ID, primary_key=True),
    _order(),
    Column("doc_type", String(40), nullable=False),
    Column("subject_index", String(64), nullable=False),
    Column("call_id", String(64), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("authorisation_id", String(80)),
    Column("asked_at", Instant, nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("reason", String(40)),
    Column("platform_no", String(80)),
    Column("operator", String(64), nullable=False),
    Column("certificate_masked", String(120)),
    UniqueConstraint("call_id", "doc_type"),
)

# `checklist` is the row of the checklist as it was when the order met it.
document_need = Table(
    "document_need",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("doc_type", String(40), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("shareable", Boolean, nullable=False),
    Column("deferrable", Boolean, nullable=False),
    Column("must_now", Boolean, nullable=False),
    Column("gate", String(64), nullable=False),
    Column("due_rule", String(20), nullable=False),
    Column("checklist", JsonText, nullable=False),
    Column("state", String(12), nullable=False),
    Column("document_id", _ID, ForeignKey("document.id")),
)

commitment = Table(
    "commitment",
    meta,
    Column("id", _ID, primary_key=True),
    Column("commitment_no", String(40), nullable=False, unique=True),
    _order(),
    Column("subject_index", String(64), nullable=False, index=True),
    Column("status", String(20), nullable=False),
    Column("template_version", String(100), nullable=False),
    Column("content_hash", String(64)),
    Column("n_pages", Integer),
    Column("drafted_at", Instant, nullable=False),
    Column("drafted_by", String(64), nullable=False),
    Column("signed_at", Instant),
    Column("sign_method", String(12)),
    Column("received_by", String(64)),
    Column("letter_id", _ID, ForeignKey("attachment.id")),
    Column("signature_id", _ID, ForeignKey("attachment.id")),
    Column("extended_at", Instant),
    Column("breached_at", Instant),
    Column("closed_at", Instant),
)

# `taken` are the rungs of the ladder that were taken since the letter was signed or last extended, `reminders` when
# the customer was reminded, ever. `query_id` is the failed query that stands behind the promise.
commitment_item = Table(
    "commitment_item",
    meta,
    Column("commitment_id", _ID, ForeignKey("commitment.id"), primary_key=True),
    Column("doc_type", String(40), primary_key=True),
    _order(),
    Column("position", Integer, nullable=False),
    Column("name", String(100), nullable=False),
    Column("legal_basis", String(300), nullable=False),
    Column("reason", String(24), nullable=False),
    Column("query_id", _ID, ForeignKey("platform_query.id")),
    Column("due_on", Date, nullable=False),
    Column("original_due_on", Date, nullable=False),
    Column("gate", String(64), nullable=False),
    Column("delivery", String(12), nullable=False),
    Column("status", String(12), nullable=False),
    Column("fulfilled_at", Instant),
    Column("fulfilled_on", Date),
    Column("fulfilled_by", String(12)),
    Column("document_id", _ID, ForeignKey("document.id")),
    Column("n_reminders", Integer, nullable=False),
    Column("reminders", JsonText, nullable=False),
    Column("extended", Boolean, nullable=False),
    Column("taken", JsonText, nullable=False),
    Column("tried_at", Instant),
    Column("why", JsonText),
    Index("ix_commitment_item_due_on", "due_on", "order_id", "status", "fulfilled_on"),
)
