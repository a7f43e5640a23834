from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from engine.outbox_worker.believing import Doubt, doubt
from engine.outbox_worker.handlers.documents import Asked
from engine.outbox_worker.recording import rows_of
from engine.ports.certificates import ECertificate, Subject
from engine.ports.failures import BadAnswer
from engine.ports.line import Errand
from engine.ports.reading import instant
from engine.ports.sharing import Outcome

TODAY = date(2026, 3, 2)
OWNER = Subject("NATURAL_PERSON", "RESIDENT_ID", "330122196612281980", "许雅宁")
GOOD = ECertificate(
    id="1.2.156.3005.2.11100000000013338W011.11330000002500287Y.202606010001.001.H",
    type_code="11100000000013338W011",
    name="不动产权证书",
    subject_no=OWNER.id_no,
    holder_name=OWNER.name,
    holder_type="NATURAL_PERSON",
    holder_no=OWNER.id_no,
    issuer="示范地区自然资源和规划局",
    issued_on=date(2020, 5, 1),
    valid_from=date(2020, 5, 1),
    valid_to=TODAY,
    status="VALID",
    file_digest="0" * 64,
)


def test_a_certificate_is_believed_on_its_last_day_and_without_an_end():
    assert doubt(GOOD, "PROPERTY_CERT", OWNER, TODAY) is None
    assert doubt(replace(GOOD, valid_to=None), "PROPERTY_CERT", OWNER, TODAY) is None
    assert doubt(replace(GOOD, issued_on=TODAY, valid_from=TODAY), "PROPERTY_CERT", OWNER, TODAY) is None


@pytest.mark.parametrize(
    ("changed", "outcome", "reason"),
    [
        ({"id": GOOD.id[:-1] + "G"}, Outcome.MISMATCH, "BAD_CERTIFICATE_NO"),
        ({"type_code": "11100000000013338W012"}, Outcome.MISMATCH, "OTHER_TYPE_CODE"),
        ({"holder_no": "330122199911237764"}, Outcome.MISMATCH, "OTHER_HOLDER"),
        ({"holder_name": "周明远"}, Outcome.MISMATCH, "OTHER_HOLDER"),
        ({"subject_no": "330122199911237764"}, Outcome.MISMATCH, "OTHER_HOLDER"),
        ({"status": "REVOKED"}, Outcome.REVOKED, "STATUS_CONTRADICTS"),
        ({"status": "EXPIRED"}, Outcome.EXPIRED, "STATUS_CONTRADICTS"),
        ({"valid_to": date(2026, 3, 1)}, Outcome.EXPIRED, "VALIDITY_CONTRADICTS"),
        ({"valid_from": date(2026, 3, 3)}, Outcome.MISMATCH, "NOT_YET_VALID"),
        ({"issued_on": date(2026, 3, 3)}, Outcome.MISMATCH, "NOT_YET_VALID"),
    ],
)
def test_what_does_not_agree_is_not_believed(changed, outcome, reason):
    assert doubt(replace(GOOD, **changed), "PROPERTY_CERT", OWNER, TODAY) == Doubt(outcome, reason)


def test_the_representative_may_be_another_but_must_be_of_this_firm():
    firm = Subject("ENTERPRISE", "USCC", "91330122MA4AK0UU9Y", "桐庐云栖数控有限公司")
    of_firm = replace(GOOD, subject_no=firm.id_no)

    assert doubt(of_firm, "LEGAL_REP_ID", firm, TODAY) is None
    assert doubt(of_firm, "SUBJECT_CERT", firm, TODAY) == Doubt(Outcome.MISMATCH, "OTHER_HOLDER")
    assert doubt(GOOD, "LEGAL_REP_ID", firm, TODAY) == Doubt(Outcome.MISMATCH, "OTHER_HOLDER")


def test_what_is_kept_of_a_question_names_nobody():
    errand = Errand("1:c:PROPERTY_CERT", "受理", "CONSENT-1", "3340101H0")
    at = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    found = Asked("PROPERTY_CERT", Outcome.FOUND, errand, at, "", "Q1", at, GOOD)
    failed = Asked("AGENT_ID", Outcome.DOWN, errand, at, "BAD_ANSWER certificate/valid_to: " + "x" * 40)
    first, second = rows_of((found, failed))

    assert (first["certificate_no"], first["valid_from"], first["valid_to"]) == (GOOD.id, "2020-05-01", "2026-03-02")
    assert (first["platform_no"], first["authorisation_id"], first["kind"]) == ("Q1", "CONSENT-1", "ECERT")
    assert second["outcome"] == "DOWN" and len(second["reason"]) == 40 and "certificate_no" not in second
    assert not {OWNER.name, OWNER.id_no} & set(first.values())


@pytest.mark.parametrize(
    "text", ["", "2026-03-02", "2026-03-02T09:00:00", "9999-12-31T23:59:59Z", "2026-13-02T09:00:00Z"]
)
def test_what_is_no_instant_is_no_answer(text):
    with pytest.raises(BadAnswer):
        instant(text, "signed_at")


def test_an_instant_keeps_its_offset():
    assert instant("2026-03-02T09:00:00+08:00", "signed_at").isoformat() == "2026-03-02T09:00:00+08:00"
