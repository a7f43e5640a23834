"""Tables of what happens to late orders: rungs of the ladder taken, reminders by hand, supervision orders (督办单)."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, String, Table, Text

from engine.store.types import Instant, JsonText, RowId, meta

# `seq` is where the order's record ended when the row was made: rows of one instant have an order too.

# A rung that was taken. The key is the promise that none is taken twice: `cycle` goes up only when a recount took back
# the working days on which it had been taken.
escalation = Table(
    "escalation",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("rung", String(40), primary_key=True),
    Column("cycle", Integer, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("taken_at", Instant, nullable=False),
    Column("why", JsonText, nullable=False),
    Column("actions", JsonText, nullable=False),
    Column("rule", JsonText, nullable=False),
)

# One row for each task that somebody was reminded of; those of one act share `act_id`. `note` is free text.
reminder = Table(
    "reminder",
    meta,
    Column("act_id", String(64), primary_key=True),
    Column("task_id", String(64), ForeignKey("task.id"), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("recipient", String(65), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("note", Text),
    Column("sent_by", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Index("ix_reminder_order_id", "order_id", "sent_at"),
    Index("ix_reminder_task_id", "task_id"),
)

# `state` is ISSUED, ANSWERED, RETURNED or ACCEPTED; what the unit wrote is free text and stays out of the record.
supervision_order = Table(
    "supervision_order",
    meta,
    Column("number", String(40), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("unit_code", String(16), nullable=False),
    Column("stage", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("demand", Text, nullable=False),
    Column("due_on", Date, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("overdue_at", Instant),
    Column("cause", String(32)),
    Column("measures", Text),
    Column("planned_on", Date),
    Column("answered_by", String(64)),
    Column("answered_at", Instant),
    Column("n_returned", Integer, nullable=False, server_default="0"),
    Column("reviewed_by", String(64)),
    Column("reviewed_at", Instant),
    Index("ix_supervision_order_state", "state", "issued_at", "number"),
    Index("ix_supervision_order_unit", "unit_code", "issued_at", "number"),
)
