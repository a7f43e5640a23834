"""Tables of the customer portal: codes that were asked for, sessions, and what customers thought of it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from engine.store.types import Instant, JsonText, RowId, meta

# One row for each code asked for, also for a number that is no order's (`order_id` NULL), so that both cost the same.
# `used_at`: it has opened the portal, or another was asked for after it. The code itself is nowhere: it is made anew
# from the row's id and a key of the vault.
portal_code = Table(
    "portal_code",
    meta,
    Column("id", String(32), primary_key=True),
    Column("order_index", String(64), nullable=False),
    Column("order_id", RowId, ForeignKey("connection_order.id")),
    Column("address", String(64), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("n_tries", Integer, nullable=False),
    Column("used_at", Instant),
    Index("ix_portal_code_order_index_asked_at", "order_index", "asked_at"),
    Index("ix_portal_code_address_asked_at", "address", "asked_at"),
    Index("ix_portal_code_asked_at", "asked_at"),
)

portal_session = Table(
    "portal_session",
    meta,
    Column("token_hash", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False, index=True),
    Column("ended_at", Instant),
)

# Codes only: what a customer would write in his own words might name people.
rating = Table(
    "rating",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True, autoincrement=False),
    Column("score", Integer, nullable=False),
    Column("tags", JsonText, nullable=False),
    Column("rated_at", Instant, nullable=False),
    CheckConstraint("score BETWEEN 1 AND 5", name="score_in_range"),
)
