from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.commands.claim_task import ClaimTask
from engine.errors import (
    ApproverMissing,
    EvidenceMissing,
    Forbidden,
    FourEyes,
    HoldPending,
    Invalid,
    OrderSuspended,
    ReasonRefused,
)
from engine.policy import SYSTEM
from tests.orders import LEADER, SURVEYOR, tasks_of
from tests.stopping import (
    BOTH,
    MANAGER,
    RESUME,
    S1,
    T1,
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


def end_of(*day):
    return datetime(*day, tzinfo=SHANGHAI) + timedelta(days=1)


@pytest.fixture
def order(engine):
    return begun(engine)


@pytest.fixture
def suspended(engine, order, clock):
    """Requested and approved on Wednesday 2026-03-04."""
    clock.advance(days=2)
    register(engine, order, "suspension", S1)
    decide(engine, order)
    return order


def test_a_request_suspends_nothing_before_it_is_approved(engine, order):
    register(engine, order, "suspension", S1)

    (row,) = holds_of(engine, order)
    assert (row["kind"], row["reason_code"], row["requested_by"], row["decision"]) == ("SUSPEND", "S1", "manager", None)
    assert row["evidence_no"] == S1["evidence_no"]
    assert head(engine, order)["suspended_since"] is None
    assert work(engine, order).opened


def test_an_approved_suspension_stops_clocks_and_the_timers_that_hang_on_them(engine, suspended, clock):
    state = head(engine, suspended)
    rows = clocks_of(engine, suspended)

    assert state["suspended_since"] == clock.now()
    assert state["due_at"] is None
    for stage in ("TOTAL", "SUPPLY_PLAN_REPLY"):
        assert (rows[stage]["used_workdays"], rows[stage]["due_at"]) == (2, None)
        assert rows[stage]["paused_since"] == date(2026, 3, 4)
    assert set(pending_timers(engine, suspended)) == set()  # "day" has fired, the others wait for their clocks
    assert tasks_of(engine, suspended.order_id)["work"].due_at is None
    (row,) = holds_of(engine, suspended)
    assert (row["decision"], row["decided_by"], row["clocks"]) == ("APPROVED", "leader", ["WHOLE", "SUM", "STAGE"])
    (entry,) = told(engine, suspended, "OrderSuspended")
    assert (entry.body["requested_by"], entry.body["approved_by"]) == ("manager", "leader")
    assert entry.body["decisions"][0]["decision"] == "suspension_reason"
    assert S1["evidence_no"] not in repr(entry.body)


def test_resuming_gives_back_the_days_between_and_no_more(engine, suspended, clock):
    before = pending_timers(engine, suspended)
    clock.advance(days=14)  # Wednesday 2026-03-18: ten working days later
    register(engine, suspended, "resume", RESUME)
    rows = clocks_of(engine, suspended)
    armed = pending_timers(engine, suspended)

    assert head(engine, suspended)["suspended_since"] is None
    assert rows["SUPPLY_PLAN_REPLY"]["paused_workdays"] == 10
    assert rows["SUPPLY_PLAN_REPLY"]["due_on"] == date(2026, 3, 31)  # 9 of 11 working days are left after 03-18
    assert "依规暂停 10 个工作日" in rows["SUPPLY_PLAN_REPLY"]["why"]["text"]
    assert "late" not in before and armed["late"] == end_of(2026, 3, 31)
    assert tasks_of(engine, suspended.order_id)["work"].due_at == end_of(2026, 3, 31)
    (row,) = holds_of(engine, suspended)
    assert (row["paused_workdays"], row["resumed_by"], row["resume_evidence"]["no"]) == (10, "manager", "FG-2026-0001")
    assert told(engine, suspended, "OrderResumed")[0].body["paused_workdays"] == 10
    assert work(engine, suspended).opened


@pytest.mark.parametrize(
    ("reason", "evidence", "total", "stage"),
    [("S2", "MILESTONE_RECORD", True, True), ("S1", "SIGNED_REQUEST", True, True)],
)
def test_only_the_clocks_that_the_reason_may_stop_stand(engine, order, reason, evidence, total, stage):
    register(engine, order, "suspension", {**S1, "reason_code": reason, "evidence_kind": evidence})
    decide(engine, order)
    rows = clocks_of(engine, order)

    assert (rows["TOTAL"]["due_at"] is None, rows["SUPPLY_PLAN_REPLY"]["due_at"] is None) == (total, stage)


def test_the_task_of_a_suspended_order_is_neither_claimed_nor_finished(engine, suspended):
    task_id = tasks_of(engine, suspended.order_id)["work"].id
    with pytest.raises(OrderSuspended):
        work(engine, suspended)
    with pytest.raises(OrderSuspended):
        engine.run(ClaimTask(task_id, "k"), SURVEYOR)
    with pytest.raises(OrderSuspended):
        register(engine, suspended, "suspension", S1)

    register(engine, suspended, "resume", RESUME)
    engine.run(ClaimTask(task_id, "k2"), SURVEYOR)
    assert work(engine, suspended).opened


def test_a_suspended_order_may_still_be_ended(engine, suspended):
    register(engine, suspended, "termination", T1)

    assert "ter_ok" in tasks_of(engine, suspended.order_id)
    decide(engine, suspended, task="ter_ok")
    assert {row["kind"]: row["decision"] for row in holds_of(engine, suspended)} == {
        "SUSPEND": "APPROVED",
        "TERMINATE": None,
    }


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"reason_code": ""}, ReasonRefused, "reason_missing"),
        ({"reason_code": "S9"}, ReasonRefused, "reason_unknown"),
        ({"evidence_no": ""}, EvidenceMissing, "evidence_missing"),
    ],
)
def test_without_reason_or_evidence_nothing_is_requested(engine, order, changes, error, code):
    with pytest.raises(error) as caught:
        register(engine, order, "suspension", {**S1, **changes})

    assert [fault.code for fault in caught.value.faults] == [code]
    assert holds_of(engine, order) == [] and "sus_ok" not in tasks_of(engine, order.order_id)
    register(engine, order, "suspension", S1)
    assert len(holds_of(engine, order)) == 1


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"evidence_kind": "MILESTONE_RECORD"}, EvidenceMissing, "evidence_unfit"),
        ({"signed_by_customer": False}, EvidenceMissing, "signature_missing"),
    ],
)
def test_what_the_table_demands_is_looked_at_when_it_is_approved(engine, order, changes, error, code):
    register(engine, order, "suspension", {**S1, **changes})
    with pytest.raises(error) as caught:
        decide(engine, order)

    assert [fault.code for fault in caught.value.faults] == [code]
    assert head(engine, order)["suspended_since"] is None
    decide(engine, order, ok=False)
    assert [row["decision"] for row in holds_of(engine, order)] == ["REFUSED"]


def test_who_asks_does_not_approve(engine, order):
    register(engine, order, "suspension", S1, BOTH)
    with pytest.raises(FourEyes):
        decide(engine, order, actor=BOTH)

    assert holds_of(engine, order)[0]["decision"] is None
    decide(engine, order, actor=LEADER)
    assert holds_of(engine, order)[0]["decided_by"] == "leader"


def test_a_timer_or_the_system_is_no_approver(engine, order):
    register(engine, order, "suspension", S1)
    with pytest.raises(ApproverMissing):
        decide(engine, order, actor=SYSTEM)
    assert head(engine, order)["suspended_since"] is None


def test_the_approver_must_have_the_role_that_the_table_names(engine, order):
    register(engine, order, "suspension", {**S1, "reason_code": "S7", "evidence_kind": "SITE_RECORD"})
    with pytest.raises(ApproverMissing):  # S7 is for the county manager, this diagram asks the team leader
        decide(engine, order)


def test_only_one_request_at_a_time(engine, order):
    register(engine, order, "suspension", S1)
    with pytest.raises(HoldPending):
        register(engine, order, "suspension", S1)
    with pytest.raises(HoldPending):
        register(engine, order, "termination", T1)

    decide(engine, order, ok=False)
    (entry,) = told(engine, order, "HoldEnded")
    assert (entry.body["decision"], entry.body["decided_by"]) == ("REFUSED", "leader")
    register(engine, order, "suspension", S1)
    assert {row["decision"] for row in holds_of(engine, order)} == {"REFUSED", None}


def test_a_request_that_nobody_decided_ends_with_the_order(engine, order):
    register(engine, order, "suspension", S1)
    work(engine, order)
    work(engine, order, "after")

    assert head(engine, order)["status"] == "COMPLETED"
    assert [row["decision"] for row in holds_of(engine, order)] == ["LAPSED"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "resume_evidence_missing"),
        ({**RESUME, "resumed_on": "2026-03-03"}, "before_suspension"),
        ({**RESUME, "resumed_on": "2026-03-12"}, "in_future"),
        ({**RESUME, "resumed_on": "soon"}, "bad_date"),
    ],
)
def test_nothing_is_resumed_without_evidence_or_on_an_impossible_day(engine, suspended, clock, form, code):
    clock.advance(days=7)  # Wednesday 2026-03-11
    with pytest.raises(Invalid) as caught:
        register(engine, suspended, "resume", form)

    assert [fault.code for fault in caught.value.faults] == [code]
    assert head(engine, suspended)["suspended_since"] is not None


@pytest.mark.parametrize(("day", "paused"), [("2026-03-04", 0), ("2026-03-09", 3), ("2026-03-11", 5)])
def test_resuming_counts_from_the_day_on_which_work_went_on(engine, suspended, clock, day, paused):
    clock.advance(days=7)
    register(engine, suspended, "resume", {**RESUME, "resumed_on": day})

    assert clocks_of(engine, suspended)["TOTAL"]["paused_workdays"] == paused


def test_only_the_lane_may_register(engine, order):
    with pytest.raises(Forbidden):
        register(engine, order, "suspension", S1, LEADER)
    assert register(engine, order, "suspension", S1, MANAGER).opened
    assert engine.verify_audit()["broken"] == []
