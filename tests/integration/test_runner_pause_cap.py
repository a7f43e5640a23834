from __future__ import annotations

from datetime import date, datetime

import pytest

from engine.capped import end_capped_pauses
from engine.clock import SHANGHAI
from engine.commands.end_capped_pause import EndCappedPause
from engine.errors import Forbidden, OrderSuspended
from engine.policy import SYSTEM
from tests.orders import CLERK, tasks_of
from tests.stopping import (
    RESUME,
    S1,
    begun,
    clocks_of,
    decide,
    head,
    holds_of,
    pending_timers,
    register,
    told,
    work,
)

PLAN = "SUPPLY_PLAN_REPLY"
S5 = {**S1, "reason_code": "S5", "evidence_kind": "CONTACT_LOG"}


def suspend(engine, order, request=S5):
    register(engine, order, "suspension", request)
    decide(engine, order)


@pytest.fixture
def suspended(engine, clock):
    """On the ground S5, which may stop clocks for 60 days, from Wednesday 2026-03-04 on: until Sunday 2026-05-03."""
    order = begun(engine)
    clock.advance(days=2)
    suspend(engine, order)
    return order


def test_the_cap_is_written_down_with_its_rule(engine, suspended):
    (row,) = holds_of(engine, suspended)
    assert (row["cap_on"], row["cap_days"], row["capped_at"]) == (date(2026, 5, 3), 60, None)
    body = told(engine, suspended, "OrderSuspended")[0].body
    assert body["cap"] == {"max_days": 60, "max_times": 1, "n_earlier": 0, "days_earlier": 0, "cap_on": "2026-05-03"}
    assert [each["decision"] for each in body["decisions"]] == ["suspension_reason", "pause_cap"]


def test_until_the_end_of_the_last_day_the_clocks_stand(engine, suspended, clock):
    clock.move_to(datetime(2026, 5, 3, 23, 59, tzinfo=SHANGHAI))
    assert end_capped_pauses(engine) == 0
    assert clocks_of(engine, suspended)[PLAN]["paused_since"] == date(2026, 3, 4)


def test_then_they_go_on_by_themselves_though_the_order_is_still_suspended(engine, suspended, clock):
    clock.move_to(datetime(2026, 5, 6, 1, tzinfo=SHANGHAI))  # two days late: the clocks have run since all the same
    assert end_capped_pauses(engine) == 1
    row = clocks_of(engine, suspended)[PLAN]

    assert (row["paused_since"], row["running_since"], row["used_workdays"]) == (None, date(2026, 5, 3), 2)
    assert row["due_on"] == date(2026, 5, 15)  # nine working days after May 3: the 5th is a holiday, the 9th is worked
    assert row["paused_workdays"] == 40
    assert pending_timers(engine, suspended)["late"] == datetime(2026, 5, 16, tzinfo=SHANGHAI)
    assert tasks_of(engine, suspended.order_id)["work"].due_at == datetime(2026, 5, 16, tzinfo=SHANGHAI)
    assert head(engine, suspended)["suspended_since"] is not None
    with pytest.raises(OrderSuspended):
        work(engine, suspended)
    (entry,) = told(engine, suspended, "PauseCapped")
    assert (entry.actor, entry.body["automatic"], entry.body["rule"]) == ("system", True, "pause_cap")
    assert entry.body["inputs"]["cap_days"] == 60
    assert (entry.body["late_days"], sorted(entry.body["stages"])[-1]) == (2, "TOTAL")
    assert holds_of(engine, suspended)[0]["capped_at"] == clock.now()
    assert end_capped_pauses(engine) == 0
    assert len(told(engine, suspended, "PauseCapped")) == 1
    assert engine.verify_audit()["broken"] == []


def test_resuming_later_gives_back_no_more_than_the_cap(engine, suspended, clock):
    clock.move_to(datetime(2026, 5, 6, 1, tzinfo=SHANGHAI))
    end_capped_pauses(engine)
    before = clocks_of(engine, suspended)[PLAN]
    clock.advance(days=2)
    register(engine, suspended, "resume", RESUME)

    after = clocks_of(engine, suspended)[PLAN]
    assert (after["due_on"], after["paused_workdays"]) == (before["due_on"], 40)
    assert holds_of(engine, suspended)[0]["paused_workdays"] == 40
    assert work(engine, suspended).opened


def test_resumed_in_time_there_is_nothing_to_do(engine, suspended, clock):
    clock.advance(days=14)
    register(engine, suspended, "resume", RESUME)
    clock.advance(days=90)
    assert end_capped_pauses(engine) == 0


def test_a_ground_that_has_stopped_them_as_often_as_it_may_stops_them_no_more(engine, suspended, clock):
    clock.advance(days=14)
    register(engine, suspended, "resume", RESUME)
    before = clocks_of(engine, suspended)
    suspend(engine, suspended)

    assert head(engine, suspended)["suspended_since"] is not None
    assert {stage: row["due_on"] for stage, row in clocks_of(engine, suspended).items()} == {
        stage: row["due_on"] for stage, row in before.items()
    }
    assert "late" in pending_timers(engine, suspended)
    row = holds_of(engine, suspended)[-1]
    assert (row["cap_days"], row["capped_at"]) == (0, clock.now())
    body = told(engine, suspended, "OrderSuspended")[-1].body
    assert (body["stages"], body["cap"]["n_earlier"], body["cap"]["days_earlier"]) == ([], 1, 14)


def test_what_earlier_pauses_on_the_same_ground_used_is_not_given_again(engine, clock):
    order = begun(engine)
    for days in (100, 80):
        suspend(engine, order, S1)
        clock.advance(days=days)
        if days == 100:
            register(engine, order, "resume", RESUME)
    rows = holds_of(engine, order)
    assert [row["cap_days"] for row in rows] == [180, 80]
    assert rows[1]["cap_on"] == (clock.now().astimezone(SHANGHAI)).date()


def test_nobody_but_the_system_ends_a_pause_and_not_another_orders(engine, suspended, clock):
    hold_id = holds_of(engine, suspended)[0]["id"]
    clock.advance(days=90)
    with pytest.raises(Forbidden):
        engine.run(EndCappedPause(suspended.order_id, hold_id, "k"), CLERK)
    assert not engine.run(EndCappedPause(suspended.order_id, "another", "k2"), SYSTEM).ended
    clock.advance(days=-89)
    assert not engine.run(EndCappedPause(suspended.order_id, hold_id, "k3"), SYSTEM).ended
