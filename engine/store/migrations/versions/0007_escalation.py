"""Rungs of the ladder taken, reminders by hand, supervision orders; the priority of orders and tasks, whom a task was
offered to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OPEN = sa.text("state = 'OPEN'")


def upgrade() -> None:
    for table in ("connection_order", "task"):
        op.add_column(table, sa.Column("priority", sa.Integer(), server_default="3", nullable=False))
    op.add_column("task", sa.Column("offered_to", sa.String(length=64), nullable=True))
    _task_index("priority", "urgent_at", "id")
    _escalation()
    _reminder()
    _supervision_order()


def downgrade() -> None:
    for table in ("supervision_order", "reminder", "escalation"):
        op.drop_table(table)
    _task_index("urgent_at", "id")
    for table, columns in (("task", ("offered_to", "priority")), ("connection_order", ("priority",))):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)


def _task_index(*columns: str) -> None:
    op.drop_index("ix_task_open", "task")
    op.create_index("ix_task_open", "task", list(columns), sqlite_where=_OPEN, postgresql_where=_OPEN)


def _order_id(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f(f"fk_{table}_order_id"))


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, Instant(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _json(name: str) -> sa.Column[str]:
    return sa.Column(name, JsonText(), nullable=False)


def _escalation() -> None:
    op.create_table(
        "escalation",
        sa.Column("order_id", _ROW_ID, nullable=False),
        _text("stage", 64),
        _text("rung", 40),
        _number("cycle"),
        _number("seq"),
        _at("due_at"),
        _at("taken_at"),
        _json("why"),
        _json("actions"),
        _json("rule"),
        _order_id("escalation"),
        sa.PrimaryKeyConstraint("order_id", "stage", "rung", "cycle", name=op.f("pk_escalation")),
    )


def _reminder() -> None:
    op.create_table(
        "reminder",
        _text("act_id", 64),
        _text("task_id", 64),
        sa.Column("order_id", _ROW_ID, nullable=False),
        _number("seq"),
        _text("recipient", 65),
        _text("reason", 32),
        sa.Column("note", sa.Text(), nullable=True),
        _text("sent_by", 64),
        _at("sent_at"),
        _order_id("reminder"),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_reminder_task_id")),
        sa.PrimaryKeyConstraint("act_id", "task_id", name=op.f("pk_reminder")),
    )
    op.create_index("ix_reminder_order_id", "reminder", ["order_id", "sent_at"])
    op.create_index("ix_reminder_task_id", "reminder", ["task_id"])


def _supervision_order() -> None:
    table = "supervision_order"
    op.create_table(
        table,
        _text("number", 40),
        sa.Column("order_id", _ROW_ID, nullable=False),
        _text("unit_code", 16),
        _text("stage", 64),
        _text("state", 12),
        _text("reason", 32),
        sa.Column("demand", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        _at("due_at"),
        _text("issued_by", 64),
        _at("issued_at"),
        _at("overdue_at", nullable=True),
        _text("cause", 32, nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("planned_on", sa.Date(), nullable=True),
        _text("answered_by", 64, nullable=True),
        _at("answered_at", nullable=True),
        sa.Column("n_returned", sa.Integer(), server_default="0", nullable=False),
        _text("reviewed_by", 64, nullable=True),
        _at("reviewed_at", nullable=True),
        _order_id(table),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_supervision_order")),
    )
    op.create_index(op.f("ix_supervision_order_order_id"), table, ["order_id"])
    op.create_index("ix_supervision_order_state", table, ["state", "issued_at", "number"])
    op.create_index("ix_supervision_order_unit", table, ["unit_code", "issued_at", "number"])
