"""The sharing platform of contracts/sharing.yaml: certificates from the catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request

from web.sandbox import catalogue
from web.sandbox.chance import lot
from web.sandbox.desk import Reply, closed_door, outcome, serve
from web.sandbox.numbers import person_name, resident_id

sharing = Blueprint("sharing", __name__)


@sharing.post("/certificates/query")
def query() -> Reply:
    return serve("sharing", "queryCertificate", _answer, _twist)


@sharing.get("/catalogue")
def read_catalogue() -> Reply:
    if (closed := closed_door("sharing")) is not None:
        return closed
    areas = request.args.getlist("area_code")
    if len(areas) != 1 or not _is_area(areas[0]):
        return jsonify(error="area_code: six digits"), 400
    answer = {"area_code": areas[0], "doc_types": catalogue.offers(areas[0])}
    return outcome("sharing", answer, lambda wrong: {"area_code": areas[0]}, 200)


def _is_area(text: str) -> bool:
    return len(text) == 6 and text.isascii() and text.isdigit() and text[0] != "0"


def _answer(body: Any) -> dict[str, Any]:
    doc_type, area_code, subject = body["doc_type"], body["area_code"], body["subject"]
    found = catalogue.outcome(doc_type, area_code, subject)
    answer: dict[str, Any] = {
        "query_id": f"Q{lot('query', doc_type, subject['id_no'], body['purpose']):016x}",
        "doc_type": doc_type,
        "outcome": found,
        "answered_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if found in catalogue.STATUS:
        answer["certificate"] = catalogue.certificate(doc_type, area_code, subject, found)
    return answer


def _twist(wrong: str, body: Any, answer: Any) -> Any:
    """A certificate of somebody else, one with an impossible number, or one that is valid and revoked at once."""
    doc_type, area_code, subject = body["doc_type"], body["area_code"], body["subject"]
    if doc_type not in catalogue.doc_types():
        return answer
    paper = catalogue.certificate(doc_type, area_code, subject, "FOUND")
    if wrong == "OTHER_HOLDER":
        no = resident_id(area_code, "other", subject["id_no"])
        paper |= {"holder": {"name": person_name(no), "type": "NATURAL_PERSON", "id_no": no}, "subject_no": no}
    elif wrong == "BAD_NUMBER":
        paper["id"] = paper["id"][:-1] + ("0" if paper["id"][-1] != "0" else "1")
    else:
        paper["status"] = "REVOKED"
    return answer | {"outcome": "FOUND", "certificate": paper}
