from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.app import build
from engine.commands.complete_task import CompleteTask
from engine.commands.fire_timer import FireTimer
from engine.errors import AlreadyFired, Forbidden, NotReady
from engine.policy import SYSTEM, Actor
from engine.queries import orders, timers
from tests.diagrams import boundary, node, path, user
from tests.orders import CLERK, accept, complete, deploy, tasks_of, timers_of

HOUR = timedelta(hours=1)


@pytest.fixture
def order(engine):
    """Task `a` is taken back after one hour; task `b` is reminded of after two."""
    deploy(
        engine,
        node("parallelGateway", "g"),
        user("a"),
        boundary("late", "a", "PT1H"),
        user("b"),
        boundary("remind", "b", "PT2H", interrupting=False),
        user("c"),
        user("d"),
        path("s", "g", "a", "e"),
        path("g", "b", "e2"),
        path("late", "c", "e3"),
        path("remind", "d", "e4"),
        *(node("endEvent", end) for end in ("e2", "e3", "e4")),
    )
    return accept(engine)


def fire(engine, timer_id, actor=SYSTEM):
    return engine.run(FireTimer(timer_id, uuid4().hex), actor)


def due(engine):
    with engine.read() as view:
        return timers.due_timers(view, engine.clock.now(), 10)


def test_a_timer_waits_until_it_is_due(engine, clock, order):
    armed = timers_of(engine, order.order_id)["late"]

    assert armed["due_at"] == clock.now() + HOUR
    assert due(engine) == []
    with pytest.raises(NotReady):
        fire(engine, armed["id"])
    clock.advance(hours=1)
    assert due(engine) == [armed["id"]]


def test_a_timer_fires_once_and_says_how_late(engine, clock, order):
    timer_id = timers_of(engine, order.order_id)["late"]["id"]
    clock.advance(hours=1, seconds=42)

    assert fire(engine, timer_id).late_seconds == 42
    with pytest.raises(AlreadyFired):
        fire(engine, timer_id)
    stored = timers_of(engine, order.order_id)["late"]
    assert (stored["state"], stored["late_seconds"], stored["fired_at"]) == ("FIRED", 42, clock.now())
    assert set(tasks_of(engine, order.order_id)) == {"b", "c"}


def test_long_overdue_timers_fire_in_due_order(engine, clock, order):
    clock.advance(days=30)
    second = timers_of(engine, order.order_id)["remind"]["id"]
    fire(engine, second)

    with engine.read() as view:
        told = [e.body for e in orders.timeline(view, SYSTEM, order.order_no) if e.kind == "TimerFired"]
    late = [body["late_seconds"] for body in told]
    assert late == [30 * 86400 - 3600, 30 * 86400 - 7200]
    assert set(tasks_of(engine, order.order_id)) == {"b", "c", "d"}


def test_completing_a_task_cancels_its_timer(engine, clock, order):
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    stored = timers_of(engine, order.order_id)

    assert (stored["late"]["state"], stored["remind"]["state"]) == ("CANCELLED", "PENDING")
    with pytest.raises(AlreadyFired):
        fire(engine, stored["late"]["id"])
    clock.advance(hours=2)
    assert due(engine) == [stored["remind"]["id"]]


@pytest.mark.parametrize("milliseconds", [-5, -1, 0])
def test_received_in_time_wins_even_if_the_lock_came_later(engine, clock, order, milliseconds):
    received_at = clock.now() + HOUR + timedelta(milliseconds=milliseconds)
    task_id = tasks_of(engine, order.order_id)["a"].id
    clock.advance(hours=1, seconds=20)

    done = complete(engine, task_id, received_at=received_at)

    assert done.task_id == task_id
    assert timers_of(engine, order.order_id)["late"]["state"] == "CANCELLED"
    assert set(tasks_of(engine, order.order_id)) == {"b"}


@pytest.mark.parametrize("milliseconds", [1, 5])
def test_received_too_late_the_timer_comes_first_and_stays_fired(engine, clock, order, milliseconds):
    received_at = clock.now() + HOUR + timedelta(milliseconds=milliseconds)
    task_id = tasks_of(engine, order.order_id)["a"].id
    clock.move_to(received_at)

    with pytest.raises(NotReady):
        complete(engine, task_id, received_at=received_at)

    assert timers_of(engine, order.order_id)["late"]["state"] == "FIRED"
    assert set(tasks_of(engine, order.order_id)) == {"b", "c"}
    assert engine.verify_audit()["broken"] == []


def test_a_reminder_that_was_overdue_fires_inside_the_completion(engine, clock, order):
    clock.advance(hours=3)
    task_id = tasks_of(engine, order.order_id)["b"].id
    complete(engine, task_id, Actor("boss", "主管", "system", unit_code="33"))

    stored = timers_of(engine, order.order_id)
    assert (stored["late"]["state"], stored["remind"]["state"]) == ("FIRED", "FIRED")
    with engine.read() as view:
        entries = orders.timeline(view, SYSTEM, order.order_no)
    assert [(e.kind, e.actor) for e in entries[-3:]] == [
        ("TimerFired", "system"),
        ("TimerFired", "system"),
        ("TaskDone", "boss"),
    ]


def test_nobody_fires_timers_by_hand(engine, clock, order):
    timer_id = timers_of(engine, order.order_id)["late"]["id"]
    clock.advance(hours=1)

    with pytest.raises(Forbidden):
        fire(engine, timer_id, CLERK)


def test_a_claim_is_a_lease(engine, clock, order, settings):
    clock.advance(hours=2)
    first = engine.claim_due_timers(10)

    assert len(first) == 2
    assert engine.claim_due_timers(10) == {}
    clock.advance(seconds=settings.timer_lease_seconds)
    assert engine.claim_due_timers(10) == first


# What was received at the due instant may wait for the lock still.
def test_one_that_has_only_just_become_due_is_left_to_who_came_before_it(clock, order, settings):
    patient = build(settings.model_copy(update={"timer_grace_ms": 200}), clock)
    task, (due_at, timer_id) = tasks_of(patient, order.order_id)["a"], soonest(patient, order)
    assert patient.next_timer_at() == due_at + timedelta(milliseconds=200)
    clock.move_to(due_at + timedelta(milliseconds=199))
    assert patient.claim_due_timers(10) == {}
    patient.run(CompleteTask(task.id, {}, None, uuid4().hex), CLERK, received_at=due_at)
    clock.advance(milliseconds=1)
    assert timer_id not in patient.claim_due_timers(10)
    patient.close()


def soonest(engine, order):
    return min((row["due_at"], row["id"]) for row in timers_of(engine, order.order_id).values())


def test_the_order_knows_its_next_timer(engine, clock, order):
    fire_at = clock.now() + 2 * HOUR
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    clock.move_to(fire_at + timedelta(seconds=1))
    complete(engine, tasks_of(engine, order.order_id)["b"].id)

    assert timers_of(engine, order.order_id)["remind"]["state"] == "FIRED"
    assert set(tasks_of(engine, order.order_id)) == {"d"}
