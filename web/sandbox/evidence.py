"""办电e助手 of contracts/evidence.yaml: records of customers' wishes, by their number."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint

from web.sandbox.chance import draw
from web.sandbox.desk import Reply, serve
from web.sandbox.numbers import person_name, resident_id

evidence = Blueprint("evidence", __name__)
RECORD_NO = re.compile(r"BDZS-[0-9]{6,12}")
SHARES = {"FOUND": 900, "NOT_FOUND": 60, "MISMATCH": 40}
SIGNED_AT = "2026-01-05T10:00:00+08:00"


@evidence.post("/evidence-records/query")
def query() -> Reply:
    return serve("evidence", "queryEvidence", _answer, _twist)


def _answer(body: Any) -> dict[str, Any]:
    record_id = body["record_id"]
    if not RECORD_NO.fullmatch(record_id):
        return {"outcome": "NOT_FOUND"}
    found = draw(SHARES, "evidence", record_id)
    return {"outcome": found} | ({"record": _record(body, body["customer"])} if found == "FOUND" else {})


def _record(body: Any, customer: Any) -> dict[str, Any]:
    signed_at = body.get("stated_signed_at") or SIGNED_AT
    return {"record_id": body["record_id"], "kind": "HV_WISH", "signed_at": signed_at, "customer": customer}


def _twist(wrong: str, body: Any, answer: Any) -> Any:
    """A record of somebody else, or one that is found and not shown."""
    if wrong != "OTHER_HOLDER":
        return {"outcome": "FOUND"}
    no = resident_id("330122", "other", body["record_id"])
    return {"outcome": "FOUND", "record": _record(body, {"name": person_name(no), "id_no": no})}
