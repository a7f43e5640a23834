"""Tables of the house: record, published processes, calendar, organisation, accounts. No row belongs to one order."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from engine.store.types import Instant, JsonText, RowId, meta

# One chain per order (`chain` = order id) and one for the house (0). The primary key is the airbag against two heads.
audit_event = Table(
    "audit_event",
    meta,
    Column("chain", RowId, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("recorded_at", Instant, nullable=False),
    Column("occurred_at", Instant, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("body", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

command_log = Table(
    "command_log",
    meta,
    Column("actor", String(64), primary_key=True),
    Column("key", String(200), primary_key=True),
    Column("kind", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("result", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

counter = Table(
    "counter",
    meta,
    Column("name", String(64), primary_key=True),
    Column("n", Integer, nullable=False),
)

process_version = Table(
    "process_version",
    meta,
    Column("id", RowId, primary_key=True),
    Column("process_key", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("deployed_at", Instant, nullable=False),
    Column("deployed_by", String(64), nullable=False),
    UniqueConstraint("process_key", "version"),
    UniqueConstraint("process_key", "digest"),
)

# `digest` is the SHA-256 of the content: the record names a decision table by it, whichever versions hold the table.
process_file = Table(
    "process_file",
    meta,
    Column("version_id", RowId, ForeignKey("process_version.id"), primary_key=True),
    Column("path", String(300), primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("content", LargeBinary, nullable=False),
)

calendar_day = Table(
    "calendar_day",
    meta,
    Column("day", Date, primary_key=True),
    Column("is_workday", Boolean, nullable=False),
    Column("note", String(100), nullable=False),
    Column("status", String(20), nullable=False),
)

calendar_year = Table(
    "calendar_year",
    meta,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("status", String(20), nullable=False),
    Column("source", Text, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

# Every version of every year that was ever in force, as its notice says it: days with their names.
calendar_version = Table(
    "calendar_version",
    meta,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("status", String(20), nullable=False),
    Column("source", Text, nullable=False),
    Column("notice_on", Date),
    Column("holidays", JsonText, nullable=False),
    Column("makeup_days", JsonText, nullable=False),
    Column("entered_by", String(64), nullable=False),
    Column("entered_at", Instant, nullable=False),
)

# Orders to be counted anew, those first whose next timer is due first. No foreign key: checking it would make whoever
# enters a calendar wait for every order that somebody works on, and they for him.
recount_due = Table(
    "recount_due",
    meta,
    Column("order_id", RowId, primary_key=True, autoincrement=False),
    Column("cause", String(100), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("urgent_at", Instant, nullable=False),
    Column("tried_at", Instant),
    Index("ix_recount_due_urgent_at", "urgent_at", "order_id"),
)

organisation = Table(
    "organisation",
    meta,
    Column("id", RowId, primary_key=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("body", JsonText, nullable=False),
    Column("loaded_at", Instant, nullable=False),
)

account = Table(
    "account",
    meta,
    Column("login", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("password_hash", String(200), nullable=False),
    Column("roles", JsonText, nullable=False),
    Column("unit_code", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("must_change", Boolean, nullable=False, server_default=false()),
    Column("oidc_subject", String(255)),
    Index("ix_account_oidc_subject", "oidc_subject", unique=True),
)

session = Table(
    "session",
    meta,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("account.login"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("method", String(16), nullable=False, server_default="PASSWORD"),
    Column("address", String(64), nullable=False, server_default=""),
    Column("agent", String(200), nullable=False, server_default=""),
)

api_token = Table(
    "api_token",
    meta,
    Column("token_hash", String(64), primary_key=True),
    Column("login", String(64), ForeignKey("account.login"), nullable=False, index=True),
    Column("label", String(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("revoked_at", Instant),
)

login_failure = Table(
    "login_failure",
    meta,
    Column("id", RowId, primary_key=True),
    Column("login", String(64), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_login_failure_login", "login", "at"),
    Index("ix_login_failure_address", "address", "at"),
)

heartbeat = Table(
    "heartbeat",
    meta,
    Column("worker", String(120), primary_key=True),
    Column("started_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", JsonText, nullable=False),
)

house_value = Table(
    "house_value",
    meta,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# One row per work and period: the primary key is what makes it run once, whoever is first.
periodic_run = Table(
    "periodic_run",
    meta,
    Column("name", String(64), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("late_seconds", Integer, nullable=False),
    Column("worker", String(120), nullable=False),
    Column("n_attempts", Integer, nullable=False),
    Column("leased_until", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("error", String(200)),
    Column("result", JsonText),
)
