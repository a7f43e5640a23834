"""Tables of an order: the hot row that is locked, and the rows that hang on it. Invariants live here as constraints."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.store.types import Instant, JsonText, RowId, meta

# The only row a command locks. It holds all that a step needs, so that a completion reads one row and writes one row:
# the instance, the version, the audit chain's head, when the next timer is due (the tie rule costs no select), and when
# the clocks that run end (`dues`: stage -> legal and internal end), which is what an opening task is to be done by.
# `legal_due_at` is the soonest legal end of them, `identity_route` how a residential natural person proved who he is
# (NULL for everybody else): what the dashboards count and group by stands in columns, under indexes that hold it all.
connection_order = Table(
    "connection_order",
    meta,
    Column("id", RowId, primary_key=True),
    Column("order_no", String(32), nullable=False, unique=True),
    Column("channel", String(32), nullable=False),
    Column("external_id", String(128)),
    Column("content_digest", String(64), nullable=False),
    Column("unit_code", String(16), nullable=False),
    Column("hall_code", String(24), nullable=False),
    Column("category", String(32), nullable=False),
    Column("process_key", String(64), nullable=False),
    Column("process_version_id", RowId, ForeignKey("process_version.id")),
    Column("tables_version_id", RowId, ForeignKey("process_version.id"), nullable=False),
    Column("status", String(20), nullable=False),
    Column("submitted_at", Instant, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("completed_at", Instant),
    Column("due_at", Instant),
    Column("instance", LargeBinary),
    Column("version", Integer, nullable=False),
    Column("audit_seq", Integer, nullable=False),
    Column("audit_hash", String(64), nullable=False),
    Column("next_due_at", Instant),
    Column("n_incidents", Integer, nullable=False),
    Column("suspended_since", Instant),
    Column("ends_as", String(16)),
    Column("n_holds", Integer, nullable=False, server_default="0"),
    Column("restart_of", RowId),
    Column("n_promised", Integer, nullable=False, server_default="0"),
    Column("dues", JsonText),
    Column("priority", Integer, nullable=False, server_default="3"),
    Column("legal_due_at", Instant),
    Column("identity_route", String(16)),
    UniqueConstraint("channel", "external_id"),
    Index("ix_connection_order_unit", "unit_code", "id"),
    Index("ix_connection_order_accepted", "accepted_at", "unit_code", "hall_code", "category", "identity_route"),
    Index(
        "ix_connection_order_completed",
        "completed_at",
        "unit_code",
        "hall_code",
        "category",
        "status",
        sqlite_where=text("completed_at IS NOT NULL"),
        postgresql_where=text("completed_at IS NOT NULL"),
    ),
    Index(
        "ix_connection_order_open",
        "unit_code",
        "hall_code",
        "legal_due_at",
        "suspended_since",
        "n_incidents",
        sqlite_where=text("completed_at IS NULL"),
        postgresql_where=text("completed_at IS NULL"),
    ),
    Index("ix_connection_order_version", "process_version_id", "unit_code", "hall_code"),
    Index(
        "ix_connection_order_waiting",
        "process_key",
        "id",
        sqlite_where=text("status = 'WAITING_PROCESS'"),
        postgresql_where=text("status = 'WAITING_PROCESS'"),
    ),
)


def _open_tasks(name: str, *columns: str, where: str = "") -> Index:
    condition = text("state = 'OPEN'" + (f" AND {where}" if where else ""))
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


# What the customer said. Personal values are sealed one by one; beside them stands what staff may see in lists.
# `search_form` is that of search.py in which the order can be looked up; 0 of those that still wait for it.
application = Table(
    "application",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("facts", JsonText, nullable=False),
    Column("name_masked", String(200), nullable=False),
    Column("id_no_masked", String(40), nullable=False),
    Column("phone_masked", String(40), nullable=False),
    Column("address_masked", String(200), nullable=False),
    Column("id_no_index", String(64), nullable=False, index=True),
    Column("premise_index", String(64), index=True),
    Column("search_form", Integer, nullable=False, server_default="0"),
    Index(
        "ix_application_unsearched",
        "order_id",
        sqlite_where=text("search_form = 0"),
        postgresql_where=text("search_form = 0"),
    ),
)

sealed_value = Table(
    "sealed_value",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("key_id", String(16), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# `priority` as in domain/escalation.py: 1 before 3. `offered_to` is a second role that may take it once reassigned.
# `process_version_id` is the version that its order was on when it opened: heat maps count by it.
# `on_behalf_of` is the absent person for whom its holder works; `delegated_by` who gave it away and confirms; `back_to`
# and `back_by` the element and person it goes straight back to once done. `parent_id` makes it a second opinion
# (`consult` BEFORE or AFTER) beside the task of the process that it names.
task = Table(
    "task",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("unit_code", String(16), nullable=False),
    Column("element_id", String(200), nullable=False),
    Column("name", String(300), nullable=False),
    Column("role", String(64), nullable=False),
    Column("form_key", String(100), nullable=False),
    Column("stage", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("assignee", String(64)),
    Column("opened_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("urgent_at", Instant, nullable=False),
    Column("claimed_at", Instant),
    Column("occurred_at", Instant),
    Column("closed_at", Instant),
    Column("closed_by", String(64)),
    Column("form", JsonText),
    Column("priority", Integer, nullable=False, server_default="3"),
    Column("offered_to", String(64)),
    Column("process_version_id", RowId),
    Column("on_behalf_of", String(64)),
    Column("delegated_by", String(64)),
    Column("back_to", String(200)),
    Column("back_by", String(64)),
    Column("parent_id", String(64)),
    Column("consult", String(8)),
    Index(
        "ix_task_parent",
        "parent_id",
        sqlite_where=text("parent_id IS NOT NULL"),
        postgresql_where=text("parent_id IS NOT NULL"),
    ),
    Index(
        "ix_task_open",
        "priority",
        "urgent_at",
        "id",
        sqlite_where=text("state = 'OPEN'"),
        postgresql_where=text("state = 'OPEN'"),
    ),
    Index("ix_task_assignee", "assignee", "state"),
    Index(
        "ix_task_step",
        "stage",
        "order_id",
        "unit_code",
        sqlite_where=text("state = 'OPEN'"),
        postgresql_where=text("state = 'OPEN'"),
    ),
    Index(
        "ix_task_standing",
        "process_version_id",
        "element_id",
        "unit_code",
        "opened_at",
        "due_at",
        sqlite_where=text("state = 'OPEN'"),
        postgresql_where=text("state = 'OPEN'"),
    ),
    Index(
        "ix_task_passed",
        "process_version_id",
        "occurred_at",
        "unit_code",
        "element_id",
        "opened_at",
        "due_at",
        sqlite_where=text("state = 'DONE'"),
        postgresql_where=text("state = 'DONE'"),
    ),
    # The pages of the list, unit by unit (task_pages.py): all, the free ones of a role, by legal end, without one.
    _open_tasks("ix_task_unit", "unit_code", "priority", "urgent_at", "id"),
    _open_tasks("ix_task_free", "unit_code", "role", "priority", "urgent_at", "id", where="assignee IS NULL"),
    _open_tasks("ix_task_offered", "offered_to", "unit_code", where="offered_to IS NOT NULL"),
    _open_tasks("ix_task_legal", "unit_code", "due_at", "id", where="due_at IS NOT NULL"),
    _open_tasks("ix_task_undated", "unit_code", "urgent_at", "id", where="due_at IS NULL"),
)

timer = Table(
    "timer",
    meta,
    Column("id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("element_id", String(200), nullable=False),
    Column("name", String(300), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("interrupting", Boolean, nullable=False),
    Column("why", JsonText),
    Column("state", String(12), nullable=False),
    Column("armed_at", Instant, nullable=False),
    Column("fired_at", Instant),
    Column("late_seconds", Integer),
    Column("leased_until", Instant),
    Column("leased_by", String(80)),
    Index(
        "ix_timer_pending", "due_at", sqlite_where=text("state = 'PENDING'"), postgresql_where=text("state = 'PENDING'")
    ),
)

_OVER = text("used_workdays > limit_workdays")

# `limit_*` and `basis` are the row of the limit table that held on the day of the application, kept for good.
clock = Table(
    "clock",
    meta,
    Column("order_id", RowId, ForeignKey("connection_order.id"), primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("limit_workdays", Integer, nullable=False),
    Column("warn_share", String(12), nullable=False),
    Column("basis", Text, nullable=False),
    Column("used_workdays", Integer, nullable=False),
    Column("running_since", Date),
    Column("paused_since", Date),
    Column("wants_to_run", Boolean, nullable=False, server_default=false()),
    Column("paused_workdays", Integer, nullable=False, server_default="0"),
    Column("due_on", Date),
    Column("due_at", Instant),
    Column("why", JsonText),
    Column("carried_workdays", Integer, nullable=False, server_default="0"),
    Column("carried_paused", Integer, nullable=False, server_default="0"),
    Column("internal_workdays", Integer),
    Column("internal_basis", Text),
    Column("internal_due_at", Instant),
    Column("internal_why", JsonText),
    Index("ix_clock_over", "order_id", "stage", sqlite_where=_OVER, postgresql_where=_OVER),
)

# Of what the numbers of a clock are counted. Days are half-open: `from_on` is not in it, `until_on` is.
clock_segment = Table(
    "clock_segment",
    meta,
    Column("order_id", RowId, primary_key=True),
    Column("stage", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("from_on", Date, nullable=False),
    Column("until_on", Date),
    Column("reason", String(64), nullable=False),
    Column("hold_id", String(64)),
    Column("begun_by", String(64)),
    Column("ended_by", String(64)),
    ForeignKeyConstraint(["order_id", "stage"], ["clock.order_id", "clock.stage"], name="fk_clock_segment_clock"),
)

# `detail` holds the places in expressions at fault and how far a decision had come, as the record writes both.
incident = Table(
    "incident",
    meta,
    Column("id", RowId, primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("element_id", String(200), nullable=False),
    Column("code", String(64), nullable=False),
    Column("message", Text, nullable=False),
    Column("detail", JsonText),
    Column("opened_at", Instant, nullable=False),
    Column("resolved_at", Instant),
    Column("resolved_by", String(64)),
)

outbox = Table(
    "outbox",
    meta,
    Column("call_id", String(64), primary_key=True),
    Column("order_id", RowId, ForeignKey("connection_order.id"), nullable=False, index=True),
    Column("element_id", String(200), nullable=False),
    Column("operator", String(100), nullable=False),
    Column("params", JsonText, nullable=False),
    Column("key", String(100), nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_attempt_at", Instant, nullable=False),
    Column("n_attempts", Integer, nullable=False),
    Column("answered_at", Instant),
    Column("last_error", Text),
    Index(
        "ix_outbox_pending",
        "next_attempt_at",
        sqlite_where=text("state = 'PENDING'"),
        postgresql_where=text("state = 'PENDING'"),
    ),
)
