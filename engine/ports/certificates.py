"""E-certificates as the sharing platform gives them (GB/T 36903; dossier 7.4). Asks nobody, believes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.ports.reading import day


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a question is about; `id_type` RESIDENT_ID, USCC or OTHER."""

    type: str
    id_type: str
    id_no: str
    name: str


@dataclass(frozen=True, slots=True)
class ECertificate:
    """An e-certificate. `id` is its number; `valid_to` None: without end; `file_digest`: SHA-256 of the sealed file."""

    id: str
    type_code: str
    name: str
    subject_no: str
    holder_name: str
    holder_type: str
    holder_no: str
    issuer: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    status: str
    file_digest: str


def read_certificate(raw: Mapping[str, Any]) -> ECertificate:
    """A certificate of an answer that kept to the contract. Raises BadAnswer for a day that is none."""
    holder = raw["holder"]
    return ECertificate(
        raw["id"],
        raw["type_code"],
        raw["name"],
        raw["subject_no"],
        holder["name"],
        holder["type"],
        holder["id_no"],
        raw["issuer"],
        day(raw["issued_on"], "issued_on"),
        day(raw["valid_from"], "valid_from"),
        day(raw["valid_to"], "valid_to") if raw["valid_to"] is not None else None,
        raw["status"],
        raw["file_digest"],
    )
