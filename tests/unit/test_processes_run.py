from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from engine.domain.timers import timer_functions
from engine.errors import RuleBroken
from engine.kernel.loader import TIMER_FUNCTIONS
from tests.driving import CALENDAR, SUBMITTED, Drive

CATEGORY = {"lv_residential": "LV_RES", "lv_nonresidential": "LV_NONRES"}
AFTER = ["archive", "call_back"]
by_key = pytest.mark.parametrize("key", list(CATEGORY))


def drive(key: str, *, works: bool = False, **more: Any) -> Drive:
    return Drive(key, CATEGORY[key], facts={"needs_external_line_works": works}, **more)


def until(order: Drive, element: str) -> Drive:
    while element not in order.tasks:
        order.do(min(order.tasks))
    return order


def asked_to_stop(reason: str, kind: str, evidence: str = "SQ2026000001", **more: Any) -> dict[str, Any]:
    return {
        "reason_code": reason,
        "evidence_kind": kind,
        "evidence_no": evidence,
        "requested_on": "2026-03-02",
        "signed_by_customer": True,
        "n_contact_tries": 0,
        "note": "客户自建配电房未完工",
        **more,
    }


def test_the_loader_knows_our_timer_functions() -> None:
    known = set(timer_functions(lambda: CALENDAR, {}, {}, SUBMITTED))
    of_the_order = {"escalation", "promise_step"}  # they know what was taken and promised
    assert known | of_the_order == TIMER_FUNCTIONS


@pytest.mark.parametrize(
    ("key", "works", "done"),
    [
        ("lv_residential", False, ["install_meter", "energise"]),
        ("lv_residential", True, ["survey", "works", "install_meter", "energise"]),
        ("lv_nonresidential", False, ["survey", "reply_plan", "sign_contract", "install_meter", "energise"]),
        ("lv_nonresidential", True, ["survey", "reply_plan", "sign_contract", "works", "install_meter", "energise"]),
    ],
)
def test_the_straight_way(key: str, works: bool, done: list[str]) -> None:
    assert drive(key, works=works).finish() == ["acc_confirm", *done, *AFTER]


@by_key
def test_a_place_without_capacity_is_surveyed_again(key: str) -> None:
    done = drive(key, works=True, answers={"can_supply": [False, False, True]}).finish()
    assert (done.count("survey"), done.count("provide_capacity")) == (3, 2)


@by_key
def test_a_bad_meter_is_installed_again(key: str) -> None:
    done = drive(key, answers={"check_passed": [False, True]}).finish()
    assert done.count("install_meter") == 2
    assert done.count("energise") == 1


def test_a_plan_the_customer_rejects_is_replied_again() -> None:
    done = drive("lv_nonresidential", answers={"customer_accepts": [False, True]}).finish()
    assert done.count("reply_plan") == 2


def test_contract_and_works_go_on_together_and_the_meter_waits_for_both() -> None:
    order = until(drive("lv_nonresidential", works=True), "works")
    assert order.tasks == {"sign_contract", "works"}
    order.do("works")
    assert order.tasks == {"sign_contract"}
    assert order.standing.stages == frozenset()


def test_the_meters_stage_is_open_while_only_the_works_are_awaited_and_until_there_is_power() -> None:
    order = until(drive("lv_nonresidential", works=True), "works")
    order.do("sign_contract")
    for element in ("works", "install_meter", "energise"):
        assert order.standing.stages == {"METER_INSTALLATION"}
        order.do(element)
    assert order.standing.stages == frozenset()


@pytest.mark.parametrize(("key", "warned"), [("lv_residential", 6), ("lv_nonresidential", 17)])
def test_the_total_limit_warns_and_disturbs_nobody(key: str, warned: int) -> None:
    order = until(drive(key, works=True), "survey")
    timers = {t.element_id: t for t in order.standing.timers.values()}
    assert timers["total_warning"].due_at == datetime(2026, 3, warned, 1, tzinfo=UTC)
    assert "日历 2026 v1" in timers["total_warning"].why["text"]
    order.fire("total_warning")
    assert order.tasks == {"survey"}
    assert order.finish()[-2:] == AFTER


@by_key
def test_every_clock_is_off_once_energised(key: str) -> None:
    order = until(drive(key), "energise")
    order.fire("total_warning")
    assert {t.element_id for t in order.standing.timers.values()} == {"esc_due"}
    order.do("energise")
    assert not order.standing.timers
    assert not order.standing.messages


def test_an_outage_of_messages_holds_up_nobody() -> None:
    order = drive("lv_residential", works=True, operators={"notify.send": None, "ami.first_energised": None})
    until(order, "survey").fire("survey_idle")
    while order.tasks:
        order.do(min(order.tasks))
    assert {call["template"] for call in order.waiting("notify.send")} == {"order_accepted", "order_connected"}
    assert [p for p in order.passed if p in AFTER] == AFTER
    assert not order.standing.completed


@by_key
def test_an_idle_step_reminds_its_handler(key: str) -> None:
    order = until(drive(key, works=True, operators={"notify.send": None}), "survey")
    order.fire("survey_idle")
    assert "step_reminder" in {call["template"] for call in order.waiting("notify.send")}
    assert json.loads(json.dumps(order.standing.variables))["limits"]["workdays"] in {5, 15}


@by_key
def test_an_order_of_another_category_goes_over_and_does_nothing_more(key: str) -> None:
    other = {"category": "HV_SINGLE", "process_key": "hv_single", "changed": True}
    order = drive(
        key,
        answers={"capacity_kw": [400], "requested_voltage": ["HV"], "application_changed": [True]},
        operators={"orders.reclassify": lambda _: other},
    )
    assert order.finish() == ["acc_confirm"]
    assert "transferred" in order.passed
    assert "handling" not in order.passed


@by_key
def test_an_order_that_comes_over_is_not_accepted_again(key: str) -> None:
    order = Drive(key, CATEGORY[key], facts={"accepted": True, "has_commitment": False})
    assert "acc_confirm" not in order.finish()


@by_key
def test_a_terminated_order_ends_there_and_then(key: str) -> None:
    order = until(drive(key, operators={"orders.terminate": lambda _: {}}), "install_meter")
    order.deliver("termination_requested", asked_to_stop("T1", "SIGNED_REQUEST"))
    assert "install_meter" in order.tasks
    order.answers["termination_approved"] = [True]
    while order.tasks - {"install_meter"}:
        order.do(min(order.tasks - {"install_meter"}))
    assert order.standing.completed
    assert "order_terminated" in order.passed
    assert "archive" not in order.passed


@by_key
def test_a_request_that_is_refused_changes_nothing_and_may_come_again(key: str) -> None:
    order = until(drive(key, operators={"orders.terminate": lambda _: {}}), "install_meter")
    for _ in range(2):
        order.deliver("termination_requested", asked_to_stop("T1", "SIGNED_REQUEST"))
        order.answers["termination_approved"] = [False]
        while order.tasks - {"install_meter"}:
            order.do(min(order.tasks - {"install_meter"}))
    assert order.tasks == {"install_meter"}
    assert order.finish()[-2:] == AFTER


@by_key
def test_a_withdrawal_during_acceptance_ends_the_order(key: str) -> None:
    order = drive(key, operators={"orders.terminate": lambda _: {}}, answers={"termination_approved": [True]})
    order.deliver("termination_requested", asked_to_stop("T1", "SIGNED_REQUEST"))
    while order.tasks - {"acc_confirm"}:
        order.do(min(order.tasks - {"acc_confirm"}))
    assert order.standing.completed
    assert "withdrawn" in order.passed


def test_the_plan_above_the_line_is_refused_with_its_reason() -> None:
    order = until(drive("lv_nonresidential"), "reply_plan")
    plan = order.values("supply_plan")
    with pytest.raises(RuleBroken, match="160千瓦"):
        order.do("reply_plan", **{**plan, "approved_capacity_kw": 160.01})
    order.do("reply_plan", **{**plan, "approved_capacity_kw": 160})
    assert "sign_contract" in order.tasks


def test_zero_investment_means_nothing_is_charged() -> None:
    order = until(drive("lv_nonresidential"), "sign_contract")
    with pytest.raises(RuleBroken, match="不得向客户收取"):
        order.do("sign_contract", contract_no="HT2026000001", customer_charge_yuan=0.01)
    order.do("sign_contract", contract_no="HT2026000001", customer_charge_yuan=0)
    assert "sign_contract" not in order.tasks
