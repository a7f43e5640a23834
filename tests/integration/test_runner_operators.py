from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import event

from engine.commands.fire_timer import FireTimer
from engine.commands.inner import N_MAX_CALLS
from engine.commands.operators.registry import INNER
from engine.commands.record_reply import RecordReply
from engine.commands.retry_incident import RetryIncident
from engine.errors import Fault, InvalidForm
from engine.policy import SYSTEM
from engine.queries import orders, standing
from engine.store import outbox
from tests.diagrams import boundary, flow, node, path, script, service, timer, user
from tests.orders import accept, complete, deploy, tasks_of, timers_of

COUNTING = "试验.count"


@pytest.fixture
def counted(monkeypatch):
    """A registered operator that answers with its number and refuses what the list `refusing` is told to."""
    seen, refusing = [], []

    def handle(tx, params):
        if refusing:
            raise InvalidForm(faults=[Fault("n", "too_many", "太多")])
        seen.append((tx.actor.id, params["n"]))
        tx.record("Counted", {"n": params["n"]})
        return {"n": params["n"] + 1}

    monkeypatch.setitem(INNER, COUNTING, handle)
    handle.seen, handle.refusing = seen, refusing
    return handle


def count(id, n="n"):
    return service(id, COUNTING, n=n)


def page(engine, order):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order.order_no), orders.timeline(view, SYSTEM, order.order_no)


def calls(engine, order):
    with engine.read() as view:
        return outbox.of_order(view.connection, order.order_id)


def agrees(engine, order):
    with engine.read() as view:
        return standing.waits(view, order.order_id).same


CHAIN = (
    user("a"),
    script("zero", "n = 0"),
    count("one"),
    count("two"),
    script("check", "twice = n"),
    user("b"),
    path("s", "a", "zero", "one", "two", "check", "b", "e"),
)


def test_inner_calls_are_answered_in_the_step_that_makes_them(engine, counted):
    deploy(engine, *CHAIN, operators=(COUNTING,))
    order = accept(engine)
    done = complete(engine, tasks_of(engine, order.order_id)["a"].id)

    assert counted.seen == [("system", 0), ("system", 1)]
    assert [task.element_id for task in tasks_of(engine, order.order_id).values()] == ["b"]
    assert len(done.opened) == 1
    assert calls(engine, order) == []
    assert agrees(engine, order)


def test_the_record_names_each_inner_call_after_the_step_that_made_it(engine, counted):
    deploy(engine, *CHAIN, operators=(COUNTING,))
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    _, entries = page(engine, order)

    assert [entry.kind for entry in entries[-3:]] == ["TaskDone", "Counted", "Counted"]
    body = entries[-3].body
    assert [(ran["operator"], ran["element"]) for ran in body["ran"]] == [(COUNTING, "one"), (COUNTING, "two")]
    assert body["passed"] == ["a", "zero", "one", "two", "check"]
    assert "called" not in body and "recalled" not in body
    assert engine.verify_audit()["broken"] == []


def test_a_process_may_begin_with_an_inner_call(engine, counted):
    deploy(
        engine, script("zero", "n = 7"), count("one"), user("a"), path("s", "zero", "one", "a", "e"),
        operators=(COUNTING,),
    )  # fmt: skip
    order = accept(engine)

    assert counted.seen == [("system", 7)]
    assert set(tasks_of(engine, order.order_id)) == {"a"}


def test_a_person_is_refused_by_an_operator_and_nothing_is_written(engine, counted):
    deploy(engine, *CHAIN, operators=(COUNTING,))
    order = accept(engine)
    _, before = page(engine, order)
    counted.refusing.append(True)
    with pytest.raises(InvalidForm) as caught:
        complete(engine, tasks_of(engine, order.order_id)["a"].id)

    assert [fault.code for fault in caught.value.faults] == ["too_many"]
    assert page(engine, order)[1] == before
    counted.refusing.clear()
    assert complete(engine, tasks_of(engine, order.order_id)["a"].id).opened


def test_an_operator_that_fails_in_a_timers_step_is_an_incident_and_can_be_retried(engine, clock, counted):
    deploy(
        engine,
        script("zero", "n = 0"),
        timer("intermediateCatchEvent", "wait", "PT1H"),
        count("one"),
        count("two"),
        user("a"),
        path("s", "zero", "wait", "one", "two", "a", "e"),
        operators=(COUNTING,),
    )
    order = accept(engine)
    counted.refusing.append(True)
    clock.advance(hours=1)
    engine.run(FireTimer(timers_of(engine, order.order_id)["wait"]["id"], uuid4().hex), SYSTEM)
    found, entries = page(engine, order)

    (incident,) = found.incidents
    assert (incident["element_id"], incident["code"]) == ("one", "invalid_form")
    assert entries[-1].body["trouble"] == {"element": "one", "code": "invalid_form"}
    assert timers_of(engine, order.order_id)["wait"]["state"] == "FIRED"
    assert calls(engine, order) == [] and counted.seen == []

    counted.refusing.clear()
    assert engine.run(RetryIncident(incident["id"], uuid4().hex), SYSTEM).mended
    assert counted.seen == [("system", 0), ("system", 1)]
    assert set(tasks_of(engine, order.order_id)) == {"a"}
    assert agrees(engine, order)


def test_an_operator_that_fails_again_leaves_a_new_incident(engine, counted):
    deploy(engine, script("zero", "n = 0"), count("one"), path("s", "zero", "one", "e"), operators=(COUNTING,))
    counted.refusing.append(True)
    order = accept(engine)
    (incident,) = page(engine, order)[0].incidents

    assert order.state == "RUNNING"
    assert not engine.run(RetryIncident(incident["id"], uuid4().hex), SYSTEM).mended
    assert [one["resolved_at"] is None for one in page(engine, order)[0].incidents] == [False, True]
    counted.refusing.clear()
    assert engine.run(RetryIncident(page(engine, order)[0].incidents[-1]["id"], uuid4().hex), SYSTEM).mended
    assert page(engine, order)[0].head["status"] == "COMPLETED"


def test_an_answer_from_outside_goes_on_to_inner_calls(engine, counted):
    deploy(
        engine,
        script("zero", "n = 0"),
        service("send", "notify.send"),
        count("one"),
        user("a"),
        path("s", "zero", "send", "one", "a", "e"),
        operators=(COUNTING,),
    )
    order = accept(engine)
    (call,) = calls(engine, order)
    engine.run(RecordReply(call["call_id"], uuid4().hex, result={"ok": True}), SYSTEM)

    assert counted.seen == [("system", 0)]
    assert [(row["operator"], row["state"]) for row in calls(engine, order)] == [("notify.send", "ANSWERED")]
    assert set(tasks_of(engine, order.order_id)) == {"a"}


def test_what_one_part_of_a_step_opens_and_the_next_takes_back_never_was(engine, counted):
    deploy(
        engine,
        script("zero", "n = 0"),
        node("parallelGateway", "fork"),
        user("a"),
        boundary("t", "a", "PT1H"),
        count("one"),
        node("endEvent", "stop", "<bpmn:terminateEventDefinition/>"),
        path("s", "zero", "fork", "a", "e"),
        path("fork", "one", "stop"),
        flow("t", "e"),
        operators=(COUNTING,),
    )
    order = accept(engine)
    found, entries = page(engine, order)

    assert found.head["status"] == "COMPLETED"
    assert (found.tasks, found.timers, calls(engine, order)) == ([], [], [])
    assert "opened" not in entries[-2].body and "cancelled" not in entries[-2].body
    assert [entry.kind for entry in entries[-2:]] == ["OrderStarted", "Counted"]


@pytest.mark.parametrize("n_more", [0, 1])
def test_a_diagram_may_ask_for_a_hundred_inner_calls_a_step(engine, counted, n_more):
    deploy(
        engine,
        user("a"),
        script("zero", "n = 0"),
        node("exclusiveGateway", "again", default="f_on"),
        count("one"),
        user("b"),
        path("s", "a", "zero", "again"),
        flow("again", "one", f"n < {N_MAX_CALLS + n_more}"),
        flow("one", "again"),
        flow("again", "b", id="f_on"),
        flow("b", "e"),
        operators=(COUNTING,),
    )
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    found, _ = page(engine, order)

    assert len(counted.seen) == N_MAX_CALLS
    assert [incident["code"] for incident in found.incidents] == ["inner_budget"] * n_more
    assert set(tasks_of(engine, order.order_id)) == (set() if n_more else {"b"})
    assert {task.element_id: task.state for task in found.tasks}["a"] == "DONE"


def test_a_plain_completion_sends_few_statements(engine, backend):
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    task_id = tasks_of(engine, accept(engine).order_id)["a"].id
    sent = []
    event.listen(engine.database.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    complete(engine, task_id)

    n_sent = sum(not statement.startswith("PRAGMA") for statement in sent)
    # SQLite's BEGIN IMMEDIATE is one of them; where no deadline is counted, nobody asks for the calendar.
    assert n_sent == {"sqlite": 8, "postgresql": 7}[backend]
