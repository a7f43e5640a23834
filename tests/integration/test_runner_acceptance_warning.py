from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from engine.commands.fire_timer import FireTimer
from engine.policy import SYSTEM
from engine.queries.timers import due_timers
from tests.handled import Handled

RESIDENT = {"usage": "RESIDENTIAL", "capacity_kw": 16, "requested_voltage": "LV"}
FRIDAY = datetime(2026, 3, 6, 1, tzinfo=UTC)
"""At nine in Shanghai: seventy per cent of five working days since Monday 2026-03-02 are used on this day."""


@pytest.fixture
def order(engine, clock):
    """Applied for and not yet taken in."""
    order = Handled(engine, clock, **RESIDENT)
    assert order.open == {"acc_confirm"}
    return order


def pending(order):
    return {row["element_id"]: row["due_at"] for row in order.page.timers if row["state"] == "PENDING"}


def wait_until(order, instant):
    """Time passes, and what is due fires, as a scheduler would have it."""
    order.clock.move_to(instant)
    while due := _due(order):
        order.engine.run(FireTimer(due[0], uuid4().hex), SYSTEM)
        order.answered()


def _due(order):
    with order.engine.read() as view:
        return due_timers(view, order.clock.now(), 10)


def told(order):
    """Whom the ladder of the total limit has told."""
    asked = [row["params"] for row in order.page.calls if row["operator"] == "notify.send"]
    notices = [json.loads(params) if isinstance(params, str) else params for params in asked]
    return [notice["to"] for notice in notices if notice["template"].startswith("total_")]


def finish(order):
    order.do("install_meter", check_passed=True)
    order.do("energise")
    for element in ("archive", "call_back"):
        order.do(element)


def test_an_order_stuck_in_acceptance_warns_the_ladder_up(order):
    assert pending(order) == {"acceptance_warning": FRIDAY}
    wait_until(order, FRIDAY.replace(hour=0))
    assert told(order) == []
    wait_until(order, FRIDAY)
    assert "ACCOUNT_MANAGER" in told(order)
    assert order.open == {"acc_confirm"}  # nobody is disturbed
    wait_until(order, datetime(2026, 3, 9, 16, tzinfo=UTC))  # the end of the last day, Monday
    assert {"TEAM_LEADER", "COUNTY_MANAGER"} <= set(told(order))


def test_acceptance_in_time_leaves_the_warning_to_the_work(order):
    order.do("acc_confirm", application_changed=False)
    assert pending(order).items() >= {"total_warning": FRIDAY}.items()
    assert "acceptance_warning" not in pending(order)
    wait_until(order, FRIDAY)
    assert "ACCOUNT_MANAGER" in told(order)


def test_what_acceptance_began_ends_with_it_and_the_work_warns_on(order):
    wait_until(order, FRIDAY.replace(hour=2))
    order.do("acc_confirm", application_changed=False)
    assert {"accepting_done", "escalate_acceptance"} & set(order.page.passed) == {"accepting_done"}
    wait_until(order, FRIDAY.replace(hour=3))
    assert "total_warning" in order.page.passed  # late already: at once
    wait_until(order, datetime(2026, 3, 9, 16, tzinfo=UTC))
    assert "COUNTY_MANAGER" in told(order)
    finish(order)

    assert order.page.head["status"] == "COMPLETED"
    assert pending(order) == {}


def test_a_withdrawal_ends_it_too(order):
    wait_until(order, FRIDAY.replace(hour=2))
    order.register("termination_requested", reason_code="T1", evidence_kind="SIGNED_REQUEST", signed_by_customer=True,
                   requested_on="2026-03-06", n_contact_tries=0)  # fmt: skip
    order.do("ter_approve", by=1, termination_approved=True)

    assert order.page.head["status"] == "TERMINATED"
    assert pending(order) == {}
