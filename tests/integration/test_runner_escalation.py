from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from engine.clock import SHANGHAI
from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.fire_timer import FireTimer
from engine.commands.record_reply import RecordReply
from engine.commands.recount_order import RecountOrder
from engine.errors import Forbidden, NotFound
from engine.policy import SYSTEM, Actor
from engine.queries import tasks as task_queries
from engine.queries.worklist import items
from engine.store import clocks, escalations
from engine.store.tables import clock_segment
from engine.store.uow import UnitOfWork
from tests.lateness import LADDER, Late
from tests.orders import LEADER, OTHER_UNIT, SURVEYOR, UNIT, accept, tasks_of
from tests.stopping import RESUME, S1, T1, decide, pending_timers, register, work

APRIL = date(2026, 4, 30)


@pytest.fixture
def late(engine, clock):
    return Late.begun(engine, clock)


def total(late):
    with late.engine.read() as view:
        return {row["stage"]: row for row in clocks.of_order(view.connection, late.order.order_id)}["TOTAL"]


def end(day):
    return datetime.combine(day, datetime.min.time(), SHANGHAI) + timedelta(days=1)


def test_every_rung_is_taken_once_at_its_instant_and_tells_whom_the_table_says(late):
    due_on = total(late)["due_on"]
    late.until(APRIL)

    assert late.rungs == [(code, 1) for code in LADDER]
    assert [(to, copies) for template, to, copies, _ in late.sent if template.startswith("total_")] == [
        ("ACCOUNT_MANAGER", []),
        ("TEAM_LEADER", ["ACCOUNT_MANAGER"]),
        ("COUNTY_MANAGER", ["TEAM_LEADER"]),
        ("CITY_MANAGER", ["COUNTY_MANAGER"]),
        ("SUPERVISOR", ["CITY_MANAGER", "COUNTY_MANAGER"]),
    ]
    taken = {row["rung"]: row for row in late.rows}
    assert taken["OVERDUE"]["due_at"] == taken["OVERDUE"]["taken_at"] == end(due_on)
    assert taken["NEAR"]["due_at"] < taken["OVERDUE"]["due_at"] < taken["OVERDUE_CITY"]["due_at"]
    assert taken["WARNING"]["due_at"].astimezone(SHANGHAI).hour == 9


def test_each_is_labelled_automatic_with_rule_inputs_and_reason(late):
    late.until(APRIL)
    entry = late.told("EscalationTaken")[2]
    body = entry.body

    assert (entry.actor, body["automatic"], body["rung"], body["late_seconds"]) == ("system", True, "OVERDUE", 0)
    (rule,) = body["decisions"]
    assert (rule["decision"], rule["rules"]) == ("escalation_ladder", [3])
    assert rule["rule_ids"] == ["escalation_ladder_rule_3"]
    assert rule["inputs"] == {"category": "HV_SINGLE", "stage": "TOTAL"}
    assert (rule["file"], len(rule["table"])) == ("escalation_ladder.dmn", 64)
    assert "个工作日" in body["why"]["text"] and body["calendar"][0]["year"] == 2026
    assert body["limit"]["file"] == "time_limits.dmn" and body["limit"]["rules"]
    assert body["actions"]["reassign"] == "TEAM_LEADER"


def test_two_escalations_side_by_side_take_no_rung_twice(engine, clock):
    late = Late.begun(engine, clock, n_escalations=2).until(APRIL)

    assert late.rungs == [(code, 1) for code in LADDER]
    assert len([one for one in late.sent if one[0].startswith("total_")]) == len(LADDER)
    assert [task for task in tasks_of(engine, late.order.order_id) if task.startswith("sup_")] == ["sup_issue"]
    waited = [e for e in late.told("TimerFired") if "esc_due" in e.body.get("passed", ())]
    assert len(waited) >= 2 * len(LADDER) - 1  # the second may begin when the first rung is gone


def test_after_an_outage_every_rung_is_taken_late_and_says_so(late):
    late.clock.move_to(datetime(2026, 6, 1, tzinfo=SHANGHAI))
    late.until(date(2026, 6, 1))

    assert late.rungs == [(code, 1) for code in LADDER]
    assert all(entry.body["late_seconds"] > 24 * 3600 for entry in late.told("EscalationTaken"))


def test_a_lawful_pause_puts_off_what_is_to_come_and_takes_nothing_anew(late):
    due_on = total(late)["due_on"]
    late.until(due_on, 12)
    before = late.rungs
    assert before == [("WARNING", 1), ("NEAR", 1)]
    register(late.engine, late.order, "suspension", S1)
    decide(late.engine, late.order)
    late.until(due_on + timedelta(days=30), 12)
    assert late.rungs == before
    register(late.engine, late.order, "resume", RESUME)
    late.until(due_on + timedelta(days=80))

    assert late.rungs == [(code, 1) for code in LADDER]
    assert late.rows[2]["due_at"] > end(due_on + timedelta(days=29))


def test_a_pause_of_an_overdue_order_does_not_make_it_overdue_again(late):
    due_on = total(late)["due_on"]
    late.until(due_on + timedelta(days=1), 12)
    assert late.rungs[-1] == ("OVERDUE", 1)
    register(late.engine, late.order, "suspension", S1)
    decide(late.engine, late.order)
    late.until(due_on + timedelta(days=15), 12)
    register(late.engine, late.order, "resume", RESUME)
    late.until(due_on + timedelta(days=60))

    assert late.rungs == [(code, 1) for code in LADDER]


def test_a_recount_that_takes_days_back_opens_the_rungs_again(late):
    due_on = total(late)["due_on"]
    late.until(due_on + timedelta(days=1), 12)
    assert late.rungs == [("WARNING", 1), ("NEAR", 1), ("OVERDUE", 1)]
    today = late.clock.now().astimezone(SHANGHAI).date()
    with UnitOfWork(late.engine.database) as uow:
        own = clock_segment.c.order_id == late.order.order_id
        uow.run(update(clock_segment).where(own).values(from_on=today))
        uow.finish()
    late.engine.run(RecountOrder(late.order.order_id, "CORRECTION", uuid4().hex), SYSTEM)
    late.until(today + timedelta(days=120))

    again = [("WARNING", 2), ("NEAR", 2), ("OVERDUE", 2), ("OVERDUE_CITY", 1), ("OVERDUE_CENTRE", 1)]
    assert late.rungs[3:] == again
    assert late.rows[5]["due_at"] == late.rows[5]["taken_at"] > end(due_on)


def only_termination_is_told(late):
    """The order ends when the message about its end is answered; nobody has yet taken the first rung."""
    register(late.engine, late.order, "termination", T1)
    decide(late.engine, late.order, task="ter_ok")
    [call] = late.calls
    return RecordReply(call["call_id"], uuid4().hex, result={"ok": True})


@pytest.mark.parametrize("before", [True, False], ids=["taken before", "taken with the end"])
def test_who_was_to_be_told_is_told_although_the_order_ends_meanwhile(late, before):
    ends = only_termination_is_told(late)
    late.clock.move_to(end(total(late)["due_on"] - timedelta(days=2)))
    while before and (due := late.engine.claim_due_timers(1)):
        late.engine.run(FireTimer(*due, uuid4().hex), SYSTEM)
    late.engine.run(ends, SYSTEM)
    told = [call for call in late.calls if call["params"].get("template") == "total_limit_warning"]
    assert ("WARNING", 1) in late.rungs
    assert [(call["state"], call["element_id"]) for call in told] == [("PENDING", "")]
    late.answered()

    assert [(template, to) for template, to, *_ in late.sent] == [("total_limit_warning", "ACCOUNT_MANAGER")]
    assert late.engine.verify_audit()["broken"] == []


def test_the_same_rung_cannot_be_written_twice(late):
    late.until(APRIL)
    row = late.rows[0]
    with pytest.raises(Exception, match="(?i)unique|duplicate|conflict|已"), UnitOfWork(late.engine.database) as uow:
        escalations.add(uow, row)


def test_tasks_go_before_others_and_stay_so(engine, late):
    ordinary = Late(engine, late.clock, accept(engine))
    late.until(APRIL)
    with engine.read() as view:
        lines = [item.line for item in items(view, SURVEYOR, "any", limit=50)]

    levels = [line.priority for line in lines]
    assert levels == sorted(levels)
    mine = [line for line in lines if line.order_no == late.order.order_no and line.name == "work"]
    assert [line.priority for line in mine] == [1]
    assert ordinary.order.order_no in {line.order_no for line in lines if line.priority == 3}
    work(engine, late.order)
    assert tasks_of(engine, late.order.order_id)["after"].priority == 1
    assert [entry.body["level"] for entry in late.told("TasksPrioritised")] == [2, 1]


def test_pages_of_a_worklist_go_on_where_the_last_ended(engine, late):
    for _ in range(4):
        accept(engine)
    late.until(APRIL)
    with engine.read() as view:
        whole = [item.line.task_id for item in items(view, SURVEYOR, "any", limit=50)]
        seen, after = [], None
        while page := items(view, SURVEYOR, "any", after=after, limit=2):
            seen += [item.line.task_id for item in page]
            after = page[-1].line.cursor
    assert seen == whole


def test_reassigning_frees_the_holder_tells_him_and_lets_the_leader_take_it(engine, late):
    task_id = tasks_of(engine, late.order.order_id)["work"].id
    engine.run(ClaimTask(task_id, uuid4().hex), SURVEYOR)
    with pytest.raises(Forbidden):
        engine.run(ClaimTask(task_id, uuid4().hex), LEADER)
    late.until(total(late)["due_on"])

    task = tasks_of(engine, late.order.order_id)["work"]
    assert (task.assignee, task.claimed_at, task.offered_to) == (None, None, "TEAM_LEADER")
    assert ("task_reassigned", ["@surveyor"]) in [(template, to) for template, to, _, _ in late.sent]
    (entry,) = late.told("TaskReassigned")
    assert (entry.actor, entry.body["before_holder"], entry.body["automatic"]) == ("system", "surveyor", True)
    with engine.read() as view:
        assert [item.line.task_id for item in items(view, LEADER, "free") if item.claimable] == [task_id]
    stranger = Actor("leader9", "外单位班组长", roles=frozenset({"TEAM_LEADER"}), unit_code=OTHER_UNIT)
    with engine.read() as view:
        assert items(view, stranger, "free") == []
    with pytest.raises(NotFound):
        engine.run(ClaimTask(task_id, uuid4().hex), stranger)
    engine.run(ClaimTask(task_id, uuid4().hex), LEADER)
    with engine.read() as view:
        assert task_queries.task(view, LEADER, task_id).may_complete
    engine.run(CompleteTask(task_id, {}, None, uuid4().hex), LEADER)
    assert tasks_of(engine, late.order.order_id).keys() == {"after"}


def test_reassigning_leaves_alone_what_stands_beside_the_work(engine, late):
    register(engine, late.order, "suspension", S1)
    approving = tasks_of(engine, late.order.order_id)["sus_ok"].id
    engine.run(ClaimTask(approving, uuid4().hex), LEADER)
    late.until(total(late)["due_on"])

    assert tasks_of(engine, late.order.order_id)["sus_ok"].assignee == "leader"


def test_nothing_is_taken_once_the_order_has_ended(engine, late):
    late.until(total(late)["due_on"], 12)
    work(engine, late.order)
    work(engine, late.order, "after")
    late.until(APRIL)

    assert late.rungs == [("WARNING", 1), ("NEAR", 1)]
    assert pending_timers(engine, late.order) == {}


def test_a_clerk_of_the_unit_sees_who_may_take_it(engine, late):
    clerk = Actor("c", "勘查员二", roles=frozenset({"SURVEYOR"}), unit_code=UNIT)
    late.until(APRIL)
    with engine.read() as view:
        (line,) = [item.line for item in items(view, clerk, "free") if item.line.order_no == late.order.order_no]
    assert (line.role, line.offered_to) == ("SURVEYOR", "TEAM_LEADER")
