"""The desk: indexes by which a page of a million tasks is found, the blind index of searches, follows, kept filters.

The index of searches needs the vault's key: the periodic work `fill_search` makes it for orders that were there before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = {
    "ix_task_unit": (("unit_code", "priority", "urgent_at", "id"), "state = 'OPEN'"),
    "ix_task_free": (
        ("unit_code", "role", "priority", "urgent_at", "id"),
        "state = 'OPEN' AND assignee IS NULL",
    ),
    "ix_task_offered": (("offered_to", "unit_code"), "state = 'OPEN' AND offered_to IS NOT NULL"),
    "ix_task_legal": (("unit_code", "due_at", "id"), "state = 'OPEN' AND due_at IS NOT NULL"),
    "ix_task_undated": (("unit_code", "urgent_at", "id"), "state = 'OPEN' AND due_at IS NULL"),
}
_UNSEARCHED = sa.text("search_form = 0")


def upgrade() -> None:
    for name, (columns, where) in _INDEXES.items():
        condition = sa.text(where)
        op.create_index(name, "task", list(columns), sqlite_where=condition, postgresql_where=condition)
    op.add_column("application", sa.Column("search_form", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_application_unsearched", "application", ["order_id"], sqlite_where=_UNSEARCHED,
                    postgresql_where=_UNSEARCHED)  # fmt: skip
    op.create_table(
        "search_gram",
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("unit_code", sa.String(length=16), nullable=False),
        sa.Column("order_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("gram", "unit_code", "order_id", name=op.f("pk_search_gram")),
        sqlite_with_rowid=False,
    )
    _follow()
    _task_filter()


def downgrade() -> None:
    for table in ("task_filter", "follow", "search_gram"):
        op.drop_table(table)
    op.drop_index("ix_application_unsearched", "application")
    with op.batch_alter_table("application") as batch:
        batch.drop_column("search_form")
    for name in _INDEXES:
        op.drop_index(name, "task")


def _follow() -> None:
    op.create_table(
        "follow",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["account.login"], name=op.f("fk_follow_login")),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_follow_order_id")),
        sa.PrimaryKeyConstraint("login", "order_id", name=op.f("pk_follow")),
    )


def _task_filter() -> None:
    op.create_table(
        "task_filter",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=40), nullable=False),
        sa.Column("wanted", JsonText(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["account.login"], name=op.f("fk_task_filter_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_filter")),
    )
    op.create_index("ix_task_filter_owner", "task_filter", ["owner"])
    op.create_index("ix_task_filter_unit", "task_filter", ["unit_code"])
