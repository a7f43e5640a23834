"""The sharing platform: e-certificates of a subject, one type a question, and which types an area offers.

Gives what the platform said; whether a certificate is to be believed is for whoever keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from engine.ports.certificates import ECertificate, Subject, read_certificate
from engine.ports.failures import BadAnswer
from engine.ports.line import Errand, Line
from engine.ports.reading import instant


class Outcome(StrEnum):
    """What came of a question; DOWN is said by whoever got no answer."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    MISMATCH = "MISMATCH"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    NOT_ON_PLATFORM = "NOT_ON_PLATFORM"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class CertificateQuestion:
    """One certificate type of one subject; unit number and address narrow down a property."""

    doc_type: str
    area_code: str
    subject: Subject
    real_estate_unit_no: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateAnswer:
    """`query_id` is the platform's own number of the question; `certificate` only when FOUND."""

    outcome: Outcome
    query_id: str
    answered_at: datetime
    certificate: ECertificate | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A certificate type that the platform has for an area."""

    doc_type: str
    name: str
    issuer: str


class Sharing(Protocol):
    """Both raise DeliveryFailed."""

    def query(self, errand: Errand, question: CertificateQuestion) -> CertificateAnswer: ...

    def catalogue(self, errand: Errand, area_code: str) -> tuple[Offer, ...]: ...


@dataclass(frozen=True, slots=True)
class HttpSharing:
    """The platform of contracts/sharing.yaml."""

    line: Line

    def query(self, errand: Errand, question: CertificateQuestion) -> CertificateAnswer:
        """See Sharing. An answer about another certificate type is a BadAnswer."""
        about = {"doc_type": question.doc_type, "area_code": question.area_code}
        answer = self.line.ask("queryCertificate", errand, _body(errand, question), about=about)
        if answer["doc_type"] != question.doc_type:
            raise BadAnswer("doc_type: another than asked")
        outcome = Outcome(answer["outcome"])
        found = read_certificate(answer["certificate"]) if outcome is Outcome.FOUND else None
        return CertificateAnswer(outcome, answer["query_id"], instant(answer["answered_at"], "answered_at"), found)

    def catalogue(self, errand: Errand, area_code: str) -> tuple[Offer, ...]:
        """See Sharing."""
        answer = self.line.ask("readCatalogue", errand, query={"area_code": area_code})
        return tuple(Offer(each["doc_type"], each["name"], each["issuer"]) for each in answer["doc_types"])


def _body(errand: Errand, question: CertificateQuestion) -> dict[str, Any]:
    subject = question.subject
    premise = {"real_estate_unit_no": question.real_estate_unit_no, "address": question.address}
    return {
        "doc_type": question.doc_type,
        "area_code": question.area_code,
        "subject": {"type": subject.type, "id_type": subject.id_type, "id_no": subject.id_no, "name": subject.name},
        "premise": premise if any(premise.values()) else None,
        **errand.wire(),
    }
