"""Work of every day and month: one row for each period, so that whoever is first runs it and nobody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "periodic_run",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=10), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("late_seconds", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.Column("result", JsonText(), nullable=True),
        sa.PrimaryKeyConstraint("name", "period", name=op.f("pk_periodic_run")),
    )


def downgrade() -> None:
    op.drop_table("periodic_run")
