"""What the sharing platform of the sandbox knows: certificate types, a few fixed subjects, chance for all others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from web.sandbox.chance import draw, lot
from web.sandbox.numbers import authority_code, certificate_no, person_name, resident_id

HERE = Path(__file__).parent
FIRST_ISSUED, N_DAYS_OF_ISSUE = date(2016, 1, 4), 2_500
LONG_AGO = date(2020, 12, 31)
STATUS = {"FOUND": "VALID", "EXPIRED": "EXPIRED", "REVOKED": "REVOKED"}


@dataclass(frozen=True, slots=True)
class DocType:
    """A certificate type that the platform has; `years` None is valid without end; `shares` in parts of 1,000."""

    name: str
    office: str
    serial: int
    years: int | None
    shares: Mapping[str, int]
    not_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A fixed subject: what a question about it gets, by certificate type; `identity` and `evidence` alike."""

    name: str
    documents: Mapping[str, str]
    identity: str = "VERIFIED"


@cache
def doc_types() -> Mapping[str, DocType]:
    """By code."""
    raw = json.loads((HERE / "doc_types.json").read_text(encoding="utf-8"))
    return {code: DocType(**{**one, "not_in": tuple(one.get("not_in", ()))}) for code, one in raw.items()}


@cache
def subjects() -> Mapping[str, Known]:
    """By identity number or credit code."""
    raw = json.loads((HERE / "subjects.json").read_text(encoding="utf-8"))
    return {one["id_no"]: Known(one["name"], one["documents"], one.get("identity", "VERIFIED")) for one in raw}


def offers(area_code: str) -> list[dict[str, str]]:
    """What the platform has for an area."""
    found = ((code, one) for code, one in doc_types().items() if area_code not in one.not_in)
    return [{"doc_type": code, "name": one.name, "issuer": _issuer(one, area_code)} for code, one in found]


def outcome(doc_type: str, area_code: str, subject: Mapping[str, str]) -> str:
    """What a question gets: fixed for a fixed subject, by chance of its number for any other."""
    kind = doc_types().get(doc_type)
    if kind is None or area_code in kind.not_in:
        return "NOT_ON_PLATFORM"
    known = subjects().get(subject["id_no"])
    if known is None:
        return draw(kind.shares, "document", doc_type, subject["id_no"])
    if known.name != subject["name"]:
        return "MISMATCH"
    return known.documents.get(doc_type, "FOUND")


def certificate(doc_type: str, area_code: str, subject: Mapping[str, str], found: str) -> dict[str, Any]:
    """The certificate of a subject; always the same one."""
    kind = doc_types()[doc_type]
    type_code = f"{authority_code('100000', kind.office)}{kind.serial:03d}"
    number = certificate_no(type_code, authority_code(area_code, kind.office), doc_type, subject["id_no"])
    issued_on = FIRST_ISSUED + timedelta(days=lot("issued", doc_type, subject["id_no"]) % N_DAYS_OF_ISSUE)
    ends_on = issued_on.replace(year=issued_on.year + kind.years, day=min(issued_on.day, 28)) if kind.years else None
    if found == "EXPIRED":
        issued_on, ends_on = FIRST_ISSUED, LONG_AGO
    return {
        "id": number,
        "type_code": type_code,
        "name": kind.name,
        "subject_no": subject["id_no"],
        "holder": _holder(doc_type, area_code, subject),
        "issuer": _issuer(kind, area_code),
        "issued_on": issued_on.isoformat(),
        "valid_from": issued_on.isoformat(),
        "valid_to": ends_on.isoformat() if ends_on else None,
        "status": STATUS[found],
        "file_digest": hashlib.sha256(number.encode()).hexdigest(),
    }


def _holder(doc_type: str, area_code: str, subject: Mapping[str, str]) -> dict[str, str]:
    if doc_type == "LEGAL_REP_ID":
        no = resident_id(area_code, subject["id_no"])
        return {"name": person_name(no), "type": "NATURAL_PERSON", "id_no": no}
    kind = "NATURAL_PERSON" if subject["type"] == "NATURAL_PERSON" else "ORGANISATION"
    return {"name": subject["name"], "type": kind, "id_no": subject["id_no"]}


def _issuer(kind: DocType, area_code: str) -> str:
    return f"示范地区（{area_code}）{kind.office}"
