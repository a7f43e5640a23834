"""Clocks made of segments, internal targets, caps of pauses, and why a promise is due.

What a clock had used and been paused for is kept as a number (`carried_*`): nobody wrote down when. What runs or pauses
now becomes an open segment, so that everything from its beginning on is counted by whatever calendar is in force. A sum
clock gets one for each limited stage that is open, from the day on which it began to run itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_UNCAPPED = sa.text("capped_at IS NULL AND held_until IS NULL")
_COLUMNS = {
    "connection_order": (sa.Column("dues", JsonText(), nullable=True),),
    "clock": (
        sa.Column("carried_workdays", sa.Integer(), server_default="0", nullable=False),
        sa.Column("carried_paused", sa.Integer(), server_default="0", nullable=False),
        sa.Column("internal_workdays", sa.Integer(), nullable=True),
        sa.Column("internal_basis", sa.Text(), nullable=True),
        sa.Column("internal_due_at", Instant(), nullable=True),
        sa.Column("internal_why", JsonText(), nullable=True),
    ),
    "hold": (
        sa.Column("cap_on", sa.Date(), nullable=True),
        sa.Column("cap_days", sa.Integer(), nullable=True),
        sa.Column("capped_at", Instant(), nullable=True),
    ),
    "commitment_item": (sa.Column("why", JsonText(), nullable=True),),
}
_SEGMENT = sa.table(
    "clock_segment",
    sa.column("order_id", _ROW_ID),
    sa.column("stage", sa.String()),
    sa.column("seq", sa.Integer()),
    sa.column("kind", sa.String()),
    sa.column("from_on", sa.Date()),
    sa.column("reason", sa.String()),
    sa.column("hold_id", sa.String()),
)
_CLOCK = sa.table(
    "clock",
    *(sa.column(name, sa.String()) for name in ("stage", "kind")),
    sa.column("order_id", _ROW_ID),
    *(sa.column(name, sa.Date()) for name in ("running_since", "paused_since")),
    sa.column("wants_to_run", sa.Boolean()),
)
_HOLD = sa.table(
    "hold",
    sa.column("order_id", _ROW_ID),
    *(sa.column(name, sa.String()) for name in ("id", "kind", "decision", "reason_code")),
    sa.column("held_until", Instant()),
)


def upgrade() -> None:
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, column)
    op.create_index("ix_hold_capped", "hold", ["cap_on"], sqlite_where=_UNCAPPED, postgresql_where=_UNCAPPED)
    op.create_table(
        "clock_segment",
        sa.Column("order_id", _ROW_ID, nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("hold_id", sa.String(length=64), nullable=True),
        sa.Column("begun_by", sa.String(length=64), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id", "stage"], ["clock.order_id", "clock.stage"], name=op.f("fk_clock_segment_clock")
        ),
        sa.PrimaryKeyConstraint("order_id", "stage", "seq", name=op.f("pk_clock_segment")),
    )
    op.execute("UPDATE clock SET carried_workdays = used_workdays, carried_paused = paused_workdays")
    rows = _segments(op.get_bind())
    if rows:
        op.bulk_insert(_SEGMENT, rows)


def downgrade() -> None:
    op.drop_table("clock_segment")
    op.drop_index("ix_hold_capped", "hold")
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)


def _segments(connection: sa.Connection) -> list[dict[str, Any]]:
    """What each clock that runs or is paused is doing now, since when."""
    moving = sa.or_(_CLOCK.c.running_since.is_not(None), _CLOCK.c.paused_since.is_not(None))
    clocks = connection.execute(sa.select(_CLOCK).where(moving).order_by(_CLOCK.c.order_id, _CLOCK.c.stage)).all()
    in_force = _HOLD.c.held_until.is_(None), _HOLD.c.kind == "SUSPEND", _HOLD.c.decision == "APPROVED"
    holds = {hold.order_id: hold for hold in connection.execute(sa.select(_HOLD).where(*in_force))}
    stages: dict[int, list[str]] = {}
    for clock in clocks:
        if clock.kind == "STAGE" and _begun(clock) is not None:
            stages.setdefault(clock.order_id, []).append(clock.stage)
    rows: list[dict[str, Any]] = []
    for clock in clocks:
        row = {"order_id": clock.order_id, "stage": clock.stage}
        made: list[tuple[str, Any, str, str | None]] = []
        if (since := _begun(clock)) is not None:
            made += [("RUN", since, reason, None) for reason in _reasons(clock, stages)]
        if clock.paused_since is not None:
            hold = holds.get(clock.order_id)
            made.append(("PAUSE", clock.paused_since, hold.reason_code if hold else "", hold.id if hold else None))
        names = ("kind", "from_on", "reason", "hold_id")
        rows += [row | {"seq": seq} | dict(zip(names, each, strict=True)) for seq, each in enumerate(made, 1)]
    return rows


def _begun(clock: Any) -> Any:
    """Since when something has let the clock run; a paused one from its pause on, when it will run once resumed."""
    return clock.running_since or (clock.paused_since if clock.wants_to_run else None)


def _reasons(clock: Any, stages: dict[int, list[str]]) -> list[str]:
    if clock.kind == "SUM":
        return stages.get(clock.order_id) or [""]
    return [clock.stage if clock.kind == "STAGE" else ""]
