from __future__ import annotations

from datetime import date

import pytest

from tests.handled import Handled
from tests.site import Site

PLAN, TOTAL = "SUPPLY_PLAN_REPLY", "TOTAL"
SIMPLE = {"important_customer": False, "special_load": False, "hidden_works": False}
SOURCES = [{"name": "主供电源", "passed": True}]


@pytest.fixture
def order(engine, clock):
    # applied for on Monday 2026-03-02, accepted on Wednesday 2026-03-04
    order = Handled(engine, clock)
    order.do("acc_supplement")
    clock.advance(days=2)
    order.do("acc_confirm", application_changed=False)
    return order


def replied(order, **plan):
    """From the survey, or the draft of a revision, to the reply, on one day."""
    if "hvp_survey" in order.open:
        order.do("hvp_survey", can_supply=True, needs_external_line_works=False)
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
    assert counted(order) == {TOTAL, "METER_INSTALLATION"}  # Friday 2026-06-19 is Dragon Boat
    order.do("install_meter", check_passed=True)
    assert counted(order) == set()

    used = {row["stage"]: row["used_workdays"] for row in order.page.clocks}
    assert used.pop(TOTAL) == sum(used.values()) == 23
    assert used == {PLAN: 0, "DESIGN_REVIEW": 9, "INTERMEDIATE_INSPECTION": 5, "COMPLETION_INSPECTION": 5,
                    "METER_INSTALLATION": 4}  # fmt: skip
