"""When a certificate that a platform says is valid is not to be believed. Asks nobody, keeps nothing.

A number that is none, another holder, a validity that does not cover today: recorded as MISMATCH (or EXPIRED, REVOKED)
with a reason, so that the customer is asked for a better one and nobody works with a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.domain.identifiers import ecertificate_fault
from engine.ports.certificates import ECertificate, Subject
from engine.ports.sharing import Outcome

HELD_BY_ANOTHER = frozenset({"LEGAL_REP_ID"})
"""Certificates of a firm whose holder is a person that we do not know yet."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a certificate that was given is not taken; `outcome` is what is recorded instead."""

    outcome: Outcome
    reason: str


def doubt(found: ECertificate, doc_type: str, subject: Subject, today: date) -> Doubt | None:
    """What is wrong with a certificate that is said to be valid; None when nothing is."""
    if ecertificate_fault(found.id) is not None:
        return Doubt(Outcome.MISMATCH, "BAD_CERTIFICATE_NO")
    if found.type_code not in found.id.split("."):
        return Doubt(Outcome.MISMATCH, "OTHER_TYPE_CODE")
    of_subject = found.subject_no == subject.id_no
    held = doc_type in HELD_BY_ANOTHER or (found.holder_no, found.holder_name) == (subject.id_no, subject.name)
    if not (of_subject and held):
        return Doubt(Outcome.MISMATCH, "OTHER_HOLDER")
    if found.status != "VALID":
        return Doubt(Outcome(found.status), "STATUS_CONTRADICTS")
    if found.valid_to is not None and found.valid_to < today:
        return Doubt(Outcome.EXPIRED, "VALIDITY_CONTRADICTS")
    if found.issued_on > today or found.valid_from > today:
        return Doubt(Outcome.MISMATCH, "NOT_YET_VALID")
    return None
