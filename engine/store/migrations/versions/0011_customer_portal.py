"""The customer portal: codes asked for, its sessions, ratings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText, RowId

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "portal_code",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("order_index", sa.String(length=64), nullable=False),
        sa.Column("order_id", RowId, nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("n_tries", sa.Integer(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_portal_code_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_code")),
    )
    op.create_index("ix_portal_code_order_index_asked_at", "portal_code", ["order_index", "asked_at"])
    op.create_index("ix_portal_code_address_asked_at", "portal_code", ["address", "asked_at"])
    op.create_index("ix_portal_code_asked_at", "portal_code", ["asked_at"])
    op.create_table(
        "portal_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("order_id", RowId, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_portal_session_order_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_portal_session")),
    )
    op.create_index(op.f("ix_portal_session_seen_at"), "portal_session", ["seen_at"])
    op.create_table(
        "rating",
        sa.Column("order_id", RowId, autoincrement=False, nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("tags", JsonText(), nullable=False),
        sa.Column("rated_at", Instant(), nullable=False),
        sa.CheckConstraint("score BETWEEN 1 AND 5", name=op.f("ck_rating_score_in_range")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_rating_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_rating")),
    )


def downgrade() -> None:
    op.drop_table("rating")
    op.drop_table("portal_session")
    op.drop_table("portal_code")
