from __future__ import annotations

from datetime import date

import pytest

from tests.handled import Handled
from tests.orders import ADMIN, KEY
from tests.site import Site

PLAN, METER, TOTAL = "SUPPLY_PLAN_REPLY", "METER_INSTALLATION", "TOTAL"
SIMPLE = {"important_customer": False, "special_load": False, "hidden_works": False}
SOURCES = [{"name": "主供电源", "passed": True}]


@pytest.fixture
def order(engine, clock):
    # applied for on Monday 2026-03-02, accepted on Wednesday 2026-03-04
    engine.deploy(engine.settings.processes_dir / KEY, ADMIN)
    order = Handled(engine, clock)
    order.do("acc_supplement")
    clock.advance(days=2)
    order.do("acc_confirm", application_changed=False)
    return order


def replied(order, works=False, **plan):
    """From the survey, or the draft of a revision, to the reply, on one day."""
    if "hvp_survey" in order.open:
        order.do("hvp_survey", can_supply=True, needs_external_line_works=works)
    order.do("hvp_draft", approved_capacity_kw=630, customer_charge_yuan=0, **SIMPLE | plan)
    order.do("hvp_approve_county", by=1, plan_approved=True)
    if "hvp_approve_city" in order.open:
        order.do("hvp_approve_city", by=2, plan_approved=True)
    order.do("hvp_reply")


def test_the_reply_is_counted_from_the_day_of_acceptance(order, clock):
    assert order.open == {"hvp_survey"}
    row = order.clocks[PLAN]
    assert (row["used_workdays"], row["running_since"], row["due_on"]) == (0, date(2026, 3, 4), date(2026, 3, 19))
    clock.advance(days=5)  # Monday 2026-03-09: the survey has taken three working days
    order.do("hvp_survey", can_supply=True, needs_external_line_works=False)
    assert order.clocks[PLAN] == row
    clock.advance(days=1)
    replied(order)

    assert order.used(PLAN) == order.used(TOTAL) == (4, False)


def test_the_page_shows_it_while_the_survey_is_still_to_be_done(engine, order):
    shown = Site(engine).visitor("supervisor").get(f"/orders/{order.order.order_no}").text
    part = shown[shown.index("<strong>供电方案答复</strong>") :]
    part = part[: part.index("</details>")]

    assert order.open == {"hvp_survey"}
    for told in ("2026年3月19日 24:00", "自 2026年3月4日 起计时", "（HV_SINGLE SUPPLY_PLAN_REPLY，"):
        assert told in part, told


def test_a_suspension_meanwhile_stops_it(order, clock):
    clock.advance(days=2)  # Friday 2026-03-06
    order.register("suspension_requested", reason_code="S1", evidence_kind="SIGNED_REQUEST", signed_by_customer=True,
                   requested_on="2026-03-06", until_on="2026-03-20", n_contact_tries=0)  # fmt: skip
    order.do("sus_approve", by=1, suspension_approved=True)
    assert order.used(PLAN) == order.used(TOTAL) == (2, False)
    assert "make_plan_near_limit" not in timers(order)
    clock.advance(days=10)  # Monday 2026-03-16: six working days later
    order.register("resume_requested", resumed_on="2026-03-16")

    row = order.clocks[PLAN]
    assert (row["used_workdays"], row["paused_workdays"], row["running_since"]) == (2, 6, date(2026, 3, 16))
    assert row["due_on"] == date(2026, 3, 27)
    assert timers(order)["make_plan_near_limit"].isoformat() == "2026-03-24T01:00:00+00:00"
    clock.advance(days=1)
    replied(order)
    assert order.used(PLAN) == order.used(TOTAL) == (3, False)


def timers(order):
    return {row["element_id"]: row["due_at"] for row in order.page.timers if row["state"] == "PENDING"}


def answered(order, **answer):
    order.register("plan_answered", plan_signed_on=order.clock.now().date().isoformat(), **answer)


def test_a_plan_that_the_customer_sends_back_uses_up_what_is_left(order, clock):
    clock.advance(days=5)
    replied(order)
    clock.advance(days=10)  # Thursday 2026-03-19: the customer has thought about it
    answered(order, customer_accepts=False)
    row = order.clocks[PLAN]
    assert order.open == {"hvp_draft"}
    assert (row["used_workdays"], row["running_since"], row["due_on"]) == (3, date(2026, 3, 19), date(2026, 3, 31))
    clock.advance(days=4)
    replied(order)

    assert order.used(PLAN) == order.used(TOTAL) == (5, False)
    answered(order, customer_accepts=True)
    assert order.used(PLAN) == (5, False)


def counted(order, n_weeks=1):
    """The stages whose clocks run while somebody takes his time."""
    running = {row["stage"] for row in order.page.clocks if row["running_since"]}
    order.clock.advance(days=7 * n_weeks)
    return running


def test_each_stage_begins_when_the_rules_say_and_the_customers_time_is_nobodys(order):
    # design review from receipt, inspections from the request, the meter from the last of passed and signed
    replied(order, important_customer=True, hidden_works=True)  # Wednesday 2026-03-04
    assert counted(order) == set()
    answered(order, customer_accepts=True)
    for passed in (False, True):  # received 2026-03-18 and 2026-04-01, Monday 2026-04-06 is Qingming
        assert counted(order) == set()
        order.register("design_submitted")
        assert counted(order) == {TOTAL, "DESIGN_REVIEW"}
        order.do("ans_review_design", design_passed=passed)
    assert counted(order) == set()
    order.register("works_started")
    assert counted(order, n_weeks=4) == set()
    order.register("inspection_requested")
    assert counted(order) == {TOTAL, "INTERMEDIATE_INSPECTION"}
    order.do("ins_inspect_mid", mid_passed=True)
    assert counted(order, n_weeks=2) == set()
    order.register("completion_reported")
    assert counted(order) == {TOTAL, "COMPLETION_INSPECTION"}
    order.do("ins_inspect_completion", safety_ready=True, source_results=SOURCES)  # Wednesday 2026-06-10
    assert counted(order) == set()  # the contract is not signed
    order.do("sign_contract")
    assert counted(order) == {TOTAL, METER}  # Friday 2026-06-19 is Dragon Boat
    order.do("install_meter", check_passed=True)
    assert counted(order) == {TOTAL, METER}  # installed is not connected
    order.do("energise")
    assert counted(order) == set()

    used = {row["stage"]: row["used_workdays"] for row in order.page.clocks}
    assert used.pop(TOTAL) == sum(used.values()) == 28
    assert used == {PLAN: 0, "DESIGN_REVIEW": 9, "INTERMEDIATE_INSPECTION": 5, "COMPLETION_INSPECTION": 5, METER: 9}


@pytest.fixture
def inspected(order):
    """Everything passed on Wednesday 2026-03-04; the contract and the utility's own works are still to be done."""
    replied(order, works=True)
    answered(order, customer_accepts=True)
    order.register("works_started")
    order.register("completion_reported")
    order.do("ins_inspect_completion", safety_ready=True, source_results=SOURCES)
    assert order.open == {"sign_contract", "works"}
    return order


def test_own_works_that_are_late_count_from_the_day_on_which_the_customer_was_done(inspected, clock):
    clock.advance(days=5)  # Monday 2026-03-09
    inspected.do("sign_contract")
    row = inspected.clocks[METER]
    assert (row["running_since"], row["due_on"]) == (date(2026, 3, 9), date(2026, 3, 12))
    assert timers(inspected)["install_meter_near_limit"].isoformat() == "2026-03-12T01:00:00+00:00"
    clock.advance(days=4)  # Friday
    inspected.do("works")
    assert inspected.clocks[METER] == row
    inspected.do("install_meter", check_passed=True)
    clock.advance(days=4)  # Tuesday
    assert inspected.used(METER) == (0, True)
    inspected.do("energise")

    assert inspected.used(METER) == inspected.used(TOTAL) == (6, False)
    assert "install_meter_near_limit" not in timers(inspected)


def test_a_customer_who_is_late_costs_the_utility_nothing(inspected, clock):
    clock.advance(days=5)  # Monday 2026-03-09
    inspected.do("works")
    clock.advance(days=14)
    assert inspected.open == {"sign_contract"}
    assert inspected.used(METER) == inspected.used(TOTAL) == (0, False)
    inspected.do("sign_contract")  # Monday 2026-03-23
    assert inspected.used(METER) == inspected.used(TOTAL) == (0, True)
    clock.advance(days=2)
    inspected.do("install_meter", check_passed=True)
    inspected.do("energise")

    assert inspected.used(METER) == inspected.used(TOTAL) == (2, False)


def test_a_suspension_while_own_works_go_on_stops_the_meters_clock(inspected, clock):
    inspected.do("sign_contract")  # Wednesday 2026-03-04
    clock.advance(days=1)
    inspected.register("suspension_requested", reason_code="S1", evidence_kind="SIGNED_REQUEST",
                       signed_by_customer=True, requested_on="2026-03-05", until_on="2026-03-20",
                       n_contact_tries=0)  # fmt: skip
    inspected.do("sus_approve", by=1, suspension_approved=True)
    assert inspected.used(METER) == inspected.used(TOTAL) == (1, False)
    assert "install_meter_near_limit" not in timers(inspected)
    clock.advance(days=11)  # Monday 2026-03-16
    inspected.register("resume_requested", resumed_on="2026-03-16")

    assert inspected.clocks[METER]["due_on"] == date(2026, 3, 18)
    assert timers(inspected)["install_meter_near_limit"].isoformat() == "2026-03-18T01:00:00+00:00"
