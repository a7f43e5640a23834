"""Identity checks of the face routes: a reference, a name and a number. No face image is asked for, sent or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from engine.ports.line import Errand, Line
from engine.ports.reading import instant


class Verified(StrEnum):
    """What the platform says; DOWN is said by whoever got no answer, NOT_ONLINE where there is nothing to ask."""

    VERIFIED = "VERIFIED"
    NOT_FOUND = "NOT_FOUND"
    MISMATCH = "MISMATCH"
    DOWN = "DOWN"
    NOT_ONLINE = "NOT_ONLINE"


METHODS = frozenset({"KIOSK_SLIP", "E_ID_ZLB", "E_ID_ALIPAY", "E_ID_GOV"})


@dataclass(frozen=True, slots=True)
class IdentityClaim:
    """Who somebody says he is, and the reference that a kiosk printed or an e-identity showed."""

    method: str
    reference: str
    name: str
    id_no: str


@dataclass(frozen=True, slots=True)
class IdentityAnswer:
    """`verified_at` and `level` only when VERIFIED."""

    outcome: Verified
    verified_at: datetime | None = None
    level: str | None = None


class Identity(Protocol):
    """Checks a claim; raises DeliveryFailed."""

    def check(self, errand: Errand, claim: IdentityClaim) -> IdentityAnswer: ...


@dataclass(frozen=True, slots=True)
class HttpIdentity:
    """The platform of contracts/identity.yaml."""

    line: Line

    def check(self, errand: Errand, claim: IdentityClaim) -> IdentityAnswer:
        """See Identity."""
        body = {
            "method": claim.method,
            "reference": claim.reference,
            "name": claim.name,
            "id_no": claim.id_no,
            **errand.wire(),
        }
        answer = self.line.ask("checkIdentity", errand, body, about={"method": claim.method})
        outcome = Verified(answer["outcome"])
        if outcome is not Verified.VERIFIED:
            return IdentityAnswer(outcome)
        return IdentityAnswer(outcome, instant(answer["verified_at"], "verified_at"), answer["level"])
