"""The whole way of the orders that need a plan and an answer: high voltage, small-firm parks, charging piles."""

from __future__ import annotations

from typing import Any

import pytest

from engine.kernel import spiff
from tests.driving import Drive

SURVEY = {"can_supply": True, "access_point": "城东变工业 1 线", "needs_external_line_works": True}
PLAN = {
    "plan_no": "FA2026000001",
    "approved_capacity_kw": 630,
    "supply_voltage": "AC10KV",
    "customer_charge_yuan": 0,
    "important_customer": True,
    "special_load": False,
    "hidden_works": True,
}
REPLY = {"replied_on": "2026-03-02", "reply_method": "ONSITE", "rights_told": True}
ACCEPTED = {"plan_signed_on": "2026-03-02", "customer_accepts": True}
OBJECTED = {"plan_signed_on": "2026-03-02", "customer_accepts": False, "objection": "容量偏小"}
COMPARED = {
    "lv_investment_yuan": 200_000,
    "lv_yearly_cost_yuan": 5_000,
    "hv_investment_yuan": 300_000,
    "hv_yearly_cost_yuan": 2_000,
    "compared_years": 10,
}
AGREED = {"comparison_agreed": True, "comparison_approved_at": "2026-03-02T08:00:00+08:00"}
PARK_REPLY = {**REPLY, "plan_no": "FA2026000001", "approved_capacity_kw": 250, "supply_voltage": "AC380"}
END = ["archive", "call_back"]
LAST = ["sign_contract", "works", "install_meter", "energise", *END]
REQUEST = {
    "reason_code": "T1",
    "evidence_kind": "SIGNED_REQUEST",
    "evidence_no": "CH2026001",
    "signed_by_customer": True,
}


def accepted(key: str, category: str, **facts: Any) -> Drive:
    """An order that has been taken in already; only the way to the meter is left."""
    operators = {"orders.reclassify": lambda _: {"changed": True}, "orders.terminate": lambda _: {}}
    given = {"accepted": True, "has_commitment": False, "needs_external_line_works": True, **facts}
    return Drive(key, category, facts=given, operators=operators)


def planned(order: Drive, **changes: Any) -> Drive:
    """Survey (unless it is a revision), draft, every approval, reply."""
    if "hvp_survey" in order.tasks:
        order.do("hvp_survey", **SURVEY)
    while order.tasks != {"hvp_reply"}:
        (task,) = order.tasks
        order.do(task, **(PLAN | changes if task.startswith("hvp_draft") else {"plan_approved": True}))
    order.do("hvp_reply", **REPLY)
    return order


def answered(order: Drive) -> Drive:
    """The customer signs, has his design reviewed where it must be, and begins."""
    order.deliver("plan_answered", ACCEPTED)
    if "ans_await_design" in order.standing.current:
        order.deliver("design_submitted", {"n_drawings": 12})
        order.do("ans_review_design", design_passed=True)
    order.deliver("works_started", {"customer_works_started_on": "2026-03-02"})
    return order


def inspected(order: Drive) -> Drive:
    if "ins_await_mid" in order.standing.current:
        order.deliver("inspection_requested", {"hidden_part": "接地网"})
        order.do("ins_inspect_mid", mid_passed=True)
    order.deliver("completion_reported", {"completion_files_complete": True})
    sources = spiff.scope(order.process, order.moved.state, "ins_inspect_completion")["sources"]
    order.do("ins_inspect_completion", source_results=[s | {"passed": True} for s in sources], safety_ready=True)
    return order


@pytest.mark.parametrize(("key", "category"), [("hv_single", "HV_SINGLE"), ("hv_dual", "HV_DUAL")])
@pytest.mark.parametrize("plain", [True, False])
def test_the_straight_way_of_high_voltage(key: str, category: str, plain: bool) -> None:
    order = planned(accepted(key, category), important_customer=not plain, hidden_works=not plain)
    assert sorted(inspected(answered(order)).finish()) == sorted(LAST)
    assert ("ans_review_design" in order.passed) is ("ins_inspect_mid" in order.passed) is not plain


WITH_A_LIMIT = [("hv_single", "HV_SINGLE"), ("hv_dual", "HV_DUAL"), ("charging_pile", "HV_DUAL"),
                ("lv_sme_park", "LV_PARK"), ("charging_pile", "LV_PARK")]  # fmt: skip


@pytest.mark.parametrize(("key", "category"), WITH_A_LIMIT)
def test_the_plans_stage_lasts_from_acceptance_to_the_reply_and_comes_again(key: str, category: str) -> None:
    park = category == "LV_PARK"
    order = accepted(key, category, capacity_kw=250 if park else 630, in_sme_park=park)
    for _ in range(2):  # as applied for, and as sent back
        assert order.standing.stages == {"SUPPLY_PLAN_REPLY"}
        if park:
            park_planned(order).do("pkp_reply", **PARK_REPLY | {"customer_charge_yuan": 0})
        else:
            planned(order)
        assert order.standing.stages == frozenset()
        order.deliver("plan_answered", OBJECTED)


METERED = [("hv_single", "HV_SINGLE"), ("hv_dual", "HV_DUAL"), ("lv_sme_park", "LV_PARK"),
           ("charging_pile", "HV_SINGLE"), ("charging_pile", "LV_NONRES")]  # fmt: skip


def at_the_contract(key: str, category: str) -> Drive:
    """The order when contract and own works are all that is left before the meter."""
    if category == "LV_NONRES":
        order = accepted(key, category, charging_pile=True)
        order.do("survey", **SURVEY)
        reply = PARK_REPLY | {"approved_capacity_kw": 60, "customer_charge_yuan": 0}
        order.do("reply_plan", **reply, customer_accepts=True)
    elif category == "LV_PARK":
        order = park_planned(accepted(key, category, capacity_kw=250, in_sme_park=True))
        order.do("pkp_reply", **PARK_REPLY | {"customer_charge_yuan": 0})
        order.deliver("plan_answered", ACCEPTED)
    else:
        order = inspected(answered(planned(accepted(key, category))))
    assert order.tasks == {"sign_contract", "works"}
    return order


@pytest.mark.parametrize(("key", "category"), METERED)
@pytest.mark.parametrize("first", ["sign_contract", "works"])
def test_the_meters_stage_lasts_from_the_customers_last_act_until_there_is_power(
    key: str, category: str, first: str
) -> None:
    order = at_the_contract(key, category)
    last = ({"sign_contract", "works"} - {first}).pop()
    assert order.standing.stages == frozenset()
    order.do(first)
    assert order.standing.stages == ({"METER_INSTALLATION"} if first == "sign_contract" else frozenset())
    order.do(last)
    for element in ("install_meter", "energise"):
        assert order.standing.stages == {"METER_INSTALLATION"}
        order.do(element)
    assert order.standing.stages == frozenset()


def test_an_outage_of_messages_does_not_put_off_the_power() -> None:
    order = at_the_contract("charging_pile", "LV_NONRES")
    order.operators["notify.send"] = None
    order.do("sign_contract")
    order.do("works")
    order.fire("install_meter_idle")
    order.do("install_meter")
    order.do("energise")
    assert order.standing.stages == frozenset()
    assert order.tasks == set(END)


def test_every_source_of_a_dual_supply_is_inspected() -> None:
    order = answered(planned(accepted("hv_dual", "HV_DUAL"), important_customer=False, hidden_works=False))
    order.deliver("completion_reported", {"completion_files_complete": True})
    sources = spiff.scope(order.process, order.moved.state, "ins_inspect_completion")["sources"]
    assert [source["name"] for source in sources] == ["主供电源", "备用电源"]


def test_an_objection_leads_to_a_new_plan_without_a_new_survey() -> None:
    order = planned(accepted("hv_single", "HV_SINGLE"))
    order.deliver("plan_answered", OBJECTED)
    assert order.tasks == {"hvp_draft"}
    assert sorted(inspected(answered(planned(order))).finish()) == sorted(LAST)


def test_a_plan_that_ran_out_ends_the_order_without_power() -> None:
    order = planned(accepted("hv_single", "HV_SINGLE"))
    order.fire("ans_near_end")
    order.fire("ans_over")
    order.do("ter_approve", termination_approved=True)
    assert order.standing.completed
    assert "order_terminated" in order.passed and "tell_connected" not in order.passed


def test_whoever_goes_back_to_low_voltage_leaves_this_process() -> None:
    order = accepted("hv_single", "HV_SINGLE")
    order.operators["evidence.verify"] = lambda _: {"outcome": "NOT_FOUND", "signed_at": None}
    order.do("hvp_survey", **SURVEY)
    order.do("hvp_draft", **PLAN | {"approved_capacity_kw": 100})
    order.do("hvp_get_wish", wish_decision="GO_LOW_VOLTAGE", informed_on="2026-03-02")
    assert order.standing.completed
    assert "transferred_later" in order.passed and "archive" not in order.passed


def test_the_customer_may_withdraw_while_his_works_go_on() -> None:
    order = answered(planned(accepted("hv_single", "HV_SINGLE")))
    order.deliver("termination_requested", REQUEST)
    order.do("ter_approve", termination_approved=True)
    assert order.standing.completed
    assert "order_terminated" in order.passed


def park_planned(order: Drive, *, recommendation: str = "LV") -> Drive:
    if "pkp_survey" in order.tasks:
        order.do("pkp_survey", **SURVEY)
    order.do("pkp_compare", **COMPARED | {"recommendation": recommendation})
    order.do("pkp_approve", **AGREED)
    return order


@pytest.mark.parametrize("key", ["lv_sme_park", "charging_pile"])
def test_the_straight_way_in_a_park(key: str) -> None:
    order = park_planned(accepted(key, "LV_PARK", capacity_kw=250, in_sme_park=True))
    order.do("pkp_reply", **PARK_REPLY | {"customer_charge_yuan": 0})
    order.deliver("plan_answered", ACCEPTED)
    assert sorted(order.finish()) == sorted(LAST)


def test_a_revised_plan_in_a_park_is_compared_again() -> None:
    order = park_planned(accepted("lv_sme_park", "LV_PARK", capacity_kw=250, in_sme_park=True))
    order.do("pkp_reply", **PARK_REPLY | {"customer_charge_yuan": 0})
    order.deliver("plan_answered", OBJECTED)
    assert order.tasks == {"pkp_compare"}


def test_a_park_order_that_is_better_off_with_high_voltage_leaves_this_process() -> None:
    order = accepted("lv_sme_park", "LV_PARK", capacity_kw=250, in_sme_park=True)
    park_planned(order, recommendation="HV")
    assert order.standing.completed
    assert "transferred_later" in order.passed


@pytest.mark.parametrize("category", ["LV_RES", "LV_NONRES"])
def test_a_pile_at_low_voltage_has_its_plan_at_once(category: str) -> None:
    order = accepted("charging_pile", category, charging_pile=True)
    assert order.standing.stages == frozenset()
    order.do("survey", **SURVEY)
    reply = PARK_REPLY | {"approved_capacity_kw": 60, "customer_charge_yuan": 0}
    order.do("reply_plan", **reply, customer_accepts=False)
    assert order.tasks == {"reply_plan"}
    order.do("reply_plan", **reply, customer_accepts=True)
    assert sorted(order.finish()) == sorted(LAST)


@pytest.mark.parametrize("category", ["HV_SINGLE", "HV_DUAL"])
def test_a_pile_at_high_voltage_goes_the_way_of_high_voltage(category: str) -> None:
    order = inspected(answered(planned(accepted("charging_pile", category, charging_pile=True))))
    assert sorted(order.finish()) == sorted(LAST)
