"""What orders need, have, have asked for and have been promised; how many promises are out stands on the order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.String(length=32)
_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "attachment",
    "consent",
    "commitment",
    "document",
    "platform_query",
    "commitment_item",
    "document_need",
)


def upgrade() -> None:
    _attachment()
    _consent()
    _commitment()
    _document()
    _platform_query()
    _commitment_item()
    _document_need()
    op.add_column("connection_order", sa.Column("n_promised", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("connection_order") as batch:
        batch.drop_column("n_promised")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("n_bytes", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("added_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_attachment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
    )
    op.create_index(op.f("ix_attachment_order_id"), "attachment", ["order_id"])


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("scope", JsonText(), nullable=False),
        sa.Column("given_at", Instant(), nullable=True),
        sa.Column("refused_at", Instant(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.Column("alternative_offered", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.CheckConstraint("(given_at IS NULL) <> (refused_at IS NULL)", name=op.f("ck_consent_given_or_refused")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_consent_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_order_id"), "consent", ["order_id"])


def _commitment() -> None:
    op.create_table(
        "commitment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("commitment_no", sa.String(length=40), nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("template_version", sa.String(length=100), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("n_pages", sa.Integer(), nullable=True),
        sa.Column("drafted_at", Instant(), nullable=False),
        sa.Column("drafted_by", sa.String(length=64), nullable=False),
        sa.Column("signed_at", Instant(), nullable=True),
        sa.Column("sign_method", sa.String(length=12), nullable=True),
        sa.Column("received_by", sa.String(length=64), nullable=True),
        sa.Column("letter_id", _ID, nullable=True),
        sa.Column("signature_id", _ID, nullable=True),
        sa.Column("extended_at", Instant(), nullable=True),
        sa.Column("breached_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["letter_id"], ["attachment.id"], name=op.f("fk_commitment_letter_id")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_commitment_order_id")),
        sa.ForeignKeyConstraint(["signature_id"], ["attachment.id"], name=op.f("fk_commitment_signature_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitment")),
        sa.UniqueConstraint("commitment_no", name=op.f("uq_commitment_commitment_no")),
    )
    op.create_index(op.f("ix_commitment_order_id"), "commitment", ["order_id"])
    op.create_index(op.f("ix_commitment_subject_index"), "commitment", ["subject_index"])


def _document() -> None:
    op.create_table(
        "document",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("doc_type", sa.String(length=40), nullable=False),
        sa.Column("provenance", sa.String(length=20), nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("about_index", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("certificate_masked", sa.String(length=120), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("certificate", sa.LargeBinary(), nullable=True),
        sa.Column("reused_from", _ID, nullable=True),
        sa.Column("attachment_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_document_attachment_id")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_document_order_id")),
        sa.ForeignKeyConstraint(["reused_from"], ["document.id"], name=op.f("fk_document_reused_from")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_archive", "document", ["subject_index", "doc_type"])
    op.create_index(op.f("ix_document_order_id"), "document", ["order_id"])


def _platform_query() -> None:
    op.create_table(
        "platform_query",
        sa.Column("id", _ID, nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("doc_type", sa.String(length=40), nullable=False),
        sa.Column("subject_index", sa.String(length=64), nullable=False),
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("authorisation_id", sa.String(length=80), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("platform_no", sa.String(length=80), nullable=True),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("certificate_masked", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_platform_query_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_query")),
        sa.UniqueConstraint("call_id", "doc_type", name=op.f("uq_platform_query_call_id_doc_type")),
    )
    op.create_index(op.f("ix_platform_query_order_id"), "platform_query", ["order_id"])


def _commitment_item() -> None:
    op.create_table(
        "commitment_item",
        sa.Column("commitment_id", _ID, nullable=False),
        sa.Column("doc_type", sa.String(length=40), nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("legal_basis", sa.String(length=300), nullable=False),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("query_id", _ID, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("original_due_on", sa.Date(), nullable=False),
        sa.Column("gate", sa.String(length=64), nullable=False),
        sa.Column("delivery", sa.String(length=12), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("fulfilled_at", Instant(), nullable=True),
        sa.Column("fulfilled_on", sa.Date(), nullable=True),
        sa.Column("fulfilled_by", sa.String(length=12), nullable=True),
        sa.Column("document_id", _ID, nullable=True),
        sa.Column("n_reminders", sa.Integer(), nullable=False),
        sa.Column("reminders", JsonText(), nullable=False),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("taken", JsonText(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["commitment_id"], ["commitment.id"], name=op.f("fk_commitment_item_commitment_id")),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_commitment_item_document_id")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_commitment_item_order_id")),
        sa.ForeignKeyConstraint(["query_id"], ["platform_query.id"], name=op.f("fk_commitment_item_query_id")),
        sa.PrimaryKeyConstraint("commitment_id", "doc_type", name=op.f("pk_commitment_item")),
    )
    op.create_index(op.f("ix_commitment_item_order_id"), "commitment_item", ["order_id"])


def _document_need() -> None:
    op.create_table(
        "document_need",
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("doc_type", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("shareable", sa.Boolean(), nullable=False),
        sa.Column("deferrable", sa.Boolean(), nullable=False),
        sa.Column("must_now", sa.Boolean(), nullable=False),
        sa.Column("gate", sa.String(length=64), nullable=False),
        sa.Column("due_rule", sa.String(length=20), nullable=False),
        sa.Column("checklist", JsonText(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("document_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["document_id"], ["document.id"], name=op.f("fk_document_need_document_id")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_document_need_order_id")),
        sa.PrimaryKeyConstraint("order_id", "doc_type", name=op.f("pk_document_need")),
    )
