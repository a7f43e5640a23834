"""Who looked at what is masked, when, why and for how long. Holds no personal value; `note` is a colleague's word."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from engine.store.types import Instant, JsonText, RowId, meta

unmasking = Table(
    "unmasking",
    meta,
    Column("id", RowId, primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False),
    Column("login", String(64), nullable=False),
    Column("fields", JsonText, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Index("ix_unmasking_login", "login", "at"),
    Index("ix_unmasking_order_id", "order_id", "login"),
)
