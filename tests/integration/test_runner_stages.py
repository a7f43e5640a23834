from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event

from engine.clock import SHANGHAI
from engine.commands.deliver_message import DeliverMessage
from engine.policy import SYSTEM
from tests.diagrams import boundary, flow, message, node, path, process, terminate, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.stopping import clocks_of, pending_timers

PLAN = "SUPPLY_PLAN_REPLY"
WARNED = f"warn(&quot;{PLAN}&quot;)"
CALLED = process(
    user("c_survey", yikuo__stage="SITE_SURVEY"),
    user("c_check", yikuo__stage="DESIGN_REVIEW"),
    user("c_draft", yikuo__stage=PLAN),
    user("c_reply", yikuo__stage=PLAN),
    node("endEvent", "c_e"),
    path("c_s", "c_survey", "c_check", "c_draft", "c_reply", "c_e"),
    id="plan",
    start="c_s",
)
MAIN = (
    user("take_in"),
    node("callActivity", "plan_it", yikuo__stage=PLAN, calledElement="plan"),
    boundary("near", "plan_it", WARNED, interrupting=False),
    message("boundaryEvent", "withdrawn", "m_w", attachedToRef="plan_it", cancelActivity="true"),
    node("endEvent", "e_near"),
    terminate("gone"),
    user("answer", yikuo__form="answer"),
    node("exclusiveGateway", "x", default="f_x_e"),
    path("s", "take_in", "plan_it", "answer", "x", "e"),
    path("near", "e_near"),
    path("withdrawn", "gone"),
    flow("x", "plan_it", "objects", id="back"),
)
FORM = b'{"title": "t", "schema": {"type": "object", "properties": {"objects": {"type": "boolean"}}}}'


@pytest.fixture
def order(engine):
    """Accepted on Monday 2026-03-02, not yet taken in."""
    files = {"plan.bpmn": CALLED, "forms/answer.json": FORM}
    deploy(engine, *MAIN, files=files, extra='<bpmn:message id="m_w" name="withdrawn"/>')
    return accept(engine)


def do(engine, order, element, **options):
    return complete(engine, tasks_of(engine, order.order_id)[element].id, **options)


def survey_and_check(engine, order):
    for element in ("c_survey", "c_check"):
        do(engine, order, element)


def clock_of(engine, order, stage=PLAN):
    row = clocks_of(engine, order)[stage]
    return row["used_workdays"], row["running_since"], row["due_on"]


def end_of(*day):
    return datetime(*day, tzinfo=SHANGHAI) + timedelta(days=1)


def test_the_clock_runs_from_the_calls_entry_through_whatever_is_done_inside(engine, order, clock):
    assert clock_of(engine, order) == (0, None, None)
    do(engine, order, "take_in")
    running = (0, date(2026, 3, 2), date(2026, 3, 17))
    assert clock_of(engine, order) == running
    assert clock_of(engine, order, "TOTAL")[:2] == (0, date(2026, 3, 2))
    for element in ("c_survey", "c_check", "c_draft"):
        clock.advance(days=1)
        do(engine, order, element)
        assert clock_of(engine, order) == running
    clock.advance(days=4)  # Monday 2026-03-09
    do(engine, order, "c_reply")

    assert clock_of(engine, order) == (5, None, None)
    assert clock_of(engine, order, "TOTAL") == (5, None, None)


def test_what_hangs_on_the_clock_is_due_by_the_calls_entry(engine, order, clock):
    clock.advance(days=2)  # Wednesday 2026-03-04
    do(engine, order, "take_in")
    warned = datetime(2026, 3, 16, 9, tzinfo=SHANGHAI)  # the eighth of eleven working days
    assert pending_timers(engine, order) == {"near": warned}
    clock.advance(days=5)
    survey_and_check(engine, order)
    assert pending_timers(engine, order) == {"near": warned}
    assert tasks_of(engine, order.order_id)["c_draft"].due_at == end_of(2026, 3, 19)


def test_it_ends_when_the_work_was_done_as_stated(engine, order, clock):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=4)
    replied = clock.now() - timedelta(days=2)  # Wednesday 2026-03-04
    do(engine, order, "c_reply", occurred_at=replied, late_reason="外出送达")

    assert clock_of(engine, order) == (2, None, None)


def test_a_plan_that_is_sent_back_uses_up_what_is_left(engine, order, clock):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=7)
    do(engine, order, "c_reply")
    clock.advance(days=30)  # Wednesday 2026-04-08: the customer's time
    do(engine, order, "answer", form={"objects": True})

    assert clock_of(engine, order) == (5, date(2026, 4, 8), date(2026, 4, 16))
    assert pending_timers(engine, order)["near"] == datetime(2026, 4, 13, 9, tzinfo=SHANGHAI)
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=2)
    do(engine, order, "c_reply")
    assert clock_of(engine, order) == clock_of(engine, order, "TOTAL") == (7, None, None)


def test_the_tasks_inside_move_no_clock_and_ask_for_no_tasks(engine, order):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    task_id, sent = tasks_of(engine, order.order_id)["c_draft"].id, []
    event.listen(engine.database.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    complete(engine, task_id)  # a task of the stage ends and another begins, inside the call that holds it

    clocks = [statement for statement in sent if "FROM clock" in statement or "UPDATE clock" in statement]
    assert len(clocks) == 1 and clocks[0].startswith("SELECT"), clocks  # for the due date of the task that opens
    assert [statement for statement in sent if "FROM task" in statement and "order_id = " in statement] == []


def test_whatever_cuts_the_call_short_stops_its_clock(engine, order, clock):
    do(engine, order, "take_in")
    clock.advance(days=2)
    command = DeliverMessage(order.order_no, "withdrawn", {}, None, uuid4().hex)
    assert engine.run(command, SYSTEM).completed

    assert clock_of(engine, order) == clock_of(engine, order, "TOTAL") == (2, None, None)


def test_another_limited_stage_inside_does_not_stop_what_adds_up(engine, order, clock):
    do(engine, order, "take_in")
    clock.advance(days=2)
    do(engine, order, "c_survey")
    clock.advance(days=5)
    checked = clock.now() - timedelta(days=4)  # Thursday 2026-03-05; it is Monday 2026-03-09 now
    do(engine, order, "c_check", occurred_at=checked, late_reason="补录")
    assert clock_of(engine, order, "DESIGN_REVIEW") == (1, None, None)
    assert clock_of(engine, order, "TOTAL")[:2] == (0, date(2026, 3, 2))
    do(engine, order, "c_draft")
    do(engine, order, "c_reply")

    assert clock_of(engine, order, "TOTAL") == clock_of(engine, order) == (5, None, None)
