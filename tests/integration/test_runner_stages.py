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
    user("c_post"),
    node("endEvent", "c_e"),
    path("c_s", "c_survey", "c_check", "c_draft", "c_reply", "c_post", "c_e"),
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


def reply(engine, order, **options):
    do(engine, order, "c_reply")
    do(engine, order, "c_post", **options)


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
    reply(engine, order)

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


def test_every_task_inside_is_to_be_done_by_the_end_of_the_call(engine, order):
    do(engine, order, "take_in")
    found = tasks_of(engine, order.order_id)
    assert found["c_survey"].due_at == end_of(2026, 3, 17)  # a stage of its own, without a limit
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    do(engine, order, "c_reply")
    assert tasks_of(engine, order.order_id)["c_post"].due_at == end_of(2026, 3, 17)


def test_a_stage_begins_on_the_day_that_the_step_before_it_stated(engine, order, clock):
    clock.advance(days=3)  # Thursday
    do(engine, order, "take_in", occurred_at=clock.now() - timedelta(days=2), late_reason="补录")
    assert clock_of(engine, order) == (0, date(2026, 3, 3), date(2026, 3, 18))
    assert clock_of(engine, order, "TOTAL")[:2] == (0, date(2026, 3, 3))
    assert pending_timers(engine, order) == {"near": datetime(2026, 3, 13, 9, tzinfo=SHANGHAI)}
    assert tasks_of(engine, order.order_id)["c_survey"].due_at == end_of(2026, 3, 18)


def test_it_ends_when_the_work_was_done_as_stated(engine, order, clock):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=4)
    replied = clock.now() - timedelta(days=2)  # Wednesday 2026-03-04
    reply(engine, order, occurred_at=replied, late_reason="外出送达")

    assert clock_of(engine, order) == (2, None, None)


def test_a_plan_that_is_sent_back_uses_up_what_is_left(engine, order, clock):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=7)
    reply(engine, order)
    clock.advance(days=30)  # Wednesday 2026-04-08: the customer's time
    do(engine, order, "answer", form={"objects": True})

    assert clock_of(engine, order) == (5, date(2026, 4, 8), date(2026, 4, 16))
    assert pending_timers(engine, order)["near"] == datetime(2026, 4, 13, 9, tzinfo=SHANGHAI)
    survey_and_check(engine, order)
    do(engine, order, "c_draft")
    clock.advance(days=2)
    reply(engine, order)
    assert clock_of(engine, order) == clock_of(engine, order, "TOTAL") == (7, None, None)


@pytest.mark.parametrize("element", ["c_draft", "c_reply"])
def test_the_tasks_inside_move_no_clock_and_ask_for_none(engine, order, element):
    do(engine, order, "take_in")
    survey_and_check(engine, order)
    if element == "c_reply":
        do(engine, order, "c_draft")
    task_id, sent = tasks_of(engine, order.order_id)[element].id, []
    event.listen(engine.database.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    complete(engine, task_id)  # the stage's last task for now, or one of two; the call holds it

    assert [statement for statement in sent if "clock" in statement] == []  # the order's row says when they end
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
    reply(engine, order)

    assert clock_of(engine, order, "TOTAL") == clock_of(engine, order) == (5, None, None)
