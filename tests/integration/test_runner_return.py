from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.return_task import ReturnTask
from engine.commands.withdraw_task import WithdrawTask
from engine.errors import AlreadyClaimed, Forbidden, Invalid, NotReady
from tests.diagrams import boundary, node, path, service, user
from tests.orders import CLERK, CLERK_2, SURVEYOR, timers_of
from tests.stopping import clocks_of
from tests.verbs import NOTE, Desk

B = {"load_kw": 5}


@pytest.fixture
def desk(engine):
    return Desk(engine)


def back(desk, element, to, by=CLERK, reason="WRONG_DATA", **options):
    return desk.run(ReturnTask, desk.task(element).id, to, reason, by=by, **options)


def test_a_returned_task_goes_to_whoever_did_it_and_nothing_is_deleted(desk):
    desk.do("a", CLERK_2)
    desk.do("b", form=B)
    left = desk.task("c").id
    done = back(desk, "c", "a", note=NOTE)

    assert desk.open == {"a": "clerk2"} and done.assignee == "clerk2"
    states = [(row.element_id, row.state, row.closed_by) for row in desk.rows]
    assert ("c", "CANCELLED", "clerk") in states and ("a", "DONE", "clerk2") in states
    (entry,) = desk.told("TaskReturned")
    assert (entry.actor, entry.body["task"], entry.body["to_element"]) == ("clerk", left, "a")
    assert entry.body["reason"] == "WRONG_DATA" and NOTE not in repr(entry.body)
    desk.do("a", CLERK_2)
    assert list(desk.open) == ["b"]
    assert desk.engine.verify_audit()["broken"] == []


def test_straight_back_to_who_returned_it(desk):
    desk.do("a", CLERK_2)
    desk.do("b", form=B)
    back(desk, "c", "a", straight=True)
    desk.do("a", CLERK_2)

    assert desk.open == {"c": "clerk"}
    assert desk.do("c").completed


def test_where_it_may_not_go(desk):
    desk.do("a")
    with pytest.raises(NotReady, match="没有办结过"):
        back(desk, "b", "c")
    with pytest.raises(Invalid):
        back(desk, "b", "a", reason="BORED")
    with pytest.raises(Invalid):
        back(desk, "b", "a", reason="OTHER")
    with pytest.raises(Forbidden):
        back(desk, "b", "a", by=SURVEYOR)
    desk.engine.run(ClaimTask(desk.task("b").id, "k"), CLERK_2)
    with pytest.raises(AlreadyClaimed):
        back(desk, "b", "a")
    assert desk.open == {"b": "clerk2"}


def test_the_same_key_returns_once(desk):
    desk.do("a")
    task_id, key = desk.task("b").id, uuid4().hex
    assert desk.run(ReturnTask, task_id, "a", "WRONG_DATA", key=key) == desk.run(
        ReturnTask, task_id, "a", "WRONG_DATA", key=key
    )
    assert len(desk.told("TaskReturned")) == 1


TIMED = (
    user("a", yikuo__stage="SUPPLY_PLAN_REPLY"),
    boundary("near", "a", "limit(&quot;SUPPLY_PLAN_REPLY&quot;)", interrupting=False),
    node("endEvent", "e_near"),
    user("b", yikuo__stage="DESIGN_REVIEW"),
    path("s", "a", "b", "e"),
    path("near", "e_near"),
)


def test_a_stage_opened_again_goes_on_from_what_it_used(engine, clock):
    desk = Desk(engine, *TIMED, of_clerks="a b")
    due = timers_of(engine, desk.order.order_id)["near"]["due_at"]
    clock.advance(days=1)  # Tuesday
    desk.do("a")
    assert clocks_of(engine, desk.order)["SUPPLY_PLAN_REPLY"]["used_workdays"] == 1
    clock.advance(days=2)  # Thursday
    back(desk, "b", "a")

    plan = clocks_of(engine, desk.order)["SUPPLY_PLAN_REPLY"]
    assert (plan["used_workdays"], plan["running_since"]) == (1, date(2026, 3, 5))
    again = timers_of(engine, desk.order.order_id)["near"]
    assert again["state"] == "PENDING" and (again["due_at"] - due).days == 2, "one working day less than anew"
    assert clocks_of(engine, desk.order)["DESIGN_REVIEW"]["running_since"] is None


def test_a_withdrawn_completion_never_stopped_the_clock(engine, clock):
    desk = Desk(engine, *TIMED, of_clerks="a b")
    due = timers_of(engine, desk.order.order_id)["near"]["due_at"]
    clock.advance(days=1)
    done = desk.task("a").id
    desk.do("a")
    clock.advance(days=1)
    desk.run(WithdrawTask, done, "WRONG_DATA", note=NOTE)

    assert desk.open == {"a": "clerk"}
    assert timers_of(engine, desk.order.order_id)["near"]["due_at"] == due
    (entry,) = desk.told("TaskWithdrawn")
    assert entry.body["task"] == done and NOTE not in repr(entry.body)
    assert [row.state for row in desk.rows if row.id == done] == ["DONE"], "the record keeps what was"


def test_only_ones_own_and_only_while_nobody_moved_on(desk):
    done = desk.task("a").id
    with pytest.raises(NotReady):
        desk.run(WithdrawTask, done, "WRONG_DATA")
    desk.do("a")
    with pytest.raises(Forbidden):
        desk.run(WithdrawTask, done, "WRONG_DATA", by=CLERK_2)
    desk.engine.run(ClaimTask(desk.task("b").id, "k"), CLERK_2)
    with pytest.raises(NotReady):
        desk.run(WithdrawTask, done, "WRONG_DATA")
    desk.do("b", CLERK_2, form=B)
    with pytest.raises(NotReady):
        desk.run(WithdrawTask, done, "WRONG_DATA")
    assert desk.open == {"c": None}


def test_what_was_sent_is_not_taken_back(engine):
    sent = service("send", "notify.send", template="&quot;x&quot;", to="[&quot;SURVEYOR&quot;]")
    fork = (user("a"), node("parallelGateway", "f"), sent, user("b"), node("parallelGateway", "j"))
    desk = Desk(engine, *fork, path("s", "a", "f", "send", "j", "e"), path("f", "b", "j"), of_clerks="a b")
    done = desk.task("a").id
    desk.do("a")
    with pytest.raises(NotReady, match="通知"):
        desk.run(WithdrawTask, done, "WRONG_DATA")
    assert desk.open == {"b": None}


def test_returning_before_a_fork_takes_the_other_branch_back(engine):
    fork = (user("t"), node("parallelGateway", "f"), user("a"), user("b"), node("parallelGateway", "j"))
    desk = Desk(engine, *fork, path("s", "t", "f", "a", "j", "e"), path("f", "b", "j"), of_clerks="t a b")
    desk.do("t")
    gone = desk.task("b").id
    back(desk, "a", "t")

    assert desk.open == {"t": "clerk"}
    assert desk.told("TaskReturned")[0].body["cancelled"] == [gone]
