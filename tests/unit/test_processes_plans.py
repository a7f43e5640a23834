"""How supply plans are made: the wish for high voltage, approval by level, the comparison in a park."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import RuleBroken
from engine.kernel import spiff
from tests.driving import Drive

WELL = {
    "can_supply": True,
    "surveyed_on": "2026-03-02",
    "access_point": "城东变工业 1 线",
    "needs_external_line_works": True,
}
PLAN = {
    "plan_no": "FA2026000001",
    "approved_capacity_kw": 630,
    "supply_voltage": "AC10KV",
    "customer_charge_yuan": 0,
    "important_customer": False,
    "special_load": False,
    "hidden_works": False,
}
REPLY = {"replied_on": "2026-03-02", "reply_method": "ONSITE", "rights_told": True}
COMPARED = {
    "compared_on": "2026-03-02",
    "lv_scheme": "3 号公变双回电缆",
    "lv_investment_yuan": 200_000,
    "lv_yearly_cost_yuan": 5_000,
    "hv_scheme": "自建配变",
    "hv_investment_yuan": 300_000,
    "hv_yearly_cost_yuan": 2_000,
    "compared_years": 10,
    "recommendation": "LV",
    "comparison_reasons": "低压方案总费用较低，公变余量足够",
}
AGREED = {"comparison_agreed": True, "comparison_approved_at": "2026-03-02T08:00:00+08:00"}
PARK_REPLY = {**REPLY, "plan_no": "FA2026000001", "supply_voltage": "AC380", "customer_charge_yuan": 0}


def high(category: str = "HV_SINGLE", *, revising: bool = False, wishes: list[Any] | None = None) -> Drive:
    found = wishes or [{"outcome": "FOUND", "signed_at": "2026-03-01T10:00:00+08:00"}]
    operators = {
        "evidence.verify": lambda _: found.pop(0),
        "orders.reclassify": lambda _: {"category": "LV_NONRES", "process_key": "lv_nonresidential", "changed": True},
    }
    order = Drive("hv_plan", category, facts={"revising": revising}, operators=operators)
    if not revising:
        order.do("hvp_survey", **WELL)
    return order


def park(**facts: Any) -> Drive:
    given = {"revising": False, "capacity_kw": 250, "in_sme_park": True, **facts}
    order = Drive("park_plan", "LV_PARK", facts=given, operators={"orders.reclassify": lambda _: {"changed": True}})
    order.do("pkp_survey", **WELL)
    return order


def scope(order: Drive) -> dict[str, Any]:
    (task,) = order.standing.tasks
    return spiff.scope(order.process, order.moved.state, task)


def codes(order: Drive, task: str, **form: Any) -> list[str]:
    with pytest.raises(RuleBroken) as refused:
        order.do(task, **form)
    return [fault.code for fault in refused.value.faults]


def test_a_place_without_capacity_is_surveyed_again_when_there_is_some() -> None:
    order = Drive("hv_plan", "HV_SINGLE", facts={"revising": False})
    order.do("hvp_survey", surveyed_on="2026-03-02", can_supply=False, cannot_supply_reason="主变满载")
    order.do("hvp_provide", measure="SUBSTATION_UPGRADE", expected_on="2026-06-01", customer_informed=True)
    assert order.tasks == {"hvp_survey"}


def test_a_plan_that_is_revised_needs_no_second_survey() -> None:
    assert high(revising=True).tasks == {"hvp_draft"}


@pytest.mark.parametrize(
    ("category", "capacity", "approvers"),
    [
        ("HV_SINGLE", 8000, ["hvp_approve_county"]),
        ("HV_SINGLE", 8000.01, ["hvp_approve_city"]),
        ("HV_DUAL", 630, ["hvp_approve_county", "hvp_approve_city"]),
    ],
)
def test_who_approves_follows_the_table(category: str, capacity: float, approvers: list[str]) -> None:
    order = high(category)
    (draft,) = order.tasks
    order.do(draft, **PLAN | {"approved_capacity_kw": capacity})
    asked = []
    while order.tasks != {"hvp_reply"}:
        asked += order.tasks
        order.do(asked[-1], plan_approved=True)
    assert asked == approvers


@pytest.mark.parametrize("sent_back_by", ["hvp_approve_county", "hvp_approve_city"])
def test_either_approver_may_send_the_plan_back(sent_back_by: str) -> None:
    order = high("HV_DUAL")
    order.do("hvp_draft_dual", **PLAN)
    while sent_back_by not in order.tasks:
        order.do(*order.tasks, plan_approved=True)
    order.do(sent_back_by, plan_approved=False, approval_opinion="备用电源与主供同一线路")
    assert order.tasks == {"hvp_draft_dual"}


@pytest.mark.parametrize(("capacity", "asked"), [(160, True), (160.01, False)])
def test_the_wish_for_high_voltage_is_proven_up_to_160_kw(capacity: float, asked: bool) -> None:
    order = high()
    order.do("hvp_draft", **PLAN | {"approved_capacity_kw": capacity})
    assert ("hvp_verify_wish" in order.passed) is asked
    order.do("hvp_approve_county", plan_approved=True)
    order.do("hvp_reply", **REPLY)
    assert order.standing.completed


@pytest.mark.parametrize(
    ("signed_at", "refused"),
    [("2026-03-02T08:20:00+08:00", []), ("2026-03-02T08:21:00+08:00", ["hv_wish_signed_late"])],
)
def test_the_wish_was_signed_before_the_reply(signed_at: str, refused: list[str]) -> None:
    order = high(wishes=[{"outcome": "FOUND", "signed_at": signed_at}])
    order.do("hvp_draft", **PLAN | {"approved_capacity_kw": 100})
    order.do("hvp_approve_county", plan_approved=True)
    if refused:
        assert codes(order, "hvp_reply", **REPLY) == refused
    else:
        order.do("hvp_reply", **REPLY)
        assert order.standing.completed


@pytest.mark.parametrize("outcome", ["NOT_FOUND", "MISMATCH", "DOWN"])
def test_a_wish_that_is_not_proven_is_taken_again_or_given_up(outcome: str) -> None:
    unproven = {"outcome": outcome, "signed_at": None}
    order = high(wishes=[unproven, unproven])
    order.do("hvp_draft", **PLAN | {"approved_capacity_kw": 100})
    order.do("hvp_get_wish", wish_decision="RETAKEN", informed_on="2026-03-02")
    assert order.tasks == {"hvp_get_wish"}
    order.do("hvp_get_wish", wish_decision="GO_LOW_VOLTAGE", informed_on="2026-03-02")
    assert order.standing.completed
    assert "hvp_reclassify" in order.passed


def test_the_comparison_is_costed_over_its_years_for_the_approver() -> None:
    order = park()
    order.do("pkp_compare", **COMPARED)
    known = scope(order)
    assert (known["lv_total_yuan"], known["hv_total_yuan"]) == (250_000, 320_000)
    assert order.tasks == {"pkp_approve"}


def test_a_comparison_that_is_sent_back_counts_for_nothing() -> None:
    order = park()
    order.do("pkp_compare", **COMPARED)
    order.do("pkp_approve", comparison_agreed=False, comparison_opinion="年损耗依据不足")
    assert order.tasks == {"pkp_compare"}
    assert scope(order)["comparison_approved"] is False


def test_a_park_that_is_better_off_with_high_voltage_goes_on_there() -> None:
    order = park()
    order.do("pkp_compare", **COMPARED | {"recommendation": "HV"})
    order.do("pkp_approve", **AGREED)
    assert order.standing.completed
    assert "pkp_reclassify" in order.passed and "pkp_reply" not in order.passed


@pytest.mark.parametrize(
    ("capacity", "approved_at", "refused"),
    [
        (300, "2026-03-02T08:20:00+08:00", []),
        (300.01, "2026-03-02T08:20:00+08:00", ["lv_over_300"]),
        (300, "2026-03-02T08:21:00+08:00", ["comparison_late"]),
    ],
)
def test_low_voltage_in_a_park_up_to_300_kw_after_the_comparison(
    capacity: float, approved_at: str, refused: list[str]
) -> None:
    order = park()
    order.do("pkp_compare", **COMPARED)
    order.do("pkp_approve", **AGREED | {"comparison_approved_at": approved_at})
    form = PARK_REPLY | {"approved_capacity_kw": capacity}
    if refused:
        assert codes(order, "pkp_reply", **form) == refused
    else:
        order.do("pkp_reply", **form)
        assert order.standing.completed
