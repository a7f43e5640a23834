"""Records of 办电e助手: proof that the customer himself asked for something, above all for high voltage (A06a)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from engine.ports.line import Errand, Line
from engine.ports.reading import instant

HV_WISH = "HV_WISH"


class Proof(StrEnum):
    """MISMATCH: there is such a record, but of another customer or about another matter."""

    FOUND = "FOUND"
    NOT_FOUND = "NOT_FOUND"
    MISMATCH = "MISMATCH"
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class EvidenceClaim:
    """The record that is claimed to exist, and whose it should be. `kind` is what it should prove."""

    record_id: str
    kind: str
    name: str
    id_no: str
    stated_signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EvidenceAnswer:
    """`signed_at` by the record's own clock, only when FOUND."""

    outcome: Proof
    signed_at: datetime | None = None


class Evidence(Protocol):
    """Looks a record up; raises DeliveryFailed."""

    def find(self, errand: Errand, claim: EvidenceClaim) -> EvidenceAnswer: ...


@dataclass(frozen=True, slots=True)
class HttpEvidence:
    """The platform of contracts/evidence.yaml."""

    line: Line

    def find(self, errand: Errand, claim: EvidenceClaim) -> EvidenceAnswer:
        """See Evidence. What the platform found is compared once more: number, matter and customer."""
        stated = claim.stated_signed_at.isoformat() if claim.stated_signed_at else None
        customer = {"name": claim.name, "id_no": claim.id_no}
        body = {"record_id": claim.record_id, "customer": customer, "stated_signed_at": stated, **errand.wire()}
        answer = self.line.ask("queryEvidence", errand, body, about={"kind": claim.kind})
        outcome = Proof(answer["outcome"])
        if outcome is not Proof.FOUND:
            return EvidenceAnswer(outcome)
        record = answer["record"]
        if (record["record_id"], record["kind"], record["customer"]) != (claim.record_id, claim.kind, customer):
            return EvidenceAnswer(Proof.MISMATCH)
        return EvidenceAnswer(outcome, instant(record["signed_at"], "signed_at"))
