"""An application becomes an order, classified and started, or waiting for its process. Delivered twice, it is one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands import clockwork, restarts, steps
from engine.commands.classifying import classify
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain import identifiers as ids
from engine.domain.classification import Classification, inputs_of
from engine.domain.escalation import USUAL
from engine.domain.face import identity_route
from engine.domain.intake import Application, canonical, check_application
from engine.errors import Fault, Invalid
from engine.policy import Permission, require_unit
from engine.store import applications, calendars, locks, orders, processes, search
from engine.store.audit import GENESIS
from engine.store.orders import OrderRow

NO_EXTERNAL_ID = "none"


@dataclass(frozen=True, slots=True)
class AcceptApplication:
    """`application` as delivered: one JSON object. Without an `external_id` it can only be told apart by its key."""

    application: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """`status` is `accepted` or `duplicate`; `state` RUNNING, or WAITING_PROCESS when the process is not deployed."""

    order_no: str
    order_id: int
    status: str
    category: str
    process_key: str
    state: str


def handle(command: AcceptApplication, tx: Tx) -> Accepted:
    """Raises Invalid with a fault for every wrong field, NotFound for another unit's application."""
    raw = dict(command.application) if isinstance(command.application, Mapping) else command.application
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    if isinstance(raw, dict) and external_id is None:
        raw["external_id"] = NO_EXTERNAL_ID  # typed in by hand: no other system has a number for it
    organisation = tx.world.organisation(tx.connection)
    application = check_application(raw, organisation, tx.received_at)
    require_unit(tx.actor, application.unit_code, organisation.is_within)
    digest = tx.world.vault.digest(canonical(raw))
    if external_id and (known := _known(tx, application, digest)):
        return known
    locks.share_name(tx.uow, calendars.CALENDAR)
    tables = tx.world.shared(tx.connection)  # read once: classified and timed by the same version
    found, told = classify(tables, inputs_of(application.facts))
    stored = {"tables_version_id": tables.id, "external_id": application.external_id if external_id else None}
    order = _add_order(tx, application, found, stored | {"content_digest": digest})
    clocks = clockwork.of(tx)
    decisions = [*told, *clocks.told]
    tx.record("OrderAccepted", {"order_no": order.order_no, "digest": digest, "decisions": decisions})
    restarts.tell(tx)
    clocks.open()
    version_id = processes.newest_id(tx.connection, order.process_key)
    if version_id is not None:
        steps.begin(tx, tx.world.version(tx.connection, version_id), application.facts)
    return Accepted(order.order_no, order.id, "accepted", order.category, order.process_key, order.status)


def _known(tx: Tx, application: Application, digest: str) -> Accepted | None:
    locks.lock_name(tx.uow, "application", application.channel, application.external_id)
    before = applications.delivered(tx.connection, application.channel, application.external_id)
    if before is None:
        return None
    if before.content_digest != digest:
        reason = "该外部编号已有内容不同的申请"
        raise Invalid(reason, faults=[Fault("external_id", "external_id_conflict", reason)])
    return Accepted(before.order_no, before.order_id, "duplicate", before.category, before.process_key, before.status)


def _add_order(tx: Tx, application: Application, found: Classification, stored: dict[str, Any]) -> OrderRow:
    values: dict[str, Any] = {
        **stored,
        "order_no": _next_order_no(tx, application),
        "channel": application.channel,
        "unit_code": application.unit_code,
        "hall_code": application.hall_code,
        "category": found.category.value,
        "process_key": found.process_key,
        "status": orders.WAITING_PROCESS,
        "submitted_at": application.submitted_at,
        "accepted_at": tx.received_at,
        "version": 0,
        "audit_seq": 0,
        "audit_hash": GENESIS,
        "n_incidents": 0,
        "n_promised": 0,
        "n_holds": 0,
        "priority": USUAL,
        "identity_route": identity_route(application.facts),
    }
    personal = application.personal
    masks = applications.Masks(
        ids.mask_name(personal.applicant.name),
        ids.mask_id(personal.applicant.id_no),
        ids.mask_phone(personal.applicant.phone),
        ids.mask_address(personal.address),
    )
    premise = restarts.premise_index(tx, application)
    values["restart_of"] = restarts.link(tx, application, premise)
    order_id = orders.add(tx.uow, values)
    sealed = _sealed(application)
    applications.add(
        tx.uow, tx.world.vault, order_id, application.facts, masks, personal.applicant.id_no, sealed, premise
    )
    search.add(tx.uow, tx.world.vault, order_id, application.unit_code, values["order_no"], sealed)
    columns: dict[str, Any] = {name: values.get(name) for name in OrderRow.__slots__}
    tx.locked = OrderRow(**(columns | {"id": order_id}))
    tx.changes.moved = True
    return tx.locked


def _next_order_no(tx: Tx, application: Application) -> str:
    """Unit, day of acceptance, number of the day: 3340602 260302 00017."""
    day = f"{shanghai_day(tx.received_at):%y%m%d}"
    number = locks.next_number(tx.uow, f"order_no|{application.unit_code}|{day}")
    return f"{application.unit_code.ljust(7, '0')}{day}{number:05d}"


def _sealed(application: Application) -> dict[str, str]:
    personal, wish = application.personal, application.hv_wish_evidence
    values = {
        "name": personal.applicant.name,
        "id_no": personal.applicant.id_no,
        "phone": personal.applicant.phone,
        "address": personal.address,
        "real_estate_unit_no": personal.real_estate_unit_no,
        "identity_reference": personal.identity_reference,
    }
    if personal.agent is not None:
        values |= {
            "agent_name": personal.agent.name,
            "agent_id_no": personal.agent.id_no,
            "agent_phone": personal.agent.phone,
        }
    if wish is not None:
        values |= {"hv_wish_record_id": wish.record_id, "hv_wish_signed_at": wish.signed_at.isoformat()}
    return {name: value for name, value in values.items() if value}


VERB = Verb(
    AcceptApplication,
    Accepted,
    Permission.ORDER_ACCEPT,
    handle,
    lock_name=lambda command: ("key", command.key),
)
