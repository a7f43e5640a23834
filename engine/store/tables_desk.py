"""Tables of the desk: what orders are looked up by, who follows which, which filters are kept. No process reads it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table

from engine.store.types import Instant, JsonText, RowId, meta

# `gram` is a keyed digest of two characters of a name or address, or of the end of an order's number (search.py). By
# unit, because a member of staff never searches elsewhere. No foreign key: orders stay, and thirty rows an order are
# not worth thirty checks.
search_gram = Table(
    "search_gram",
    meta,
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("unit_code", String(16), primary_key=True),
    Column("order_id", RowId, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

follow = Table(
    "follow",
    meta,
    Column("login", String(64), ForeignKey("account.login"), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("since", Instant, nullable=False),
)

# `wanted` is what queries/tasklist.py reads; never the words of a search, which may be a customer's name. A shared one
# is seen by the owner's unit as it was then, and below.
task_filter = Table(
    "task_filter",
    meta,
    Column("id", String(64), primary_key=True),
    Column("owner", String(64), ForeignKey("account.login"), nullable=False),
    Column("unit_code", String(16), nullable=False),
    Column("title", String(40), nullable=False),
    Column("wanted", JsonText, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("saved_at", Instant, nullable=False),
    Index("ix_task_filter_owner", "owner"),
    Index("ix_task_filter_unit", "unit_code"),
)
