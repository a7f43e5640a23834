from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.consult_task import ConsultTask
from engine.commands.copy_task import CopyTask
from engine.commands.delegate_task import DelegateTask
from engine.commands.end_absence import EndAbsence
from engine.commands.enter_absence import EnterAbsence
from engine.commands.give_opinion import GiveOpinion
from engine.commands.read_copy import ReadCopy
from engine.commands.resolve_task import ResolveTask
from engine.commands.return_task import ReturnTask
from engine.commands.transfer_task import TransferTask
from engine.errors import (
    AlreadyClaimed,
    Conflict,
    ConsultationOpen,
    Delegated,
    Forbidden,
    FourEyes,
    Invalid,
    InvalidForm,
    NotFound,
    NotReady,
)
from engine.handing_over import hand_over
from engine.queries import tasks as task_queries
from engine.queries import worklist
from engine.store import accounts, acts, copies, outbox
from tests.diagrams import path, user
from tests.orders import ADMIN, CLERK, CLERK_2, LEADER, SURVEYOR
from tests.verbs import NOTE, Desk

B = {"load_kw": 5}
PAIR = '[four_eyes]\nb = ["a"]\n'


@pytest.fixture
def desk(engine):
    return Desk(engine)


def claim(desk, element, by=CLERK):
    return desk.engine.run(ClaimTask(desk.task(element).id, uuid4().hex), by)


def messages(desk):
    with desk.engine.read() as view:
        rows = outbox.of_order(view.connection, desk.order.order_id)
    return [(row["params"]["template"], row["params"]["to"]) for row in rows]


def test_a_transferred_task_is_the_other_persons(desk):
    claim(desk, "a")
    held = desk.run(TransferTask, desk.task("a").id, "clerk2", "WORKLOAD", note=NOTE)

    assert held.assignee == "clerk2" and desk.open == {"a": "clerk2"}
    (entry,) = desk.told("TaskTransferred")
    assert (entry.body["before"], entry.body["after"], entry.body["reason"]) == ("clerk", "clerk2", "WORKLOAD")
    assert NOTE not in repr(entry.body) and NOTE not in repr(messages(desk))
    assert messages(desk) == [("task_transferred", ["@clerk2"])]
    with pytest.raises(AlreadyClaimed):
        desk.run(TransferTask, desk.task("a").id, "clerk2", "WORKLOAD")
    assert desk.run(TransferTask, desk.task("a").id, "clerk", "WORKLOAD", by=LEADER).assignee == "clerk"


@pytest.mark.parametrize(
    ("to", "code"),
    [("surveyor", "other_role"), ("stranger", "other_unit"), ("nobody", "no_such_colleague"), ("clerk", "oneself")],
)
def test_whom_a_task_may_not_be_given_to(desk, to, code):
    with pytest.raises(Invalid) as caught:
        desk.run(TransferTask, desk.task("a").id, to, "WORKLOAD")
    assert caught.value.faults[0].code == code


def test_a_delegated_task_comes_back_to_be_confirmed(desk):
    desk.do("a")
    claim(desk, "b")
    desk.run(DelegateTask, desk.task("b").id, "surveyor", "EXPERTISE")
    for actor in (SURVEYOR, CLERK):
        with pytest.raises((Delegated, Forbidden, AlreadyClaimed)):
            desk.do("b", actor, form=B)
    with pytest.raises(InvalidForm):
        desk.run(ResolveTask, desk.task("b").id, {"load_kw": 0}, by=SURVEYOR)
    desk.run(ResolveTask, desk.task("b").id, B, by=SURVEYOR)

    assert desk.open == {"b": "clerk"}
    with desk.engine.read() as view:
        page = task_queries.task(view, CLERK, desk.task("b").id)
    assert page.values == B and page.may_complete
    assert desk.do("b", form=page.values).opened


def test_the_delegator_takes_it_back_himself(desk):
    claim(desk, "a")
    desk.run(DelegateTask, desk.task("a").id, "surveyor", "WORKLOAD")
    with pytest.raises(AlreadyClaimed):
        desk.run(ResolveTask, desk.task("a").id, {}, by=CLERK_2)
    desk.run(ResolveTask, desk.task("a").id, {})
    assert desk.open == {"a": "clerk"} and desk.told("TaskResolved")[0].body["recalled"] is True
    assert desk.do("a").opened


def test_who_worked_it_out_does_not_approve_it(engine):
    desk = Desk(
        engine, user("a"), user("b"), path("s", "a", "b", "e"), manifest='[four_eyes]\nb = ["a"]\n', of_clerks="a b"
    )
    claim(desk, "a")
    desk.run(DelegateTask, desk.task("a").id, "clerk2", "WORKLOAD")
    desk.run(ResolveTask, desk.task("a").id, {}, by=CLERK_2)
    desk.do("a")
    for actor in (CLERK, CLERK_2):
        with pytest.raises(FourEyes):
            desk.do("b", actor)


def test_a_task_waits_for_the_opinion_that_was_asked_for(desk):
    asked = desk.run(ConsultTask, desk.task("a").id, ("surveyor", "leader"), "BEFORE", "DOUBT", note=NOTE)
    with pytest.raises(ConsultationOpen):
        desk.do("a")
    with desk.engine.read() as view:
        mine = worklist.items(view, SURVEYOR, "mine")
    assert [item.line.task_id for item in mine] == [asked.opinions[0]]
    with pytest.raises(NotReady):
        desk.engine.run(CompleteTask(asked.opinions[0], {}, None, uuid4().hex), SURVEYOR)
    with pytest.raises(AlreadyClaimed):
        desk.run(GiveOpinion, asked.opinions[0], "AGREE", by=CLERK_2)
    with pytest.raises(Invalid):
        desk.run(GiveOpinion, asked.opinions[0], "DISAGREE", by=SURVEYOR)
    desk.run(GiveOpinion, asked.opinions[0], "DISAGREE", by=SURVEYOR, note=NOTE)
    with pytest.raises(ConsultationOpen):
        desk.do("a")
    desk.run(GiveOpinion, asked.opinions[1], "AGREE", by=LEADER)

    assert desk.open == {"a": "clerk"}
    assert NOTE not in repr([entry.body for kind in ("ConsultationAsked", "OpinionGiven") for entry in desk.told(kind)])
    assert desk.do("a").opened


def test_agreeing_to_what_was_filled_in_finishes_the_task_for_its_holder(desk):
    desk.do("a")
    asked = desk.run(ConsultTask, desk.task("b").id, ("leader",), "AFTER", "IMPORTANT", form=B)
    assert desk.open["b"] == "clerk"
    given = desk.run(GiveOpinion, asked.opinions[0], "AGREE", by=LEADER)

    assert given.completed_task and list(desk.open) == ["c"]
    done = next(row for row in desk.rows if row.element_id == "b")
    assert (done.state, done.closed_by, done.form) == ("DONE", "clerk", B)
    entry = desk.told("TaskDone")[-1]
    assert (entry.actor, entry.body["agreed_by"]) == ("clerk", ["leader"])


def test_disagreeing_gives_it_back_as_it_was_filled_in(desk):
    desk.do("a")
    with pytest.raises(InvalidForm):
        desk.run(ConsultTask, desk.task("b").id, ("leader",), "AFTER", "IMPORTANT", form={"load_kw": -1})
    asked = desk.run(ConsultTask, desk.task("b").id, ("leader", "surveyor"), "AFTER", "IMPORTANT", form=B)
    desk.run(GiveOpinion, asked.opinions[0], "DISAGREE", by=LEADER, note="偏低")

    assert desk.open == {"b": "clerk"}, "the other need not look any more"
    with desk.engine.read() as view:
        assert task_queries.task(view, CLERK, desk.task("b").id).values == B
    assert desk.do("b", form=B).opened


def test_opinions_end_with_their_task(desk):
    desk.do("a")
    desk.run(ConsultTask, desk.task("b").id, ("leader",), "BEFORE", "DOUBT")
    desk.run(ReturnTask, desk.task("b").id, "a", "WRONG_DATA")
    assert desk.open == {"a": "clerk"}
    assert len(desk.told("ConsultationEnded")) == 1


def test_a_copy_is_read_once_by_its_recipient_only(desk, clock):
    made = desk.run(CopyTask, desk.task("a").id, ("leader", "surveyor"), "FOR_INFORMATION", note=NOTE)
    with pytest.raises(NotFound):
        desk.run(ReadCopy, made.copies[0], by=SURVEYOR)
    first = desk.run(ReadCopy, made.copies[0], by=LEADER)
    clock.advance(hours=1)
    again = desk.run(ReadCopy, made.copies[0], by=LEADER)

    assert first == again and len(desk.told("CopyRead")) == 1
    assert NOTE not in repr(desk.told("TaskCopied")[0].body)
    with desk.engine.read() as view:
        rows = copies.of_task(view.connection, desk.task("a").id)
    assert {row["to_login"]: bool(row["read_at"]) for row in rows} == {"leader": True, "surveyor": False}
    with pytest.raises(Invalid):
        desk.run(CopyTask, desk.task("a").id, ("stranger",), "FOR_INFORMATION")


def test_a_substitute_takes_and_does_what_the_absent_person_would(desk, clock):
    claim(desk, "a")
    assert desk.now(SURVEYOR).stands_in == ()
    absence = desk.absent(CLERK, SURVEYOR)
    surveyor = desk.now(SURVEYOR)
    with desk.engine.read() as view:
        (item,) = worklist.items(view, surveyor, "me")
    assert item.claimable
    claim(desk, "a", surveyor)
    desk.do("a", surveyor)

    (entry,) = desk.told("TaskDone")
    assert (entry.actor, entry.body["on_behalf_of"]) == ("surveyor", "clerk")
    assert [(row.closed_by, row.on_behalf_of) for row in desk.rows if row.element_id == "a"] == [("surveyor", "clerk")]
    claim(desk, "b", surveyor)
    desk.run(EndAbsence, absence.absence_id)
    with pytest.raises(Forbidden):
        desk.do("b", desk.now(SURVEYOR), form=B)
    clock.advance(days=1)
    assert desk.now(SURVEYOR).task_roles == SURVEYOR.roles


def test_an_absence_holds_only_in_its_time_and_its_roles(desk, clock):
    now = clock.now()
    later = EnterAbsence("clerk", "surveyor", now + timedelta(days=1), now + timedelta(days=2), "LEAVE", "k")
    desk.engine.run(later, CLERK)
    assert desk.now(SURVEYOR).stands_in == ()
    clock.advance(days=1)
    assert desk.now(SURVEYOR).stands_in == (("clerk", frozenset({"ACCEPTANCE_CLERK"})),)
    clock.advance(days=1)
    assert desk.now(SURVEYOR).stands_in == ()


@pytest.mark.parametrize("substitute", ["clerk", "stranger", "nobody"])
def test_who_may_not_stand_in(desk, clock, substitute):
    now = clock.now()
    with pytest.raises(Invalid):
        desk.engine.run(EnterAbsence("clerk", substitute, now, now + timedelta(days=1), "LEAVE", "k"), CLERK)


def test_only_for_oneself_or_those_one_leads(desk):
    with pytest.raises(Forbidden):
        desk.absent(CLERK, SURVEYOR, by=CLERK_2)
    assert desk.absent(CLERK, SURVEYOR, by=LEADER).absence_id
    with pytest.raises(Invalid):
        desk.absent(CLERK, SURVEYOR, roles=("TEAM_LEADER",))


def test_standing_in_for_who_drafted_it_is_no_way_round_four_eyes(engine):
    desk = Desk(engine, user("a"), user("b"), path("s", "a", "b", "e"), manifest=PAIR, of_clerks="a b")
    desk.do("a")
    desk.absent(CLERK, SURVEYOR)
    with pytest.raises(FourEyes):
        desk.do("b", desk.now(SURVEYOR))


def test_all_of_a_leaver_goes_to_others_and_nothing_is_lost(desk):
    claim(desk, "a")
    desk.absent(CLERK_2, CLERK)
    found = hand_over(desk.engine, ADMIN, "clerk", {"ACCEPTANCE_CLERK": "clerk2"}, "LEAVING", "h1", NOTE)

    assert [(line.to, line.error) for line in found.lines] == [("clerk2", "")] and found.n_left == 0
    assert desk.open == {"a": "clerk2"}
    with desk.engine.read() as view:
        assert accounts.one(view.connection, "clerk").disabled_at is not None
        assert [act.kind for act in acts.of_order(view.connection, desk.order.order_id)] == ["HANDOVER"]
    assert desk.now(CLERK).stands_in == ()
    assert NOTE not in repr(desk.told("TaskHandedOver")[0].body)
    assert hand_over(desk.engine, ADMIN, "clerk", {}, "LEAVING", "h2").lines == ()


def test_what_cannot_be_given_away_is_said_and_stays(desk):
    claim(desk, "a")
    found = hand_over(desk.engine, ADMIN, "clerk", {"": "surveyor"}, "LEAVING", "h1")
    assert found.n_left == 1 and "岗位" in found.lines[0].error
    assert desk.open == {"a": "clerk"}
    assert hand_over(desk.engine, ADMIN, "clerk", {}, "LEAVING", "h2").n_left == 0
    assert desk.open == {"a": None}


def test_what_a_leaver_delegated_is_the_successors_to_confirm(desk):
    claim(desk, "a")
    desk.run(DelegateTask, desk.task("a").id, "surveyor", "WORKLOAD")
    hand_over(desk.engine, ADMIN, "clerk", {"": "clerk2"}, "LEAVING", "h1")
    desk.run(ResolveTask, desk.task("a").id, {}, by=SURVEYOR)
    assert desk.open == {"a": "clerk2"}
    assert desk.do("a", CLERK_2).opened


def test_only_who_manages_accounts_hands_over(desk):
    with pytest.raises((Forbidden, Conflict)):
        hand_over(desk.engine, LEADER, "clerk", {}, "LEAVING", "h1")
