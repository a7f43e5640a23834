"""Suspensions, terminations, corrections and changes of category; clocks that pause; orders that restart another.

Applications of before have no premise index: it is made from sealed values, which a migration does not open.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PENDING = sa.text("decision IS NULL")
_COLUMNS = {
    "connection_order": (
        sa.Column("suspended_since", Instant(), nullable=True),
        sa.Column("ends_as", sa.String(length=16), nullable=True),
        sa.Column("n_holds", sa.Integer(), server_default="0", nullable=False),
        sa.Column("restart_of", _ROW_ID, nullable=True),
    ),
    "application": (sa.Column("premise_index", sa.String(length=64), nullable=True),),
    "clock": (
        sa.Column("paused_since", sa.Date(), nullable=True),
        sa.Column("wants_to_run", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("paused_workdays", sa.Integer(), server_default="0", nullable=False),
    ),
}


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index(op.f("ix_application_premise_index"), "application", ["premise_index"])
    _hold()
    _correction()
    _reclassification()


def downgrade() -> None:
    for table in ("reclassification", "correction", "hold"):
        op.drop_table(table)
    op.drop_index(op.f("ix_application_premise_index"), "application")
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)


def _order_id(table: str) -> tuple[sa.Column[int], sa.Column[int], sa.ForeignKeyConstraint]:
    key = sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f(f"fk_{table}_order_id"))
    return sa.Column("order_id", _ROW_ID, nullable=False), sa.Column("seq", sa.Integer(), nullable=False), key


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _at(name: str, *, nullable: bool = True) -> sa.Column[sa.DateTime]:
    return sa.Column(name, Instant(), nullable=nullable)


def _only_one_pending(table: str, *columns: str) -> None:
    name = f"uq_{table}_pending"
    op.create_index(name, table, list(columns), unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING)


def _hold() -> None:
    op.create_table(
        "hold",
        _text("id", 64),
        *_order_id("hold"),
        _text("kind", 12),
        _text("reason_code", 16),
        _text("evidence_kind", 40, nullable=True),
        _text("evidence_no", 128, nullable=True),
        _text("attachment_digest", 64, nullable=True),
        sa.Column("signed_by_customer", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        _text("requested_by", 64),
        _at("requested_at", nullable=False),
        _at("occurred_at", nullable=False),
        _text("decided_by", 64, nullable=True),
        _at("decided_at"),
        _text("decision", 12, nullable=True),
        sa.Column("clocks", JsonText(), nullable=True),
        _at("held_from"),
        _at("held_until"),
        _text("resumed_by", 64, nullable=True),
        sa.Column("resume_evidence", JsonText(), nullable=True),
        sa.Column("paused_workdays", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_index(op.f("ix_hold_order_id"), "hold", ["order_id"])
    _only_one_pending("hold", "order_id", "kind")


def _correction() -> None:
    op.create_table(
        "correction",
        _text("id", 64),
        *_order_id("correction"),
        _text("task_id", 64),
        _at("before_at", nullable=False),
        _at("after_at", nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        _text("requested_by", 64),
        _at("requested_at", nullable=False),
        _text("decided_by", 64, nullable=True),
        _at("decided_at"),
        _text("decision", 12, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_correction_task_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_order_id"), "correction", ["order_id"])
    op.create_index(op.f("ix_correction_task_id"), "correction", ["task_id"])
    _only_one_pending("correction", "task_id")


def _reclassification() -> None:
    op.create_table(
        "reclassification",
        _text("id", 64),
        *_order_id("reclassification"),
        _text("from_category", 32),
        _text("to_category", 32),
        _text("from_process", 64),
        _text("to_process", 64),
        sa.Column("facts", JsonText(), nullable=False),
        sa.Column("evidence", JsonText(), nullable=True),
        _text("decided_by", 64),
        _at("decided_at", nullable=False),
        _at("begun_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reclassification")),
    )
    op.create_index(op.f("ix_reclassification_order_id"), "reclassification", ["order_id"])
