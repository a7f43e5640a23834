from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.record_reply import RecordReply
from engine.errors import EvidenceMissing, FourEyes, NotReady
from engine.policy import SYSTEM
from engine.store import outbox
from tests.orders import LEADER, accept, tasks_of
from tests.stopping import (
    BOTH,
    S1,
    T1,
    begun,
    clocks_of,
    decide,
    head,
    holds_of,
    register,
    told,
    work,
)


@pytest.fixture
def order(engine):
    return begun(engine)


def answer(engine, order):
    """The customer has been told: the process goes on to the operator, in a step of the machine."""
    with engine.read() as view:
        calls = outbox.of_order(view.connection, order.order_id)
    for call in calls:
        if call["state"] == "PENDING":
            engine.run(RecordReply(call["call_id"], uuid4().hex, result={"ok": True}), SYSTEM)


def terminate(engine, order, form=T1):
    register(engine, order, "termination", form)
    decide(engine, order, task="ter_ok")
    answer(engine, order)


def test_an_approved_termination_ends_the_order_as_terminated(engine, order, clock):
    clock.advance(days=2)
    terminate(engine, order)
    state = head(engine, order)

    assert (state["status"], state["completed_at"]) == ("TERMINATED", clock.now())
    assert tasks_of(engine, order.order_id) == {}
    assert {row["running_since"] for row in clocks_of(engine, order).values()} == {None}
    (row,) = holds_of(engine, order)
    assert (row["kind"], row["decision"], row["decided_by"]) == ("TERMINATE", "APPROVED", "leader")
    (entry,) = told(engine, order, "TerminationApproved")
    assert (entry.actor, entry.body["requested_by"], entry.body["approved_by"]) == ("system", "manager", "leader")
    with pytest.raises(NotReady):
        register(engine, order, "termination", T1)
    assert engine.verify_audit()["broken"] == []


def test_a_refused_termination_leaves_the_order_as_it_was(engine, order):
    register(engine, order, "termination", T1)
    decide(engine, order, ok=False, task="ter_ok")

    assert head(engine, order)["status"] == "RUNNING"
    assert [row["decision"] for row in holds_of(engine, order)] == ["REFUSED"]
    work(engine, order)
    work(engine, order, "after")
    assert head(engine, order)["status"] == "COMPLETED"


def test_who_asks_for_the_end_does_not_approve_it(engine, order):
    register(engine, order, "termination", T1, BOTH)
    with pytest.raises(FourEyes):
        decide(engine, order, actor=BOTH, task="ter_ok")

    decide(engine, order, actor=LEADER, task="ter_ok")
    answer(engine, order)
    assert head(engine, order)["status"] == "TERMINATED"


def test_an_end_without_the_evidence_of_the_table_is_an_incident_and_no_end(engine, order):
    terminate(engine, order, {**T1, "evidence_kind": "MILESTONE_RECORD"})
    state = head(engine, order)

    assert (state["status"], state["n_incidents"]) == ("RUNNING", 1)
    assert holds_of(engine, order)[0]["decision"] is None
    with pytest.raises(EvidenceMissing):
        register(engine, begun(engine), "termination", {**T1, "evidence_no": ""})


def test_a_suspended_order_is_terminated_and_no_longer_suspended(engine, order):
    register(engine, order, "suspension", S1)
    decide(engine, order)
    terminate(engine, order)

    state = head(engine, order)
    assert (state["status"], state["suspended_since"]) == ("TERMINATED", None)


# ---- restart ---------------------------------------------------------------------------------------------------------


def test_a_new_order_of_the_same_subject_at_the_same_premise_is_linked(engine, order, clock):
    terminate(engine, order)
    clock.advance(days=10)
    again = accept(engine)

    assert head(engine, again)["restart_of_no"] == order.order_no
    (entry,) = told(engine, again, "RestartLinked")
    assert (entry.body["restart_of"], entry.body["within_days"]) == (order.order_no, 90)


@pytest.mark.parametrize(("minutes", "linked"), [(0, True), (-1, True), (1, False)])
def test_the_link_reaches_ninety_days_back_and_not_a_minute_more(engine, order, clock, minutes, linked):
    terminate(engine, order)
    clock.advance(days=90, minutes=minutes)

    assert (head(engine, accept(engine))["restart_of"] == order.order_id) is linked


@pytest.mark.parametrize(
    "changes",
    [
        {"business_type": "CAPACITY_INCREASE"},
        {"address": {"text": "淳安县试验路78号", "area_code": "330127", "real_estate_unit_no": ""}},
        {
            "applicant": {
                "subject_type": "NATURAL_PERSON",
                "name": "另一测试人",
                "id_type": "RESIDENT_ID",
                "id_no": "330205198511301282",
                "phone": "13900138002",
            }
        },
    ],
)
def test_another_business_premise_or_subject_is_no_restart(engine, order, changes):
    terminate(engine, order)
    other = accept(engine, **changes)

    assert head(engine, other)["restart_of"] is None
    assert told(engine, other, "RestartLinked") == []


def test_an_order_beside_a_running_or_finished_one_is_no_restart(engine, order):
    beside = accept(engine)
    work(engine, order)
    work(engine, order, "after")
    after = accept(engine)

    assert [head(engine, one)["restart_of"] for one in (beside, after)] == [None, None]


def test_the_address_is_compared_where_no_unit_number_is_known(engine, order, clock):
    place = {"text": "浙江省杭州市淳安县试验路99号", "area_code": "330127", "real_estate_unit_no": ""}
    first = begun(engine, address=place)
    terminate(engine, first)
    again = accept(engine, address={**place, "text": "淳安县 试验路９９号"})

    assert head(engine, again)["restart_of"] == first.order_id
