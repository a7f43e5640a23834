"""Tables of what staff write down beside the work: drafts of forms, comments, pictures that were uploaded."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from engine.store.types import Instant, RowId, meta

# What somebody has filled in so far, sealed: one row for each task and person. Swept daily once the task is closed.
task_draft = Table(
    "task_draft",
    meta,
    Column("task_id", String(64), ForeignKey("task.id"), primary_key=True),
    Column("login", String(64), primary_key=True),
    Column("saved_at", Instant, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# The text is sealed and masked; the record says only that there is one. `seq` is where the record ended then.
order_comment = Table(
    "order_comment",
    meta,
    Column("id", String(32), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("written_by", String(64), nullable=False),
    Column("written_at", Instant, nullable=False),
    Column("n_masked", Integer, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_order_comment_order_id", "order_id", "seq"),
)

# A picture or file for a field of a task's form. `taken_at` is what the camera wrote into it (EXIF), `is_zoned` whether
# it said of which zone; what is kept and served has no such data in it any more.
upload = Table(
    "upload",
    meta,
    Column("attachment_id", String(32), ForeignKey("attachment.id"), primary_key=True),
    Column("task_id", String(64), ForeignKey("task.id"), nullable=False, index=True),
    Column("field", String(100), nullable=False),
    Column("taken_at", Instant),
    Column("is_zoned", Boolean, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
)
