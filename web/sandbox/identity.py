"""The identity checks of contracts/identity.yaml. Knows references only; there is nowhere to send a face to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint

from web.sandbox import catalogue
from web.sandbox.chance import draw, lot
from web.sandbox.desk import Reply, contradict, serve

identity = Blueprint("identity", __name__)
SHARES = {"VERIFIED": 950, "NOT_FOUND": 30, "MISMATCH": 20}
LEVELS = {"KIOSK_SLIP": "HIGH", "E_ID_GOV": "HIGH", "E_ID_ZLB": "SUBSTANTIAL", "E_ID_ALIPAY": "SUBSTANTIAL"}


@identity.post("/identity-checks")
def check() -> Reply:
    return serve("identity", "checkIdentity", _answer, contradict)


def _answer(body: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "check_id": f"V{lot('check', body['method'], body['reference'], body['id_no']):016x}",
        "outcome": _outcome(body),
    }
    if answer["outcome"] == "VERIFIED":
        answer |= {"verified_at": datetime.now(UTC).isoformat(timespec="seconds"), "level": LEVELS[body["method"]]}
    return answer


def _outcome(body: Any) -> str:
    known = catalogue.subjects().get(body["id_no"])
    if known is None:
        return draw(SHARES, "identity", body["reference"], body["id_no"])
    return known.identity if known.name == body["name"] else "MISMATCH"
