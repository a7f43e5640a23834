"""Every version of a calendar year stays readable; orders wait to be recounted when a year is entered.

What is in force now becomes its first known version, entered by the system.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "recount_due",
        sa.Column("order_id", _ROW_ID, autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=100), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("urgent_at", Instant(), nullable=False),
        sa.Column("tried_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_recount_due")),
    )
    op.create_index("ix_recount_due_urgent_at", "recount_due", ["urgent_at", "order_id"])
    op.create_table(
        "calendar_version",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("holidays", JsonText(), nullable=False),
        sa.Column("makeup_days", JsonText(), nullable=False),
        sa.Column("entered_by", sa.String(length=64), nullable=False),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("year", "version", name=op.f("pk_calendar_version")),
    )
    _keep_what_is_in_force()


def downgrade() -> None:
    op.drop_table("calendar_version")
    op.drop_index("ix_recount_due_urgent_at", "recount_due")
    op.drop_table("recount_due")


def _keep_what_is_in_force() -> None:
    names = ("year", "version", "status", "source")
    year = sa.table("calendar_year", *map(sa.column, names), sa.column("loaded_at", Instant()))
    day = sa.table(
        "calendar_day", sa.column("day", sa.Date()), sa.column("is_workday", sa.Boolean()), sa.column("note")
    )
    version = sa.table(
        "calendar_version",
        *map(sa.column, names),
        sa.column("holidays", JsonText()),
        sa.column("makeup_days", JsonText()),
        sa.column("entered_by"),
        sa.column("entered_at", Instant()),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(year)).mappings().all():
        within = day.c.day.between(date(row["year"], 1, 1), date(row["year"], 12, 31))
        days = connection.execute(sa.select(day).where(within).order_by(day.c.day)).all()
        head = {name: row[name] for name in names}
        op.bulk_insert(version, [head | _special(days) | {"entered_by": "system", "entered_at": row["loaded_at"]}])


def _special(days: Any) -> dict[str, dict[str, str]]:
    off = {str(on): note for on, works, note in days if not works and (note or on.weekday() < 5)}
    return {"holidays": off, "makeup_days": {str(on): note for on, works, note in days if works and on.weekday() > 4}}
