from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.record_reply import RecordReply
from engine.commands.remind_order import RemindOrder
from engine.errors import Forbidden, Invalid, NotFound, NotReady, RemindedLately
from engine.policy import SYSTEM, Actor
from engine.queries import orders
from tests.lateness import CENTRE, COUNTY, Late
from tests.orders import LEADER, OTHER_UNIT, SURVEYOR, tasks_of
from tests.stopping import S1, decide, register, work

NOTE = "张三催了三次"


@pytest.fixture
def late(engine, clock):
    return Late.begun(engine, clock)


def remind(late, actor=LEADER, reason="OVERDUE", note="", key=None):
    return late.engine.run(RemindOrder(late.order.order_no, reason, key or uuid4().hex, note), actor)


def test_the_role_is_reminded_and_the_record_names_the_person_not_his_words(late):
    done = remind(late, note=NOTE)
    late.answered()

    assert (done.recipients, done.n_tasks) == (("SURVEYOR",), 1)
    assert [(template, to) for template, to, _, _ in late.sent] == [("order_reminder", ["SURVEYOR"])]
    (entry,) = late.told("ReminderSent")
    assert (entry.actor, entry.body["automatic"], entry.body["reason"]) == ("leader", False, "OVERDUE")
    assert NOTE not in repr(entry.body) and NOTE not in repr(late.calls[0]["params"])
    assert [(row["recipient"], row["note"]) for row in late.reminders] == [("SURVEYOR", NOTE)]
    assert late.calls[0]["state"] == "ANSWERED"


def test_the_holder_is_reminded_once_within_the_time_and_another_still_is(late):
    remind(late)
    task_id = tasks_of(late.engine, late.order.order_id)["work"].id
    late.engine.run(ClaimTask(task_id, uuid4().hex), SURVEYOR)
    assert remind(late).recipients == ("@surveyor",)
    late.clock.advance(minutes=59)
    for actor in (LEADER, COUNTY, CENTRE):
        with pytest.raises(RemindedLately, match="10:00 后可再催"):
            remind(late, actor)
    late.clock.advance(minutes=1)
    remind(late, CENTRE)

    assert [row["sent_by"] for row in late.reminders] == ["leader", "leader", "centre"]


def test_the_same_key_is_one_reminder(late):
    assert remind(late, key="k") == remind(late, key="k")
    assert len(late.reminders) == 1


def test_who_may_and_where(late):
    with pytest.raises(Forbidden):
        remind(late, SURVEYOR)
    with pytest.raises(NotFound):
        remind(late, Actor("l9", "外单位", roles=frozenset({"TEAM_LEADER"}), unit_code=OTHER_UNIT))


@pytest.mark.parametrize(("reason", "note"), [("HURRY", ""), ("OTHER", " "), ("OVERDUE", "长" * 501)])
def test_a_reason_is_one_of_the_list(late, reason, note):
    with pytest.raises(Invalid):
        remind(late, reason=reason, note=note)
    assert late.reminders == []


def test_of_a_suspended_order_only_what_can_be_done_is_reminded_of(late):
    register(late.engine, late.order, "suspension", S1)
    assert remind(late, COUNTY).recipients == ("SURVEYOR", "TEAM_LEADER")
    decide(late.engine, late.order)
    late.clock.advance(hours=2)
    with pytest.raises(NotReady, match="没有可催办的任务"):
        remind(late, COUNTY)


def test_nobody_is_reminded_of_an_order_that_has_ended(late):
    work(late.engine, late.order)
    work(late.engine, late.order, "after")
    with pytest.raises(NotReady):
        remind(late)


def test_a_reminder_that_cannot_be_sent_stops_nothing(late):
    remind(late)
    late.engine.run(RecordReply(late.calls[0]["call_id"], uuid4().hex, error="REFUSED"), SYSTEM)

    assert [entry.body["error"] for entry in late.told("CallFailed")] == ["REFUSED"]
    with late.engine.read() as view:
        assert orders.order(view, SYSTEM, late.order.order_no).incidents == []
    assert work(late.engine, late.order).opened
