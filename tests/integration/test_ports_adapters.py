from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest

from engine.clock import ManualClock
from engine.domain.identifiers import ecertificate_fault
from engine.ports.ami import Premise
from engine.ports.certificates import Subject
from engine.ports.evidence import EvidenceClaim, Proof
from engine.ports.identity import IdentityClaim, Verified
from engine.ports.line import Errand
from engine.ports.notification import Message
from engine.ports.platforms import connect
from engine.ports.sharing import CertificateQuestion, Outcome
from engine.settings import Settings
from tests.platforms import running
from web.sandbox.catalogue import subjects

NOW = "2026-03-02T09:00:00+08:00"
MOTHER = Subject("NATURAL_PERSON", "RESIDENT_ID", "330122196612281980", "许雅宁")
FIRM = Subject("ENTERPRISE", "USCC", "91330122MA4AK0UU9Y", "桐庐云栖数控有限公司")


def errand(key="k1"):
    return Errand(key, "用电报装受理", "CONSENT-1", "3340101H0")


@pytest.fixture(scope="module")
def sandbox():
    with running() as found:
        yield found


@pytest.fixture
def platforms(sandbox):
    sandbox.mood(slow_seconds=0, down=False, forgetful=False, wrong="")
    found = connect(Settings(sandbox_url=sandbox.url), ManualClock(NOW))
    yield found
    found.close()


def person(outcome):
    """Somebody of the catalogue whose property certificate gets this outcome."""
    id_no, known = next((n, k) for n, k in subjects().items() if k.documents.get("PROPERTY_CERT") == outcome)
    return Subject("NATURAL_PERSON" if id_no.isdigit() else "ENTERPRISE", "OTHER", id_no, known.name)


def test_a_certificate_that_is_found_comes_typed_and_whole(platforms):
    answer = platforms.sharing.query(errand("typed"), CertificateQuestion("PROPERTY_CERT", "330122", MOTHER))
    found = answer.certificate

    assert answer.outcome is Outcome.FOUND and answer.answered_at.tzinfo
    assert (found.holder_name, found.holder_no, found.subject_no) == (MOTHER.name, MOTHER.id_no, MOTHER.id_no)
    assert ecertificate_fault(found.id) is None and found.type_code in found.id
    assert found.issued_on <= date(2026, 3, 2) and found.valid_to is None
    assert (found.status, len(found.file_digest)) == ("VALID", 64)


@pytest.mark.parametrize("outcome", ["NOT_FOUND", "MISMATCH", "EXPIRED", "REVOKED"])
def test_an_answer_without_a_usable_certificate_is_a_value(platforms, outcome):
    answer = platforms.sharing.query(errand(outcome), CertificateQuestion("PROPERTY_CERT", "330122", person(outcome)))

    assert (answer.outcome, answer.certificate) == (Outcome(outcome), None)


def test_another_name_under_a_known_number_is_a_mismatch(platforms):
    stranger = Subject("NATURAL_PERSON", "RESIDENT_ID", MOTHER.id_no, "别人")

    answer = platforms.sharing.query(errand("name"), CertificateQuestion("PROPERTY_CERT", "330122", stranger))
    assert answer.outcome is Outcome.MISMATCH


def test_what_the_platform_does_not_have_is_said_and_its_catalogue_agrees(platforms):
    offered = {offer.doc_type for offer in platforms.sharing.catalogue(errand("cat"), "330329")}
    question = CertificateQuestion("PARKING_RIGHT", "330329", MOTHER, "33012228540447", "示范路64号")

    assert "PROPERTY_CERT" in offered and "PARKING_RIGHT" not in offered
    assert platforms.sharing.query(errand("park"), question).outcome is Outcome.NOT_ON_PLATFORM
    assert "PARKING_RIGHT" in {offer.doc_type for offer in platforms.sharing.catalogue(errand("cat"), "330122")}


def test_the_representative_of_a_firm_is_another_holder(platforms):
    found = platforms.sharing.query(errand("rep"), CertificateQuestion("LEGAL_REP_ID", "330122", FIRM)).certificate

    assert found.subject_no == FIRM.id_no
    assert found.holder_no != FIRM.id_no and found.holder_type == "NATURAL_PERSON"


@pytest.mark.parametrize("method", ["KIOSK_SLIP", "E_ID_ZLB", "E_ID_ALIPAY", "E_ID_GOV"])
def test_a_claim_is_verified_with_time_and_level(platforms, method):
    answer = platforms.identity.check(errand(method), IdentityClaim(method, "R1", MOTHER.name, MOTHER.id_no))

    assert (answer.outcome, answer.verified_at.tzinfo is None) == (Verified.VERIFIED, False)
    assert answer.level in ("SUBSTANTIAL", "HIGH")


def test_a_claim_is_not_found_or_does_not_agree(platforms):
    known = {one.identity: (id_no, one.name) for id_no, one in subjects().items()}
    for outcome in (Verified.NOT_FOUND, Verified.MISMATCH):
        id_no, name = known[outcome.value]
        answer = platforms.identity.check(errand(outcome), IdentityClaim("E_ID_ZLB", "R1", name, id_no))
        assert (answer.outcome, answer.verified_at, answer.level) == (outcome, None, None)
    other_name = IdentityClaim("E_ID_ZLB", "R1", "别人", MOTHER.id_no)
    assert platforms.identity.check(errand("name"), other_name).outcome is Verified.MISMATCH


def record_no(platforms, outcome):
    """A record number that gets this outcome by chance."""
    for number in range(1000):
        claim = EvidenceClaim(f"BDZS-{number:08d}", "HV_WISH", MOTHER.name, MOTHER.id_no)
        if platforms.evidence.find(errand(f"e{number}"), claim).outcome is outcome:
            return claim.record_id
    raise AssertionError(outcome)


@pytest.mark.parametrize("outcome", [Proof.FOUND, Proof.NOT_FOUND, Proof.MISMATCH])
def test_every_outcome_of_a_record_can_happen(platforms, outcome):
    assert record_no(platforms, outcome).startswith("BDZS-")


def test_a_record_tells_when_it_was_signed_and_must_be_about_the_matter(platforms):
    signed_at = datetime.fromisoformat("2026-03-01T14:10:00+08:00")
    claim = EvidenceClaim(record_no(platforms, Proof.FOUND), "HV_WISH", MOTHER.name, MOTHER.id_no, signed_at)
    other_matter = EvidenceClaim(claim.record_id, "SUSPENSION", MOTHER.name, MOTHER.id_no)
    no_record = EvidenceClaim("a note on paper", "HV_WISH", MOTHER.name, MOTHER.id_no)

    assert platforms.evidence.find(errand("signed"), claim).signed_at == signed_at
    assert platforms.evidence.find(errand("matter"), other_matter).outcome is Proof.MISMATCH
    assert platforms.evidence.find(errand("none"), no_record).outcome is Proof.NOT_FOUND


def test_a_record_of_somebody_else_is_a_mismatch_even_if_the_platform_says_found(platforms, sandbox):
    claim = EvidenceClaim(record_no(platforms, Proof.FOUND), "HV_WISH", MOTHER.name, MOTHER.id_no)
    sandbox.mood("evidence", wrong="OTHER_HOLDER")

    assert platforms.evidence.find(errand("lie"), claim).outcome is Proof.MISMATCH


@pytest.mark.parametrize(
    "place", [{"order_no": "334010126030299001"}, {"consumer_no": "3301234567"}, {"address": "试验路77号5幢301室"}]
)
def test_the_first_energising_is_found_by_order_number_or_address(platforms, sandbox, place):
    first = datetime.fromisoformat("2026-03-05T10:00:00+08:00")
    sandbox.enter_event(**place, first_energised_at=first.isoformat())

    key = next(iter(place))
    before = platforms.ami.first_energised(errand(f"before-{key}"), Premise(**place), first - timedelta(minutes=1))
    [event] = platforms.ami.first_energised(errand(f"after-{key}"), Premise(**place), first + timedelta(minutes=1))
    assert before == ()
    assert event.first_energised_at == first and event.meter_no


def test_an_order_nobody_entered_has_the_same_event_at_every_question(platforms):
    as_of = datetime.fromisoformat("2026-03-10T09:00:00+08:00")
    premise = Premise(order_no="334010126030200001", address="示范路64号")
    [first] = platforms.ami.first_energised(errand("one"), premise, as_of)
    [later] = platforms.ami.first_energised(errand("two"), premise, as_of + timedelta(days=3))

    assert first == later and first.first_energised_at < as_of


def test_a_message_is_sent_once_however_often_it_is_handed_over(platforms, sandbox):
    message = Message("order_accepted", "CUSTOMER", "33401", "3340101", "13800138000", {"due_on": "2026-03-09"})

    assert [platforms.notification.send(errand("m1"), message) for _ in range(3)] == [True, False, False]
    [sent] = [item for item in sandbox.notifications()["items"] if item["key"] == "m1"]
    assert (sent["n"], sent["message"]["detail"]) == (3, {"due_on": "2026-03-09"})


def test_who_asks_what_for_is_logged_and_nothing_personal(platforms, caplog):
    caplog.set_level("DEBUG")
    question = CertificateQuestion("PROPERTY_CERT", "330122", MOTHER, "3301222854044768138F00000001", "示范路64号12幢")
    platforms.sharing.query(errand("logged"), question)
    platforms.identity.check(errand("logged"), IdentityClaim("E_ID_ZLB", "REF-77", MOTHER.name, MOTHER.id_no))

    told = {
        record.platform: vars(record) for record in caplog.records if getattr(record, "action", "") == "platform.asked"
    }
    assert told["sharing"]["purpose"] == "用电报装受理"
    assert told["sharing"]["authorisation_id"] == told["identity"]["authorisation_id"] == "CONSENT-1"
    assert (told["sharing"]["operator"], told["sharing"]["outcome"]) == ("3340101H0", "FOUND")
    everything = caplog.text + json.dumps([str(vars(record)) for record in caplog.records], ensure_ascii=False)
    personal = (MOTHER.name, MOTHER.id_no, "3301222854044768138F00000001", "示范路64号", "REF-77")
    assert [value for value in personal if value in everything] == []
