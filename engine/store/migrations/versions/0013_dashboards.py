"""What the dashboards count: the soonest legal end of orders, how residents proved who they are; indexes."""

from __future__ import annotations

from datetime import datetime

import orjson
import sqlalchemy as sa
from alembic import op

from engine.store.types import Instant, JsonText

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_N = 1000
_OPEN = "completed_at IS NULL"
_ENDED = "completed_at IS NOT NULL"
_COLLECTED = "provenance IN ('CUSTOMER_UPLOAD', 'PAPER') AND doc_type <> 'SUBJECT_CERT'"
_STANDING = ("unit_code", "hall_code", "legal_due_at", "suspended_since", "n_incidents")
_order = sa.table(
    "connection_order",
    sa.column("id", sa.BigInteger()),
    sa.column("dues", JsonText()),
    sa.column("legal_due_at", Instant()),
    sa.column("identity_route", sa.String(16)),
)
_application = sa.table("application", sa.column("order_id", sa.BigInteger()), sa.column("facts", sa.Text()))
_INDEXES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    ("accepted", "connection_order", ("accepted_at", "unit_code", "hall_code", "category", "identity_route"), ""),
    ("completed", "connection_order", ("completed_at", "unit_code", "hall_code", "category", "status"), _ENDED),
    ("open", "connection_order", _STANDING, _OPEN),
    ("version", "connection_order", ("process_version_id", "unit_code", "hall_code"), ""),
    ("step", "task", ("stage", "order_id", "unit_code"), "state = 'OPEN'"),
    ("standing", "task", ("process_version_id", "element_id", "unit_code", "opened_at", "due_at"), "state = 'OPEN'"),
    (
        "passed",
        "task",
        ("process_version_id", "occurred_at", "unit_code", "element_id", "opened_at", "due_at"),
        "state = 'DONE'",
    ),
    ("over", "clock", ("order_id", "stage"), "used_workdays > limit_workdays"),
    ("collected", "document", ("order_id",), _COLLECTED),
    ("due_on", "commitment_item", ("due_on", "order_id", "status", "fulfilled_on"), ""),
)


def upgrade() -> None:
    op.add_column("connection_order", sa.Column("legal_due_at", Instant(), nullable=True))
    op.add_column("connection_order", sa.Column("identity_route", sa.String(length=16), nullable=True))
    op.add_column("task", sa.Column("process_version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    of_order = "SELECT process_version_id FROM connection_order WHERE connection_order.id = task.order_id"
    op.execute(f"UPDATE task SET process_version_id = ({of_order})")
    _fill(op.get_bind())
    for name, table, columns, where in _INDEXES:
        condition = sa.text(where) if where else None
        op.create_index(f"ix_{table}_{name}", table, list(columns), sqlite_where=condition, postgresql_where=condition)


def downgrade() -> None:
    for name, table, _, _ in reversed(_INDEXES):
        op.drop_index(f"ix_{table}_{name}", table)
    with op.batch_alter_table("task") as batch:
        batch.drop_column("process_version_id")
    with op.batch_alter_table("connection_order") as batch:
        batch.drop_column("identity_route")
        batch.drop_column("legal_due_at")


def _fill(connection: sa.Connection) -> None:
    """Orders from before: what their row and their application say, a thousand at a time."""
    page = (
        sa.select(_order.c.id, _order.c.dues, _application.c.facts)
        .join(_application, _application.c.order_id == _order.c.id)
        .where(_order.c.id > sa.bindparam("after"))
        .order_by(_order.c.id)
        .limit(_N)
    )
    put = (
        _order.update()
        .where(_order.c.id == sa.bindparam("of"))
        .values(legal_due_at=sa.bindparam("due"), identity_route=sa.bindparam("route"))
    )
    after = 0
    while rows := connection.execute(page, {"after": after}).all():
        connection.execute(put, [_values(*row) for row in rows])
        after = rows[-1][0]


def _values(order_id: int, dues: dict[str, list[str | None]] | None, facts: str) -> dict[str, object]:
    ends = [datetime.fromisoformat(legal) for legal, _ in (dues or {}).values() if legal is not None]
    return {"of": order_id, "due": min(ends, default=None), "route": _route(orjson.loads(facts))}


def _route(facts: dict[str, object]) -> object:
    is_counted = facts.get("usage") == "RESIDENTIAL" and facts.get("subject_type") == "NATURAL_PERSON"
    return facts.get("identity_method") if is_counted else None
