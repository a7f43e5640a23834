"""Selects for pages and the API: orders in lists and whole, incidents, counts. Locks nothing, writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from engine.store.tables import application, connection_order, incident
from engine.store.tables_house import process_version
from engine.store.types import Connection

_o, _a, _v = connection_order.c, application.c, process_version.c
_before = connection_order.alias("restarted")
_HEAD = (
    _o.id,
    _o.order_no,
    _o.channel,
    _o.external_id,
    _o.unit_code,
    _o.hall_code,
    _o.category,
    _o.process_key,
    _o.process_version_id,
    _o.status,
    _o.submitted_at,
    _o.accepted_at,
    _o.started_at,
    _o.completed_at,
    _o.due_at,
    _o.version,
    _o.n_incidents,
    _o.n_promised,
    _o.suspended_since,
    _o.n_holds,
    _o.restart_of,
    select(_before.c.order_no).where(_before.c.id == _o.restart_of).scalar_subquery().label("restart_of_no"),
    _a.name_masked,
    _a.id_no_masked,
    _a.phone_masked,
    _a.address_masked,
    _a.facts,
    _v.version.label("process_version"),
    _v.title.label("process_title"),
)
ORDERS: Select[Any] = (
    select(*_HEAD).join(application, _a.order_id == _o.id).outerjoin(process_version, _v.id == _o.process_version_id)
)
_ONE = ORDERS.where(_o.order_no == bindparam("order_no"))
_BY_ID = ORDERS.where(_o.id == bindparam("order_id"))
_INSTANCE = select(_o.instance).where(_o.id == bindparam("order_id"))
_INCIDENTS_OF = select(incident).where(incident.c.order_id == bindparam("order_id")).order_by(incident.c.id)
_STATUS = select(_o.status, func.count()).group_by(_o.status)
_OPEN_INCIDENTS = (
    select(incident, _o.order_no, _o.unit_code, _o.process_key, _o.process_version_id)
    .join(connection_order, _o.id == incident.c.order_id)
    .where(incident.c.resolved_at.is_(None))
    .order_by(incident.c.id)
)
_N_INCIDENTS = select(func.count()).where(incident.c.resolved_at.is_(None))


def order(connection: Connection, order_no: str) -> dict[str, Any] | None:
    """The head of one order with its masks and process version."""
    row = connection.execute(_ONE, {"order_no": order_no}).mappings().first()
    return dict(row) if row else None


def order_of_id(connection: Connection, order_id: int) -> dict[str, Any]:
    """The head of the order with this id, which exists."""
    return dict(connection.execute(_BY_ID, {"order_id": order_id}).mappings().one())


def orders(
    connection: Connection, *, units: Collection[str] | None, status: str | None, after: int | None, limit: int
) -> list[dict[str, Any]]:
    """A page of orders, newest first; `after` is the last id of the page before."""
    statement = ORDERS.order_by(_o.id.desc()).limit(limit)
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    if status is not None:
        statement = statement.where(_o.status == status)
    if after is not None:
        statement = statement.where(_o.id < after)
    return [dict(row) for row in connection.execute(statement).mappings()]


def instance(connection: Connection, order_id: int) -> bytes | None:
    """The state of an order's process."""
    found = connection.execute(_INSTANCE, {"order_id": order_id}).scalar()
    return bytes(found) if found is not None else None


def incidents_of(connection: Connection, order_id: int) -> list[dict[str, Any]]:
    """Every incident of an order."""
    return [dict(row) for row in connection.execute(_INCIDENTS_OF, {"order_id": order_id}).mappings()]


def open_incidents(connection: Connection, *, units: Collection[str] | None, limit: int) -> list[dict[str, Any]]:
    """What has not been mended yet, oldest first."""
    statement = _OPEN_INCIDENTS.limit(limit)
    if units is not None:
        statement = statement.where(_o.unit_code.in_(units))
    return [dict(row) for row in connection.execute(statement).mappings()]


def n_open_incidents(connection: Connection) -> int:
    """How much has stopped."""
    return connection.execute(_N_INCIDENTS).scalar_one()


def count_by_status(connection: Connection) -> dict[str, int]:
    """How many orders stand where."""
    return {row[0]: row[1] for row in connection.execute(_STATUS)}
