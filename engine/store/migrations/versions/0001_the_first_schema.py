"""The first schema: orders with what hangs on them, the record, the house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _account()
    _audit_event()
    _calendar_day()
    _calendar_year()
    _command_log()
    _counter()
    _heartbeat()
    _house_value()
    _login_failure()
    _organisation()
    _process_version()
    _api_token()
    _connection_order()
    _process_file()
    _session()
    _application()
    _clock()
    _incident()
    _outbox()
    _sealed_value()
    _task()
    _timer()


def downgrade() -> None:
    op.drop_table("timer")
    op.drop_table("task")
    op.drop_table("sealed_value")
    op.drop_table("outbox")
    op.drop_table("incident")
    op.drop_table("clock")
    op.drop_table("application")
    op.drop_table("session")
    op.drop_table("process_file")
    op.drop_table("connection_order")
    op.drop_table("api_token")
    op.drop_table("process_version")
    op.drop_table("organisation")
    op.drop_table("login_failure")
    op.drop_table("house_value")
    op.drop_table("heartbeat")
    op.drop_table("counter")
    op.drop_table("command_log")
    op.drop_table("calendar_year")
    op.drop_table("calendar_day")
    op.drop_table("audit_event")
    op.drop_table("account")


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("roles", JsonText(), nullable=False),
        sa.Column("unit_code", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_account")),
    )


def _audit_event() -> None:
    op.create_table(
        "audit_event",
        sa.Column("chain", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_audit_event")),
    )


def _calendar_day() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_workday", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_calendar_day")),
    )


def _calendar_year() -> None:
    op.create_table(
        "calendar_year",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("loaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendar_year")),
    )


def _command_log() -> None:
    op.create_table(
        "command_log",
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_command_log")),
    )
    with op.batch_alter_table("command_log", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_command_log_at"), ["at"], unique=False)


def _counter() -> None:
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )


def _heartbeat() -> None:
    op.create_table(
        "heartbeat",
        sa.Column("worker", sa.String(length=120), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("detail", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_heartbeat")),
    )


def _house_value() -> None:
    op.create_table(
        "house_value",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_house_value")),
    )


def _login_failure() -> None:
    op.create_table(
        "login_failure",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    with op.batch_alter_table("login_failure", schema=None) as batch_op:
        batch_op.create_index("ix_login_failure_address", ["address", "at"], unique=False)
        batch_op.create_index("ix_login_failure_login", ["login", "at"], unique=False)


def _organisation() -> None:
    op.create_table(
        "organisation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", JsonText(), nullable=False),
        sa.Column("loaded_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("digest", name=op.f("uq_organisation_digest")),
    )


def _process_version() -> None:
    op.create_table(
        "process_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("process_key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("deployed_at", Instant(), nullable=False),
        sa.Column("deployed_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_version")),
        sa.UniqueConstraint("process_key", "digest", name=op.f("uq_process_version_process_key_digest")),
        sa.UniqueConstraint("process_key", "version", name=op.f("uq_process_version_process_key_version")),
    )


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=100), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["account.login"], name=op.f("fk_api_token_login")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_api_token")),
    )
    with op.batch_alter_table("api_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_api_token_login"), ["login"], unique=False)


def _connection_order() -> None:
    op.create_table(
        "connection_order",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_no", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=128), nullable=True),
        sa.Column("content_digest", sa.String(length=64), nullable=False),
        sa.Column("unit_code", sa.String(length=16), nullable=False),
        sa.Column("hall_code", sa.String(length=24), nullable=False),
        sa.Column("category", sa.String(length=32), nullable=False),
        sa.Column("process_key", sa.String(length=64), nullable=False),
        sa.Column("process_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("tables_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("submitted_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("completed_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("instance", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("audit_hash", sa.String(length=64), nullable=False),
        sa.Column("next_due_at", Instant(), nullable=True),
        sa.Column("n_incidents", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_version_id"], ["process_version.id"], name=op.f("fk_connection_order_process_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["tables_version_id"], ["process_version.id"], name=op.f("fk_connection_order_tables_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_connection_order")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_connection_order_channel_external_id")),
        sa.UniqueConstraint("order_no", name=op.f("uq_connection_order_order_no")),
    )
    with op.batch_alter_table("connection_order", schema=None) as batch_op:
        batch_op.create_index("ix_connection_order_unit", ["unit_code", "id"], unique=False)
        batch_op.create_index(
            "ix_connection_order_waiting",
            ["process_key", "id"],
            unique=False,
            sqlite_where=sa.text("status = 'WAITING_PROCESS'"),
            postgresql_where=sa.text("status = 'WAITING_PROCESS'"),
        )


def _process_file() -> None:
    op.create_table(
        "process_file",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("path", sa.String(length=300), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["version_id"], ["process_version.id"], name=op.f("fk_process_file_version_id")),
        sa.PrimaryKeyConstraint("version_id", "path", name=op.f("pk_process_file")),
    )


def _session() -> None:
    op.create_table(
        "session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["account.login"], name=op.f("fk_session_login")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_login"), ["login"], unique=False)


def _application() -> None:
    op.create_table(
        "application",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("facts", JsonText(), nullable=False),
        sa.Column("name_masked", sa.String(length=200), nullable=False),
        sa.Column("id_no_masked", sa.String(length=40), nullable=False),
        sa.Column("phone_masked", sa.String(length=40), nullable=False),
        sa.Column("address_masked", sa.String(length=200), nullable=False),
        sa.Column("id_no_index", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_application_order_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_application")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_application_id_no_index"), ["id_no_index"], unique=False)


def _clock() -> None:
    op.create_table(
        "clock",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("limit_workdays", sa.Integer(), nullable=False),
        sa.Column("warn_share", sa.String(length=12), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("used_workdays", sa.Integer(), nullable=False),
        sa.Column("running_since", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("why", JsonText(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_clock_order_id")),
        sa.PrimaryKeyConstraint("order_id", "stage", name=op.f("pk_clock")),
    )


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("resolved_at", Instant(), nullable=True),
        sa.Column("resolved_by", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_incident_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_order_id"), ["order_id"], unique=False)


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("call_id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("operator", sa.String(length=100), nullable=False),
        sa.Column("params", JsonText(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("n_attempts", sa.Integer(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_outbox_order_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "ix_outbox_pending",
            ["next_attempt_at"],
            unique=False,
            sqlite_where=sa.text("state = 'PENDING'"),
            postgresql_where=sa.text("state = 'PENDING'"),
        )


def _sealed_value() -> None:
    op.create_table(
        "sealed_value",
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_sealed_value_order_id")),
        sa.PrimaryKeyConstraint("order_id", "field", name=op.f("pk_sealed_value")),
    )


def _task() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_code", sa.String(length=16), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("form_key", sa.String(length=100), nullable=False),
        sa.Column("stage", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("assignee", sa.String(length=64), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("urgent_at", Instant(), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=True),
        sa.Column("occurred_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("form", JsonText(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_task_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index("ix_task_assignee", ["assignee", "state"], unique=False)
        batch_op.create_index(
            "ix_task_open",
            ["urgent_at", "id"],
            unique=False,
            sqlite_where=sa.text("state = 'OPEN'"),
            postgresql_where=sa.text("state = 'OPEN'"),
        )
        batch_op.create_index(batch_op.f("ix_task_order_id"), ["order_id"], unique=False)


def _timer() -> None:
    op.create_table(
        "timer",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("element_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("interrupting", sa.Boolean(), nullable=False),
        sa.Column("why", JsonText(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("armed_at", Instant(), nullable=False),
        sa.Column("fired_at", Instant(), nullable=True),
        sa.Column("late_seconds", sa.Integer(), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["connection_order.id"], name=op.f("fk_timer_order_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    with op.batch_alter_table("timer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_timer_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            "ix_timer_pending",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state = 'PENDING'"),
            postgresql_where=sa.text("state = 'PENDING'"),
        )
