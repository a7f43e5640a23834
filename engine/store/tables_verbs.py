"""Tables of what staff do with a task besides working on it, of copies for information, and of absences."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, false, text

from engine.store.types import Instant, JsonText, RowId, meta

# One row for each act, never changed: 退回 撤回 转办 委派 交回 加签 意见 交接. `note` is free text that stays out of
# the record; `form` is what somebody filled in for another to confirm. `seq` is where the order's record ended.
task_act = Table(
    "task_act",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("task_id", String(64), ForeignKey("task.id"), nullable=False, index=True),
    Column("seq", RowId, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("on_behalf_of", String(64)),
    Column("to_login", String(64)),
    Column("to_element", String(200)),
    Column("straight", Boolean, nullable=False, server_default=false()),
    Column("reason", String(24), nullable=False),
    Column("opinion", String(12)),
    Column("note", Text),
    Column("form", JsonText),
    Column("at", Instant, nullable=False),
)

# A task shown to somebody for information (抄送); `read_at` is his receipt.
task_copy = Table(
    "task_copy",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("task_id", String(64), ForeignKey("task.id"), nullable=False),
    Column("to_login", String(64), nullable=False),
    Column("sent_by", String(64), nullable=False),
    Column("sent_at", Instant, nullable=False),
    Column("reason", String(24), nullable=False),
    Column("note", Text),
    Column("read_at", Instant),
    Index("ix_task_copy_to", "to_login", "sent_at", "id"),
    Index("ix_task_copy_by", "sent_by", "sent_at", "id"),
)

# Somebody stands in for another (代办) from one instant up to another, in these of his roles (all, where NULL).
absence = Table(
    "absence",
    meta,
    Column("id", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("account.login"), nullable=False, index=True),
    Column("substitute", String(64), ForeignKey("account.login"), nullable=False),
    Column("from_at", Instant, nullable=False),
    Column("until_at", Instant, nullable=False),
    Column("roles", JsonText),
    Column("reason", String(24), nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", String(64)),
    Index(
        "ix_absence_substitute",
        "substitute",
        "until_at",
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    ),
)
