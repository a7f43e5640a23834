"""Outside platforms for rehearsals: they answer at random, in every way that the real ones may, or as one chooses.
Nothing is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from engine.clock import SHANGHAI, Clock
from engine.domain.identifiers import ecertificate_check
from engine.ports.ami import FirstEnergised, Premise
from engine.ports.certificates import ECertificate
from engine.ports.evidence import EvidenceAnswer, EvidenceClaim, Proof
from engine.ports.failures import Outage
from engine.ports.identity import IdentityAnswer, IdentityClaim, Verified
from engine.ports.line import Errand
from engine.ports.notification import Message
from engine.ports.platforms import Platforms
from engine.ports.sharing import CertificateAnswer, CertificateQuestion, Offer, Outcome

ISSUER, TYPE_CODE = "11330105002500287C", "11100000000013338W011"
OUTCOMES = (Outcome.FOUND,) * 4 + (Outcome.NOT_FOUND, Outcome.MISMATCH, Outcome.EXPIRED, Outcome.NOT_ON_PLATFORM)
NOWHERE = (Outcome.NOT_ON_PLATFORM,)


@dataclass(slots=True)
class Invented:
    """All five platforms in one; `share_down` of the questions meet an outage. Of the answers, each of `outcomes` is as
    likely for a certificate, and `share_verified`, `share_proved`, `share_energised` of the others are good."""

    clock: Clock
    rng: Random
    share_down: float = 0.0
    outcomes: tuple[Outcome, ...] = OUTCOMES
    share_verified: float = 0.85
    share_proved: float = 0.8
    share_energised: float = 0.8

    @property
    def all(self) -> Platforms:
        """As the engine holds them."""
        return Platforms(self, self, self, self, self, {})

    def query(self, errand: Errand, question: CertificateQuestion) -> CertificateAnswer:
        """Sharing platform."""
        self._down()
        outcome, now = self.rng.choice(self.outcomes), self.clock.now()
        found = self._certificate(question, now) if outcome is Outcome.FOUND else None
        return CertificateAnswer(outcome, f"Q{self.rng.randrange(10**10):010d}", now, found)

    def catalogue(self, errand: Errand, area_code: str) -> tuple[Offer, ...]:
        """Sharing platform: nothing is told in advance."""
        return ()

    def check(self, errand: Errand, claim: IdentityClaim) -> IdentityAnswer:
        """Identity platform."""
        self._down()
        if self.rng.random() < self.share_verified:
            return IdentityAnswer(Verified.VERIFIED, self.clock.now(), "L3")
        return IdentityAnswer(self.rng.choice((Verified.NOT_FOUND, Verified.MISMATCH)))

    def find(self, errand: Errand, claim: EvidenceClaim) -> EvidenceAnswer:
        """Evidence records."""
        self._down()
        if self.rng.random() < self.share_proved:
            return EvidenceAnswer(Proof.FOUND, claim.stated_signed_at or self.clock.now() - timedelta(hours=1))
        return EvidenceAnswer(self.rng.choice((Proof.NOT_FOUND, Proof.MISMATCH)))

    def first_energised(self, errand: Errand, premise: Premise, as_of: datetime) -> tuple[FirstEnergised, ...]:
        """Metering system."""
        self._down()
        if self.rng.random() >= self.share_energised:
            return ()
        return (FirstEnergised(f"M{self.rng.randrange(10**9):09d}", None, premise.order_no, self.clock.now()),)

    def send(self, errand: Errand, message: Message) -> bool:
        """Notifications."""
        self._down()
        return True

    def _down(self) -> None:
        if self.rng.random() < self.share_down:
            raise Outage("REHEARSED")

    def _certificate(self, question: CertificateQuestion, now: datetime) -> ECertificate:
        subject, today = question.subject, now.astimezone(SHANGHAI).date()
        return ECertificate(
            id=self._number(),
            type_code=TYPE_CODE,
            name="排练电子证照",
            subject_no=subject.id_no,
            holder_name=subject.name,
            holder_type=subject.type,
            holder_no=subject.id_no,
            issuer=ISSUER,
            issued_on=today - timedelta(days=400),
            valid_from=today - timedelta(days=400),
            valid_to=today + timedelta(days=2000),
            status="VALID",
            file_digest=f"{self.rng.getrandbits(256):064x}",
        )

    def _number(self) -> str:
        parts = (TYPE_CODE, ISSUER, f"{self.rng.randrange(10**12):012d}", "001")
        return ".".join(("1.2.156.3005.2", *parts, ecertificate_check("".join(parts))))


def invented(clock: Clock, rng: Random) -> Invented:
    """Platforms that are never down until told so."""
    return Invented(clock, rng)


def obliging(clock: Clock, rng: Random) -> Invented:
    """Platforms that find, verify and confirm whatever they are asked."""
    return Invented(clock, rng, outcomes=(Outcome.FOUND,), share_verified=1.0, share_proved=1.0, share_energised=1.0)
