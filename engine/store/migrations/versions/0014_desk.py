"""Drafts of forms, comments on orders, and what is known of uploaded pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "task_draft",
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_draft_task_id")),
        sa.PrimaryKeyConstraint("task_id", "login", name=op.f("pk_task_draft")),
    )
    op.create_table(
        "order_comment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.String(length=64), nullable=False),
        sa.Column("written_at", Instant(), nullable=False),
        sa.Column("n_masked", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_order_comment_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_comment")),
    )
    op.create_index("ix_order_comment_order_id", "order_comment", ["order_id", "seq"])
    op.create_table(
        "upload",
        sa.Column("attachment_id", sa.String(length=32), nullable=False),
        sa.Column("task_id", sa.String(length=64), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("is_zoned", sa.Boolean(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_upload_attachment_id")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_upload_task_id")),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_task_id"), "upload", ["task_id"])


def downgrade() -> None:
    for name in ("upload", "order_comment", "task_draft"):
        op.drop_table(name)
