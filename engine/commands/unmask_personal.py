"""Let somebody see personal fields of an order for a short while, with a reason, on the record of the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.commands.stated import N_MAX_REASON
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Fault, Invalid, UnmaskedOften
from engine.policy import Permission
from engine.store import unmasking

REASONS = ("CONTACT_CUSTOMER", "VISIT", "CHECK_IDENTITY", "COMPLAINT", "OTHER")


@dataclass(frozen=True, slots=True)
class UnmaskPersonal:
    """`fields` are some of `unmasking.FIELDS`, `reason` one of REASONS; `note` is free text and stays out of the
    record."""

    order_no: str
    fields: tuple[str, ...]
    reason: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class PersonalUnmasked:
    """These fields may be seen by him until then (`queries.personal`). The values are in no answer, since answers are
    kept."""

    order_no: str
    fields: tuple[str, ...]
    until: str


def handle(command: UnmaskPersonal, tx: Tx) -> PersonalUnmasked:
    """Raises NotFound, Invalid, UnmaskedOften."""
    fields = _checked(command)
    settings = tx.world.settings
    if unmasking.n_since(tx.connection, tx.actor.id, tx.now - timedelta(hours=1)) >= settings.n_unmaskings_an_hour:
        raise UnmaskedOften()
    until: datetime = tx.now + timedelta(seconds=settings.unmasked_seconds)
    row = {"order_id": tx.order.id, "login": tx.actor.id, "fields": list(fields), "reason": command.reason}
    unmasking.add(tx.uow, row | {"note": command.note.strip(), "at": tx.now, "until": until})
    told = {"fields": list(fields), "reason": command.reason, "until": until, "n_note": len(command.note.strip())}
    tx.record("PersonalUnmasked", told)
    return PersonalUnmasked(tx.order.order_no, fields, until.isoformat())


def _checked(command: UnmaskPersonal) -> tuple[str, ...]:
    if faults := list(_faults(command)):
        raise Invalid(faults[0].reason, faults=faults)
    return tuple(name for name in unmasking.FIELDS if name in command.fields)


def _faults(command: UnmaskPersonal) -> Iterator[Fault]:
    if not command.fields or set(command.fields) - set(unmasking.FIELDS):
        yield Fault("fields", "unknown_field", "请选择要查看的信息")
    if command.reason not in REASONS:
        yield Fault("reason", "unknown_reason", "请选择查看原因")
    if command.reason == "OTHER" and not command.note.strip():
        yield Fault("note", "note_missing", "原因为“其他”时须填写说明")
    if len(command.note) > N_MAX_REASON:
        yield Fault("note", "too_long", f"说明不得超过 {N_MAX_REASON} 字")


VERB = Verb(UnmaskPersonal, PersonalUnmasked, Permission.PERSONAL_UNMASK, handle, locks=("order_no", "order_no"))
