"""Tables of what stops, ends, moves or corrects an order: each row a request with its ground, and who decided it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text, text

from engine.store.types import Instant, JsonText, RowId, meta

_PENDING = text("decision IS NULL")
_UNCAPPED = text("capped_at IS NULL AND held_until IS NULL")
# `seq` is where the order's record ended when the row was made: rows of one instant have an order too.

# After `cap_on` a suspension stops no clock any more, resumed or not; `capped_at` is when that was carried out.
# A suspension or a termination. `decision` is NULL until decided, and an order has at most one such row of a kind.
hold = Table(
    "hold",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("reason_code", String(16), nullable=False),
    Column("evidence_kind", String(40)),
    Column("evidence_no", String(128)),
    Column("attachment_digest", String(64)),
    Column("signed_by_customer", Boolean, nullable=False),
    Column("note", Text),
    Column("requested_by", String(64), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", Instant),
    Column("decision", String(12)),
    Column("clocks", JsonText),
    Column("held_from", Instant),
    Column("held_until", Instant),
    Column("resumed_by", String(64)),
    Column("resume_evidence", JsonText),
    Column("paused_workdays", Integer),
    Column("cap_on", Date),
    Column("cap_days", Integer),
    Column("capped_at", Instant),
    Index("ix_hold_capped", "cap_on", sqlite_where=_UNCAPPED, postgresql_where=_UNCAPPED),
    Index("uq_hold_pending", "order_id", "kind", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),
)

# A recorded time that turned out wrong. The row of the task keeps what was recorded; what holds is read from here.
correction = Table(
    "correction",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("task_id", String(64), ForeignKey("task.id"), nullable=False, index=True),
    Column("before_at", Instant, nullable=False),
    Column("after_at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
    Column("requested_by", String(64), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("decided_by", String(64)),
    Column("decided_at", Instant),
    Column("decision", String(12)),
    Column("note", Text),
    Index("uq_correction_pending", "task_id", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),
)

# An order that goes on in the process of another category once the present one has ended.
reclassification = Table(
    "reclassification",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("seq", Integer, nullable=False),
    Column("from_category", String(32), nullable=False),
    Column("to_category", String(32), nullable=False),
    Column("from_process", String(64), nullable=False),
    Column("to_process", String(64), nullable=False),
    Column("facts", JsonText, nullable=False),
    Column("evidence", JsonText),
    Column("decided_by", String(64), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("begun_at", Instant),
)
