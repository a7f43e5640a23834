from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from engine.commands.decide_correction import DecideCorrection
from engine.commands.request_correction import RequestCorrection
from engine.errors import CorrectionDecided, CorrectionPending, Forbidden, FourEyes, Invalid, NotFound, NotReady
from engine.policy import Actor
from engine.queries import corrections
from engine.store import tasks
from tests.diagrams import path, user
from tests.orders import CLERK, LEADER, STRANGER, SURVEYOR, UNIT, accept, complete, deploy, tasks_of
from tests.stopping import LANES, lanes, told

OTHER_LEADER = Actor("leader2", "另一班组长", roles=frozenset({"TEAM_LEADER"}), unit_code=UNIT)
STATED = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
TRUE = datetime.fromisoformat("2026-03-02T09:30:00+08:00")


@pytest.fixture
def order(engine, clock):
    """Its survey was done at ten, as the surveyor said at noon; a second task is open."""
    deploy(
        engine, lanes("l", 勘查员="a b"), user("a", yikuo__stage="SITE_SURVEY"), user("b"), path("s", "a", "b", "e"),
        lanes=LANES,
    )  # fmt: skip
    order = accept(engine)
    clock.advance(hours=3)
    complete(engine, tasks_of(engine, order.order_id)["a"].id, SURVEYOR, occurred_at=STATED)
    return order


def task(engine, order, element="a"):
    with engine.read() as view:
        return next(row for row in tasks.of_order(view.connection, order.order_id) if row.element_id == element)


def request(engine, order, at=TRUE, reason="手机时间有误", actor=SURVEYOR):
    return engine.run(RequestCorrection(task(engine, order).id, at, reason, uuid4().hex), actor)


def decide(engine, asked, approve=True, note="", actor=LEADER, key=None):
    return engine.run(DecideCorrection(asked.correction_id, approve, note, key or uuid4().hex), actor)


def holding(engine, order):
    with engine.read() as view:
        return corrections.holding(corrections.of_order(view, LEADER, order.order_no))


def test_an_approved_correction_holds_and_the_recorded_time_stays(engine, order):
    asked = request(engine, order)
    assert holding(engine, order) == {}
    assert decide(engine, asked).decision == "APPROVED"

    recorded = task(engine, order)
    assert recorded.occurred_at == STATED
    found = holding(engine, order)[recorded.id]
    assert (found["before_at"], found["after_at"], found["decided_by"]) == (STATED, TRUE, "leader")
    (asked_event,), (decided,) = told(engine, order, "CorrectionRequested"), told(engine, order, "CorrectionDecided")
    assert datetime.fromisoformat(asked_event.body["before"]) == STATED
    assert (decided.body["decision"], decided.body["requested_by"], decided.actor) == ("APPROVED", "surveyor", "leader")
    assert told(engine, order, "TaskDone")[0].occurred_at == STATED
    assert engine.verify_audit()["broken"] == []


def test_a_refused_correction_changes_nothing_and_another_may_be_asked_for(engine, order):
    refused = request(engine, order)
    with pytest.raises(Invalid) as caught:
        decide(engine, refused, approve=False)
    assert [fault.code for fault in caught.value.faults] == ["note_missing"]
    assert decide(engine, refused, approve=False, note="照片时间为十点").decision == "REFUSED"

    assert holding(engine, order) == {}
    assert decide(engine, request(engine, order)).decision == "APPROVED"


def test_a_second_correction_starts_from_the_time_that_holds(engine, order):
    decide(engine, request(engine, order))
    later = TRUE + timedelta(minutes=5)
    decide(engine, request(engine, order, at=later))

    found = holding(engine, order)[task(engine, order).id]
    assert (found["before_at"], found["after_at"]) == (TRUE, later)


def test_nobody_decides_on_his_own_request(engine, order):
    asked = request(engine, order, actor=Actor("leader", "班组长", roles=LEADER.roles | SURVEYOR.roles, unit_code=UNIT))
    with pytest.raises(FourEyes):
        decide(engine, asked)
    with engine.read() as view:
        assert corrections.pending(view, LEADER) == []
        assert [row["id"] for row in corrections.pending(view, OTHER_LEADER)] == [asked.correction_id]

    assert decide(engine, asked, actor=OTHER_LEADER).decision == "APPROVED"


def test_only_one_request_at_a_time_and_only_one_decision(engine, order):
    asked = request(engine, order)
    with pytest.raises(CorrectionPending):
        request(engine, order)
    decide(engine, asked, key="first")

    with pytest.raises(CorrectionDecided):
        decide(engine, asked, actor=OTHER_LEADER)
    assert decide(engine, asked, key="first").decision == "APPROVED"  # the same click again
    with pytest.raises(NotFound):
        engine.run(DecideCorrection("nothing", True, "", "k"), LEADER)


@pytest.mark.parametrize(
    ("at", "reason", "code"),
    [
        (TRUE, " ", "reason_missing"),
        (TRUE, "长" * 501, "too_long"),
        (STATED, "无", "unchanged"),
        (datetime.fromisoformat("2026-03-02T08:19:59+08:00"), "早", "before_order"),
        (datetime.fromisoformat("2026-03-02T12:05:01+08:00"), "晚", "in_future"),
        (TRUE.replace(tzinfo=None), "无时区", "naive_instant"),
    ],
)
def test_an_impossible_or_unexplained_time_is_not_asked_for(engine, order, at, reason, code):
    with pytest.raises(Invalid) as caught:
        request(engine, order, at=at, reason=reason)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_the_last_possible_times_are_taken(engine, order):
    asked = request(engine, order, at=datetime.fromisoformat("2026-03-02T08:20:00+08:00"))
    decide(engine, asked)
    assert request(engine, order, at=datetime.fromisoformat("2026-03-02T12:05:00+08:00")).correction_id


def test_who_may_ask_and_who_may_decide(engine, order):
    with pytest.raises(Forbidden):  # not his lane and not his work
        request(engine, order, actor=CLERK)
    with pytest.raises(NotFound):
        request(engine, order, actor=STRANGER)
    asked = request(engine, order)
    for nobody in (SURVEYOR, CLERK):
        with pytest.raises(Forbidden):
            decide(engine, asked, actor=nobody)
    with pytest.raises(NotReady):
        engine.run(RequestCorrection(task(engine, order, "b").id, TRUE, "未办结", "k"), SURVEYOR)


def test_no_other_code_writes_the_time_of_a_task():
    root = Path(__file__).parents[2] / "engine"
    writing = re.compile(r"\.values\((?:[^()]|\([^()]*\))*occurred_at", re.S)
    found = {
        file.relative_to(root).as_posix()
        for file in root.rglob("*.py")
        if "migrations" not in file.parts and writing.search(file.read_text(encoding="utf-8"))
    }

    assert found == {"store/changes.py"}  # the completion itself, guarded by state = OPEN
