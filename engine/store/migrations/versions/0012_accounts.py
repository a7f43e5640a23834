"""Accounts that must change their password or are known to the single sign-on; where a session began; who looked at
what is masked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("account", sa.Column("must_change", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("account", sa.Column("oidc_subject", sa.String(length=255), nullable=True))
    op.create_index(op.f("ix_account_oidc_subject"), "account", ["oidc_subject"], unique=True)
    op.add_column("session", sa.Column("method", sa.String(length=16), server_default="PASSWORD", nullable=False))
    op.add_column("session", sa.Column("address", sa.String(length=64), server_default="", nullable=False))
    op.add_column("session", sa.Column("agent", sa.String(length=200), server_default="", nullable=False))
    op.create_table(
        "unmasking",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("fields", JsonText(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_unmasking_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmasking")),
    )
    op.create_index("ix_unmasking_login", "unmasking", ["login", "at"])
    op.create_index("ix_unmasking_order_id", "unmasking", ["order_id", "login"])


def downgrade() -> None:
    op.drop_table("unmasking")
    op.drop_index(op.f("ix_account_oidc_subject"), "account")
    for table, columns in (("session", ("agent", "address", "method")), ("account", ("oidc_subject", "must_change"))):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
