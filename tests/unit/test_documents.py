from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from engine.domain import documents as rules
from engine.domain.documents import About, Need, Outcome, Query, Reason, Way

AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(hours=24)
FAILURES = [outcome for outcome in Outcome if outcome is not Outcome.FOUND]


def need(**changes):
    return Need(**{"doc_type": "PROPERTY_CERT", "shareable": True, "deferrable": True, "must_now": False} | changes)


def query(outcome=Outcome.NOT_FOUND, ago=MINUTE, doc_type="PROPERTY_CERT"):
    return Query(doc_type, outcome, AT - ago)


@pytest.mark.parametrize("outcome", FAILURES)
def test_a_failed_query_opens_upload_and_paper(outcome):
    assert rules.ways(need(), [query(outcome)], AT) == (Way.CUSTOMER_ECERT, Way.UPLOAD, Way.COMMITMENT, Way.PAPER)


@pytest.mark.parametrize("queries", [[], [query(Outcome.FOUND)], [query(doc_type="PROJECT_APPROVAL")]])
def test_without_a_failed_query_of_this_document_there_is_no_paper(queries):
    assert rules.ways(need(), queries, AT) == (Way.CUSTOMER_ECERT, Way.COMMITMENT)


@pytest.mark.parametrize(("ago", "open_"), [(DAY - MINUTE, True), (DAY, True), (DAY + MINUTE, False), (-MINUTE, False)])
def test_a_failed_query_counts_for_24_hours(ago, open_):
    assert (Way.PAPER in rules.ways(need(), [query(ago=ago)], AT)) is open_
    assert (rules.refusal(need(), Way.UPLOAD, [query(ago=ago)], AT, AT) == "") is open_


def test_of_a_day_gone_by_any_hour_may_have_been_that_of_the_delivery():
    since, until = AT, AT + DAY

    assert rules.may_be_on_paper(need(), [query(ago=DAY)], since, until)
    assert rules.may_be_on_paper(need(), [query(ago=-DAY)], since, until)
    assert not rules.may_be_on_paper(need(), [query(ago=DAY + MINUTE)], since, until)
    assert not rules.may_be_on_paper(need(), [query(ago=-DAY - MINUTE)], since, until)


def test_what_cannot_be_shared_may_come_on_paper_and_has_no_ecert():
    assert rules.ways(need(shareable=False), [], AT) == (Way.UPLOAD, Way.COMMITMENT, Way.PAPER)
    assert rules.refusal(need(shareable=False), Way.CUSTOMER_ECERT, [], AT, AT) == "no_ecert"


def test_who_refuses_the_sharing_of_data_may_bring_paper():
    refusing = need(may_query=False)

    assert Way.PAPER in rules.ways(refusing, [], AT)
    assert rules.reason(refusing, []) is Reason.NOT_AUTHORISED


@pytest.mark.parametrize("changes", [{"deferrable": False}, {"must_now": True}])
def test_what_must_be_there_now_cannot_be_promised(changes):
    assert Way.COMMITMENT not in rules.ways(need(**changes), [query()], AT)
    assert rules.refusal(need(**changes), Way.COMMITMENT, [query()], AT, AT) == "not_deferrable"


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome.NOT_FOUND, Reason.PLATFORM_NO_DATA),
        (Outcome.REVOKED, Reason.PLATFORM_NO_DATA),
        (Outcome.DOWN, Reason.PLATFORM_DOWN),
        (Outcome.EXPIRED, Reason.NOT_YET_ISSUED),
        (Outcome.MISMATCH, Reason.DATA_MISMATCH),
        (Outcome.NOT_ON_PLATFORM, Reason.NOT_ON_PLATFORM),
    ],
)
def test_the_last_answer_is_the_reason(outcome, reason):
    earlier = Outcome.DOWN if outcome is not Outcome.DOWN else Outcome.MISMATCH

    assert rules.reason(need(), [query(outcome), query(earlier, ago=2 * MINUTE)]) is reason


def test_what_cannot_be_shared_is_not_on_the_platform():
    assert rules.reason(need(shareable=False), []) is Reason.NOT_ON_PLATFORM


@pytest.mark.parametrize(
    ("on", "valid"),
    [(date(2026, 3, 1), False), (date(2026, 3, 2), True), (date(2026, 3, 31), True), (date(2026, 4, 1), False)],
)
def test_first_and_last_day_are_valid(on, valid):
    assert rules.is_valid(date(2026, 3, 2), date(2026, 3, 31), on) is valid
    assert rules.is_valid(None, None, on)


def test_only_what_speaks_of_the_same_thing_is_as_good_elsewhere():
    assert rules.about("PROPERTY_CERT") is About.PREMISE
    assert rules.about("LEGAL_REP_ID") is About.SUBJECT
    assert rules.about("AGENT_ID") is About.AGENT
    assert rules.about("AGENT_LETTER") is rules.about("ANYTHING_ELSE") is About.ORDER


def test_a_premise_is_its_unit_number_or_its_address():
    assert rules.premise_key("3301F1", "甲路1号") == rules.premise_key("3301F1", "甲路一号")
    assert rules.premise_key("", "甲路 1 号３０１室") == rules.premise_key("", "甲路1号301室")
    assert rules.premise_key("", "甲路1号301室") != rules.premise_key("", "甲路1号302室")
