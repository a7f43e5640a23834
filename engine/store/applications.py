"""What customers said: facts and masks in the clear, personal values sealed one by one. Opens nothing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, insert, select

from engine.store.tables import application, connection_order, sealed_value
from engine.store.types import Connection
from engine.store.uow import UnitOfWork
from engine.store.vault import Sealed, Vault

SEARCH_FORM = 1
"""In which form orders are looked up now (search.py)."""

_ADD, _ADD_SEALED = insert(application), insert(sealed_value)
_ONE = select(application).where(application.c.order_id == bindparam("order_id"))
_FACTS = select(application.c.facts).where(application.c.order_id == bindparam("order_id"))
_SEALED = select(sealed_value.c.key_id, sealed_value.c.sealed).where(
    sealed_value.c.order_id == bindparam("order_id"), sealed_value.c.field == bindparam("field")
)
_FIELDS = select(sealed_value.c.field).where(sealed_value.c.order_id == bindparam("order_id"))
_o = connection_order.c
_DELIVERED = select(_o.id, _o.order_no, _o.content_digest, _o.category, _o.process_key, _o.status).where(
    _o.channel == bindparam("channel"), _o.external_id == bindparam("external_id")
)
_a = application.c
_COMPARED = select(
    _o.id, _o.order_no, _o.category, _o.status, _o.completed_at, _a.id_no_index, _a.premise_index, _a.facts
).join(application, _a.order_id == _o.id)
_PREMISE = _COMPARED.where(_o.id == bindparam("order_id"))
_SAME_PREMISE = _COMPARED.where(
    _a.id_no_index == bindparam("subject"), _a.premise_index == bindparam("premise")
).order_by(_o.id)
_RELATED = (
    select(
        _o.id,
        _o.order_no,
        _o.category,
        _o.status,
        _o.unit_code,
        _o.accepted_at,
        _o.completed_at,
        _a.facts,
        _a.address_masked,
        _a.id_no_index,
        _a.premise_index,
    )
    .join(application, _a.order_id == _o.id)
    .where(_o.id != bindparam("but"))
    .order_by(_o.id.desc())
    .limit(bindparam("n"))
)
_OF_SUBJECT = _RELATED.where(_a.id_no_index == bindparam("i"))
_OF_PREMISE = _RELATED.where(_a.premise_index == bindparam("i"))
_WITH_ID_NO = (
    select(_o.order_no)
    .join(application, application.c.order_id == _o.id)
    .where(application.c.id_no_index == bindparam("i"))
)


@dataclass(frozen=True, slots=True)
class Delivered:
    """An order that came under this external id before."""

    order_id: int
    order_no: str
    content_digest: str
    category: str
    process_key: str
    status: str


@dataclass(frozen=True, slots=True)
class Premise:
    """An order as those are compared that may be about the same: blind indexes of subject and premise, and how it
    ended, if it has."""

    order_id: int
    order_no: str
    category: str
    status: str
    ended_at: Any
    subject_index: str
    index: str | None
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Masks:
    """What staff may see of the customer in lists."""

    name: str
    id_no: str
    phone: str
    address: str


def delivered(connection: Connection, channel: str, external_id: str) -> Delivered | None:
    """The order of an external id, if it came before."""
    row = connection.execute(_DELIVERED, {"channel": channel, "external_id": external_id}).first()
    return Delivered(*row) if row else None


def add(
    uow: UnitOfWork,
    vault: Vault,
    order_id: int,
    facts: Any,
    masks: Masks,
    id_no: str,
    personal: Mapping[str, str],
    premise_index: str | None = None,
) -> None:
    """Keep an application. `personal` goes into the vault, field by field; `id_no` makes the blind index, that of the
    premise is made by the caller."""
    row = {
        "order_id": order_id,
        "facts": facts,
        "name_masked": masks.name,
        "id_no_masked": masks.id_no,
        "phone_masked": masks.phone,
        "address_masked": masks.address,
        "id_no_index": vault.index(id_no),
        "premise_index": premise_index,
        "search_form": SEARCH_FORM,
    }
    uow.run(_ADD, row)
    sealed = {field: vault.seal(value, place(order_id, field)) for field, value in personal.items()}
    rows = [
        {"order_id": order_id, "field": field, "key_id": one.key_id, "sealed": one.data}
        for field, one in sealed.items()
    ]
    if rows:
        uow.run(_ADD_SEALED, rows)


def one(connection: Connection, order_id: int) -> dict[str, Any]:
    """Facts and masks of an order's application."""
    return dict(connection.execute(_ONE, {"order_id": order_id}).mappings().one())


def facts(connection: Connection, order_id: int) -> dict[str, Any]:
    """What the process may know."""
    found: dict[str, Any] = connection.execute(_FACTS, {"order_id": order_id}).scalar_one()
    return found


def opened(connection: Connection, vault: Vault, order_id: int, field: str) -> str | None:
    """A personal value in the clear: only for deliveries and for whoever may see it. None when there is none."""
    row = connection.execute(_SEALED, {"order_id": order_id, "field": field}).first()
    return vault.open(Sealed(row[0], bytes(row[1])), place(order_id, field)) if row else None


def fields_of(connection: Connection, order_id: int) -> frozenset[str]:
    """Which personal values an order has."""
    return frozenset(connection.execute(_FIELDS, {"order_id": order_id}).scalars())


def premise(connection: Connection, order_id: int) -> Premise:
    """An order by whom and where it is."""
    return Premise(*connection.execute(_PREMISE, {"order_id": order_id}).one())


def same_premise(connection: Connection, subject_index: str, premise_index: str) -> list[Premise]:
    """All orders of a subject at a premise, oldest first."""
    params = {"subject": subject_index, "premise": premise_index}
    return [Premise(*row) for row in connection.execute(_SAME_PREMISE, params)]


def of_subject(
    connection: Connection, index: str, *, but: int, units: Collection[str] | None, limit: int
) -> list[dict[str, Any]]:
    """Orders of one subject in these units (None: all) but one, newest first, by its blind index."""
    return _related(connection, _OF_SUBJECT, index, but, units, limit)


def of_premise(
    connection: Connection, index: str, *, but: int, units: Collection[str] | None, limit: int
) -> list[dict[str, Any]]:
    """Orders for one premise in these units (None: all) but one, newest first, by its blind index."""
    return _related(connection, _OF_PREMISE, index, but, units, limit)


def _related(
    connection: Connection, statement: Select[Any], index: str, but: int, units: Collection[str] | None, limit: int
) -> list[dict[str, Any]]:
    if units is not None:
        statement = statement.where(_o.unit_code.in_(list(units)))
    return [dict(row) for row in connection.execute(statement, {"i": index, "but": but, "n": limit}).mappings()]


def orders_of(connection: Connection, id_no_index: str) -> list[str]:
    """Numbers of the orders of one identity, by its blind index."""
    return list(connection.execute(_WITH_ID_NO, {"i": id_no_index}).scalars())


def place(order_id: int, field: str) -> str:
    """What a sealed value is bound to: table, row, column."""
    return f"sealed_value|{order_id}|{field}"
