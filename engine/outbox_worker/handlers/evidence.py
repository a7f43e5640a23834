"""`evidence.verify`: the record of 办电e助手 that the customer himself asked for high voltage (notice, item 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.app import Engine
from engine.clock import SHANGHAI
from engine.outbox_worker.case import open_case
from engine.ports.evidence import HV_WISH, EvidenceAnswer, EvidenceClaim, Proof
from engine.store.outbox import Delivery

PURPOSE = "高压接入意愿核实"


def verify(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{outcome, signed_at}; an application that names no record has none: NOT_FOUND, without asking."""
    case = open_case(engine, call, "name", "id_no", "hv_wish_record_id", "hv_wish_signed_at")
    errand, record_id = case.errand(call, PURPOSE, presented=True), case.personal["hv_wish_record_id"]
    if not record_id:
        return _told(EvidenceAnswer(Proof.NOT_FOUND))
    stated = case.personal["hv_wish_signed_at"]
    claim = EvidenceClaim(
        record_id,
        HV_WISH,
        case.personal["name"],
        case.personal["id_no"],
        datetime.fromisoformat(stated) if stated else None,
    )
    return _told(engine.platforms.evidence.find(errand, claim))


def down(call: Delivery) -> dict[str, Any]:
    """The result when nobody answered."""
    return _told(EvidenceAnswer(Proof.DOWN))


def _told(answer: EvidenceAnswer) -> dict[str, Any]:
    signed_at = answer.signed_at.astimezone(SHANGHAI).isoformat() if answer.signed_at is not None else None
    return {"outcome": answer.outcome.value, "signed_at": signed_at}
