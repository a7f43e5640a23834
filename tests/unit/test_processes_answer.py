"""After the plan is replied: the customer's answer, the validity of the plan and its one extension, design review."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import pytest

from engine.clock import SHANGHAI
from engine.errors import RuleBroken
from engine.kernel import spiff
from tests.driving import Drive

REPLIED = "2026-03-02"
ACCEPTED = {"plan_signed_on": "2026-03-12", "customer_accepts": True}
OBJECTED = {"plan_signed_on": "2026-03-12", "customer_accepts": False, "objection": "容量偏小"}
ASKED = {"extension_requested_on": "2026-06-01", "extension_reason": "厂房未完工", "extension_evidence_no": "YQ2026001"}
DESIGN = {"submitted_on": "2026-03-20", "design_qualification_no": "A133012345", "n_drawings": 12}
STARTED = {"customer_works_started_on": "2026-04-01", "works_qualification_no": "D233012345"}


def replied(category: str = "HV_SINGLE", *, review: bool = False, works: bool = True) -> Drive:
    facts = {"plan_no": "FA2026000001", "replied_on": REPLIED, "design_review": review, "customer_works": works}
    return Drive("plan_answer", category, facts=facts, operators={"orders.terminate": lambda _: {}})


def on(order: Drive, day: str) -> Drive:
    order.at = datetime.combine(date.fromisoformat(day), datetime.min.time(), SHANGHAI).replace(hour=10)
    return order


def variables(order: Drive, element: str = "ans_await_start") -> Mapping[str, Any]:
    return spiff.scope(order.process, order.moved.state, element)


def messages(order: Drive) -> set[str]:
    return {message.message for message in order.standing.messages}


def broken(order: Drive, message: str, payload: Mapping[str, Any]) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        order.deliver(message, payload)
    return [fault.code for fault in refused.value.faults]


def test_a_customer_without_works_of_his_own_is_done_with_his_signature() -> None:
    order = on(replied("LV_PARK", works=False), "2026-03-12")
    order.deliver("plan_answered", ACCEPTED)
    assert order.standing.completed
    assert "ans_note_accepted" in order.passed


def test_a_customer_with_works_is_done_when_they_begin() -> None:
    order = on(replied(), "2026-03-12")
    order.deliver("plan_answered", ACCEPTED)
    assert messages(order) == {"works_started", "extension_requested"}
    order.deliver("works_started", STARTED)
    assert order.standing.completed


def test_an_objection_sends_the_plan_back() -> None:
    order = on(replied(), "2026-04-02")
    order.deliver("plan_answered", OBJECTED)
    assert order.standing.completed
    assert "ans_objected" in order.passed


def test_an_objection_a_month_and_a_day_after_the_reply_is_too_late_but_a_signature_is_not() -> None:
    order = on(replied(), "2026-04-03")
    assert broken(order, "plan_answered", OBJECTED) == ["objection_late"]
    order.deliver("plan_answered", {**ACCEPTED, "plan_signed_on": "2026-04-03"})
    assert "ans_await_start" in order.standing.current


def test_silence_is_no_objection_and_the_waiting_goes_on() -> None:
    order = replied()
    order.fire("ans_objection_over")
    assert order.at == datetime(2026, 4, 3, tzinfo=SHANGHAI)
    assert "ans_remind_answer" in order.passed
    assert "plan_answered" in messages(order)


@pytest.mark.parametrize(
    ("category", "valid_until", "reminded_at"),
    [("HV_SINGLE", "2027-03-02", "2027-02-16T09:00"), ("LV_PARK", "2026-06-02", "2026-05-21T09:00")],
)
def test_the_customer_is_reminded_before_he_may_no_longer_ask(
    category: str, valid_until: str, reminded_at: str
) -> None:
    order = replied(category)
    assert variables(order, "ans_await_answer")["plan_valid_until"] == {"@date": valid_until}
    order.fire("ans_near_end")
    assert order.at == datetime.fromisoformat(f"{reminded_at}:00+08:00")
    assert "ans_tell_near_end" in order.passed


def test_the_validity_counts_from_the_signature_once_there_is_one() -> None:
    order = on(replied(), "2026-03-12")
    order.deliver("plan_answered", ACCEPTED)
    assert variables(order)["plan_valid_until"] == {"@date": "2027-03-12"}
    order.fire("ans_near_end")
    assert "ans_tell_near_end" not in order.passed
    order.fire("ans_near_end")
    assert "ans_tell_near_end" in order.passed


def test_a_plan_can_be_extended_once_for_as_long_again() -> None:
    order = on(replied("LV_PARK"), "2026-05-23")
    order.deliver("extension_requested", ASKED)
    order.do("ans_approve_extension", extension_approved=True)
    assert variables(order, "ans_await_answer")["plan_valid_until"] == {"@date": "2026-09-02"}
    assert broken(order, "extension_requested", ASKED) == ["extension_used"]
    for _ in range(2):
        order.fire("ans_near_end")
    assert order.at.date() == date(2026, 8, 20)
    order.fire("ans_over")
    assert "ans_approve" not in order.tasks
    assert order.tasks == {"ter_approve"}


def test_a_refused_extension_may_be_asked_for_again() -> None:
    order = on(replied("LV_PARK"), "2026-05-20")
    order.deliver("extension_requested", ASKED)
    order.do("ans_approve_extension", extension_approved=False, extension_opinion="未说明原因")
    order.deliver("extension_requested", ASKED)
    assert order.tasks == {"ans_approve_extension"}


@pytest.mark.parametrize(("day", "codes"), [("2026-05-23", []), ("2026-05-24", ["extension_late"])])
def test_an_extension_is_asked_for_ten_days_before_the_end(day: str, codes: list[str]) -> None:
    order = on(replied("LV_PARK"), day)
    if codes:
        assert broken(order, "extension_requested", ASKED) == codes
    else:
        order.deliver("extension_requested", ASKED)
        assert order.tasks == {"ans_approve_extension"}


def test_a_plan_that_ran_out_ends_the_order_when_that_is_approved() -> None:
    order = replied("LV_PARK")
    order.fire("ans_near_end")
    order.fire("ans_over")
    assert order.at == datetime(2026, 6, 3, tzinfo=SHANGHAI)
    order.do("ter_approve", termination_approved=True)
    assert order.standing.completed
    assert "ans_note_expired" in order.passed


def test_a_customer_whose_expiry_was_not_approved_may_still_sign() -> None:
    order = replied("LV_PARK", works=False)
    order.fire("ans_near_end")
    order.fire("ans_over")
    order.do("ter_approve", termination_approved=False, termination_opinion="客户正在筹备")
    order.deliver("plan_answered", {**ACCEPTED, "plan_signed_on": "2026-06-10"})
    assert order.standing.completed
    assert "ans_note_accepted" in order.passed


def test_designs_are_reviewed_until_they_pass_and_every_attempt_counts() -> None:
    order = on(replied(review=True), "2026-03-12")
    order.deliver("plan_answered", ACCEPTED)
    for attempt in (1, 2):
        order.deliver("design_submitted", DESIGN)
        assert variables(order, "ans_review_design")["design_attempts"] == attempt
        passed = attempt == 2
        order.do("ans_review_design", reviewed_on="2026-03-20", design_passed=passed, design_opinion="缺继电保护定值")
    assert order.passed.count("ans_return_design") == 1
    assert messages(order) == {"works_started", "extension_requested"}


def test_the_reviewer_is_warned_by_the_limit_of_the_review() -> None:
    order = on(replied(review=True), "2026-03-12")
    order.deliver("plan_answered", ACCEPTED)
    order.deliver("design_submitted", DESIGN)
    order.fire("ans_review_near_limit")
    assert order.at == datetime(2026, 3, 17, 9, tzinfo=SHANGHAI)
    assert "ans_review_remind" in order.passed
