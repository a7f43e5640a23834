"""What a handler needs to know of an order, personal values among it: opened here, only for the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.app import Engine
from engine.domain.identifiers import resident_id_fault
from engine.domain.intake import FIRMS
from engine.outbox_worker.authorisation import authorisation_of
from engine.ports.certificates import Subject
from engine.ports.failures import DeliveryFailed
from engine.ports.line import Errand
from engine.store import applications, reading
from engine.store.outbox import Delivery


@dataclass(frozen=True, slots=True)
class Case:
    """An order's head and facts, and those personal values that were asked for ("" where there is none)."""

    order_no: str
    unit_code: str
    hall_code: str
    facts: Mapping[str, Any]
    authorisation: str | None
    personal: Mapping[str, str]

    def errand(self, call: Delivery, purpose: str, *, about: str = "", presented: bool = False) -> Errand:
        """In the name of the hall; `about` tells several questions of one call apart. `presented`: the customer himself
        showed what is asked about, which is his consent to this question."""
        key = f"{call.key}:{about}" if about else call.key
        own = f"APPLICATION-{self.order_no}" if presented else ""
        return Errand(key, purpose, self.authorisation or own, self.hall_code)


def open_case(engine: Engine, call: Delivery, *fields: str) -> Case:
    """Read the order and open just these fields of the vault."""
    with engine.database.read() as connection:
        head = reading.order_of_id(connection, call.order_id)
        allowed = authorisation_of(connection, call, head["order_no"], head["facts"], engine.clock.now())
        opened = {field: applications.opened(connection, engine.vault, call.order_id, field) or "" for field in fields}
    return Case(head["order_no"], head["unit_code"], head["hall_code"], head["facts"], allowed, opened)


def applicant(engine: Engine, case: Case) -> Subject:
    """The applicant, of a case opened with `name` and `id_no`."""
    kind, id_no = str(case.facts["subject_type"]), case.personal["id_no"]
    today = engine.clock.now().date()
    id_type = "USCC" if kind in FIRMS else "RESIDENT_ID" if resident_id_fault(id_no, today) is None else "OTHER"
    return Subject(kind, id_type, id_no, case.personal["name"])


def text(call: Delivery, name: str, default: str = "") -> str:
    """A parameter that must be text when it is given. Raises DeliveryFailed, final: the diagram is wrong."""
    value = call.params.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise DeliveryFailed(f"BAD_PARAMETER {name}", final=True)
    return value
