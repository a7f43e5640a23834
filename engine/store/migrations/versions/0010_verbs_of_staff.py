"""What staff do with a task besides working on it: acts, copies for information, absences; for whom a task is held."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_COLUMNS = {"on_behalf_of": 64, "delegated_by": 64, "back_to": 200, "back_by": 64, "parent_id": 64, "consult": 8}
_GOING_ON = sa.text("ended_at IS NULL")


def upgrade() -> None:
    for name, length in _COLUMNS.items():
        op.add_column("task", sa.Column(name, sa.String(length=length), nullable=True))
    op.create_index(
        "ix_task_parent",
        "task",
        ["parent_id"],
        sqlite_where=sa.text("parent_id IS NOT NULL"),
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    _task_act()
    _task_copy()
    _absence()


def downgrade() -> None:
    for table in ("absence", "task_copy", "task_act"):
        op.drop_table(table)
    op.drop_index("ix_task_parent", "task")
    with op.batch_alter_table("task") as batch:
        for column in reversed(_COLUMNS):
            batch.drop_column(column)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, Instant(), nullable=nullable)


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _of_task(table: str) -> tuple[sa.Column[str], sa.Column[int], sa.Column[str]]:
    return _text("id", 64), sa.Column("order_id", _ROW_ID, nullable=False), _text("task_id", 64)


def _task_act() -> None:
    op.create_table(
        "task_act",
        *_of_task("task_act"),
        sa.Column("seq", _ROW_ID, nullable=False),
        _text("kind", 16),
        _text("actor", 64),
        _text("on_behalf_of", 64, nullable=True),
        _text("to_login", 64, nullable=True),
        _text("to_element", 200, nullable=True),
        sa.Column("straight", sa.Boolean(), server_default=sa.false(), nullable=False),
        _text("reason", 24),
        _text("opinion", 12, nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("form", JsonText(), nullable=True),
        _at("at"),
        _key("task_act", "order_id", "connection_order.id"),
        _key("task_act", "task_id", "task.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_act")),
    )
    for column in ("order_id", "task_id"):
        op.create_index(op.f(f"ix_task_act_{column}"), "task_act", [column])


def _task_copy() -> None:
    op.create_table(
        "task_copy",
        *_of_task("task_copy"),
        _text("to_login", 64),
        _text("sent_by", 64),
        _at("sent_at"),
        _text("reason", 24),
        sa.Column("note", sa.Text(), nullable=True),
        _at("read_at", nullable=True),
        _key("task_copy", "order_id", "connection_order.id"),
        _key("task_copy", "task_id", "task.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_copy")),
    )
    op.create_index(op.f("ix_task_copy_order_id"), "task_copy", ["order_id"])
    op.create_index("ix_task_copy_to", "task_copy", ["to_login", "sent_at", "id"])
    op.create_index("ix_task_copy_by", "task_copy", ["sent_by", "sent_at", "id"])


def _absence() -> None:
    op.create_table(
        "absence",
        _text("id", 64),
        _text("login", 64),
        _text("substitute", 64),
        _at("from_at"),
        _at("until_at"),
        sa.Column("roles", JsonText(), nullable=True),
        _text("reason", 24),
        _text("entered_by", 64),
        _at("entered_at"),
        _at("ended_at", nullable=True),
        _text("ended_by", 64, nullable=True),
        _key("absence", "login", "account.login"),
        _key("absence", "substitute", "account.login"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index(op.f("ix_absence_login"), "absence", ["login"])
    op.create_index(
        "ix_absence_substitute",
        "absence",
        ["substitute", "until_at"],
        sqlite_where=_GOING_ON,
        postgresql_where=_GOING_ON,
    )
