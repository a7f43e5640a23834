"""`documents.fetch`: asks the sharing platform for every certificate type that is named, one question each.

Without the customer's authorisation nothing is asked. A platform that is down makes DOWN of what is left, quickly.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from engine.app import Engine
from engine.clock import SHANGHAI
from engine.outbox_worker.believing import doubt
from engine.outbox_worker.case import Case, applicant, open_case, text
from engine.ports.certificates import ECertificate, Subject
from engine.ports.failures import DeliveryFailed
from engine.ports.line import Errand
from engine.ports.sharing import CertificateAnswer, CertificateQuestion, Outcome
from engine.store.outbox import Delivery

PURPOSE = "用电报装受理"
AGENT_DOC = "AGENT_ID"
PROPERTY_DOCS = frozenset({"PROPERTY_CERT", "PARKING_RIGHT"})
"""Certificates of a thing, for which its unit number and address are sent as well."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question and what came of it. `reason` is a code that explains an outcome which is not simply the platform's
    (why DOWN, why a certificate was not believed); `certificate` only when FOUND, with personal values in the clear."""

    doc_type: str
    outcome: Outcome
    errand: Errand
    asked_at: datetime
    reason: str = ""
    query_id: str = ""
    answered_at: datetime | None = None
    certificate: ECertificate | None = None


def fetch(engine: Engine, call: Delivery) -> tuple[Asked, ...]:
    """What came of each type, in the order asked for; a type named twice is asked once."""
    doc_types = call.params.get("doc_types")
    if not isinstance(doc_types, list) or not all(isinstance(one, str) for one in doc_types):
        raise DeliveryFailed("BAD_PARAMETER doc_types", final=True)
    purpose = text(call, "purpose", PURPOSE)
    case = open_case(engine, call, "name", "id_no", "address", "real_estate_unit_no", "agent_name", "agent_id_no")
    return tuple(_ask(engine, call, case, one, purpose) for one in dict.fromkeys(doc_types))


def _ask(engine: Engine, call: Delivery, case: Case, doc_type: str, purpose: str) -> Asked:
    errand, asked_at = case.errand(call, purpose, about=doc_type), engine.clock.now()
    if not errand.authorisation_id:
        return Asked(doc_type, Outcome.NOT_FOUND, errand, asked_at, "NOT_AUTHORISED")
    subject = _subject(engine, case, doc_type)
    if subject is None:
        return Asked(doc_type, Outcome.NOT_FOUND, errand, asked_at, "NO_AGENT")
    try:
        answer = engine.platforms.sharing.query(errand, _question(case, doc_type, subject))
    except DeliveryFailed as error:
        return Asked(doc_type, Outcome.DOWN, errand, asked_at, error.reason)
    return _believed(engine, errand, asked_at, doc_type, subject, answer)


def _subject(engine: Engine, case: Case, doc_type: str) -> Subject | None:
    if doc_type != AGENT_DOC:
        return applicant(engine, case)
    if not case.personal["agent_id_no"]:
        return None
    return Subject("NATURAL_PERSON", "RESIDENT_ID", case.personal["agent_id_no"], case.personal["agent_name"])


def _question(case: Case, doc_type: str, subject: Subject) -> CertificateQuestion:
    if doc_type not in PROPERTY_DOCS:
        return CertificateQuestion(doc_type, case.facts["area_code"], subject)
    unit_no, address = case.personal["real_estate_unit_no"] or None, case.personal["address"] or None
    return CertificateQuestion(doc_type, case.facts["area_code"], subject, unit_no, address)


def _believed(
    engine: Engine, errand: Errand, asked_at: datetime, doc_type: str, subject: Subject, answer: CertificateAnswer
) -> Asked:
    found = answer.certificate
    if found is None:
        return Asked(doc_type, answer.outcome, errand, asked_at, "", answer.query_id, answer.answered_at)
    doubted = doubt(found, doc_type, subject, engine.clock.now().astimezone(SHANGHAI).date())
    if doubted is None:
        return Asked(doc_type, answer.outcome, errand, asked_at, "", answer.query_id, answer.answered_at, found)
    told = {"action": "platform.doubted", "platform": "sharing", "key": errand.key, "doc_type": doc_type}
    log.warning("answer not believed", extra=told | {"outcome": doubted.outcome.value, "reason": doubted.reason})
    return Asked(doc_type, doubted.outcome, errand, asked_at, doubted.reason, answer.query_id, answer.answered_at)
