"""`identity.verify`: is he who he says? Face routes are asked of their platform, a licence of the register of firms.

An identity card seen at the counter is checked by whoever saw it: NOT_ONLINE, and no question is sent anywhere.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from engine.app import Engine
from engine.clock import SHANGHAI
from engine.outbox_worker.believing import doubt
from engine.outbox_worker.case import Case, applicant, open_case, text
from engine.ports.identity import METHODS, IdentityAnswer, IdentityClaim, Verified
from engine.ports.sharing import CertificateQuestion, Outcome
from engine.store.outbox import Delivery

PURPOSE = "用电主体身份核验"
LICENCE, LICENCE_DOC = "BUSINESS_LICENCE", "SUBJECT_CERT"
REGISTER = "REGISTER"
_OF_LICENCE: Final = {
    Outcome.FOUND: Verified.VERIFIED,
    Outcome.MISMATCH: Verified.MISMATCH,
    Outcome.NOT_ON_PLATFORM: Verified.NOT_ONLINE,
}


def verify(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{outcome, verified_at, level}; see ports/identity.py for the outcomes."""
    case = open_case(engine, call, "name", "id_no", "identity_reference")
    method = text(call, "method", str(case.facts.get("identity_method", "")))
    errand = case.errand(call, PURPOSE, presented=method in METHODS)
    if not errand.authorisation_id or method not in METHODS | {LICENCE}:
        return _told(IdentityAnswer(Verified.NOT_ONLINE))
    if method == LICENCE:
        return _told(_licence(engine, call, case))
    claim = IdentityClaim(method, case.personal["identity_reference"], case.personal["name"], case.personal["id_no"])
    return _told(engine.platforms.identity.check(errand, claim))


def down(call: Delivery) -> dict[str, Any]:
    """The result when nobody answered."""
    return _told(IdentityAnswer(Verified.DOWN))


def _licence(engine: Engine, call: Delivery, case: Case) -> IdentityAnswer:
    subject = applicant(engine, case)
    question = CertificateQuestion(LICENCE_DOC, case.facts["area_code"], subject)
    answer = engine.platforms.sharing.query(case.errand(call, PURPOSE), question)
    if answer.certificate is None:
        return IdentityAnswer(_OF_LICENCE.get(answer.outcome, Verified.NOT_FOUND))
    today = engine.clock.now().astimezone(SHANGHAI).date()
    if (found := doubt(answer.certificate, LICENCE_DOC, subject, today)) is not None:
        return IdentityAnswer(_OF_LICENCE.get(found.outcome, Verified.NOT_FOUND))
    return IdentityAnswer(Verified.VERIFIED, answer.answered_at, REGISTER)


def _told(answer: IdentityAnswer) -> dict[str, Any]:
    return {"outcome": answer.outcome.value, "verified_at": _iso(answer.verified_at), "level": answer.level}


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(SHANGHAI).isoformat() if at is not None else None
