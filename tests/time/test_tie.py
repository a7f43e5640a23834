"""Rule 8: a completion received at or before the due instant wins; received later, the timer has fired first."""

from __future__ import annotations

import os
from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest

from engine.commands.complete_task import CompleteTask
from engine.commands.fire_timer import FireTimer
from engine.errors import AlreadyDone, AlreadyFired, NotReady
from engine.policy import SYSTEM
from engine.store import tasks
from tests.diagrams import boundary, path, user
from tests.orders import accept, deploy, tasks_of, timers_of

N_CASES = int(os.environ.get("YIKUO_TIE_CASES", "400"))
SPAN = timedelta(hours=1)
MILLISECONDS = range(-5, 6)


@pytest.mark.parametrize("interrupting", [True, False])
def test_the_tie_rule_decides_every_time(engine, clock, interrupting):
    deploy(engine, user("a"), boundary("late", "a", "PT1H", interrupting=interrupting), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    rng, begin = Random(20260507), clock.now()
    for case in range(N_CASES // 2):
        clock.move_to(begin + timedelta(minutes=case))
        order = accept(engine)
        task_id, timer_id = tasks_of(engine, order.order_id)["a"].id, timers_of(engine, order.order_id)["late"]["id"]
        due_at = clock.now() + SPAN
        received_at = due_at + timedelta(milliseconds=MILLISECONDS[case % 11], microseconds=rng.randrange(-400, 401))
        clock.move_to(max(received_at, due_at) + timedelta(milliseconds=rng.choice((0, 1, 300))))

        in_time = received_at <= due_at
        if not in_time and rng.random() < 0.5:
            fire(engine, timer_id)
        outcome = complete(engine, task_id, received_at)
        fire(engine, timer_id)

        states = {row.element_id: row.state for row in rows(engine, order)}
        timer = timers_of(engine, order.order_id)["late"]["state"]
        expected = (
            ("DONE", "CANCELLED", False) if in_time
            else ("REFUSED", "FIRED", True) if interrupting
            else ("DONE", "FIRED", True)
        )  # fmt: skip
        found = (outcome, timer, "b" in states)
        assert found == expected, (case, received_at - due_at)
        if interrupting and not in_time:
            assert states["a"] != "DONE"


def rows(engine, order):
    with engine.read() as view:
        return tasks.of_order(view.connection, order.order_id)


def complete(engine, task_id, received_at):
    try:
        engine.run(CompleteTask(task_id, {}, None, uuid4().hex), SYSTEM, received_at=received_at)
    except (AlreadyDone, NotReady):  # as the timer fired before, or in this transaction
        return "REFUSED"
    return "DONE"


def fire(engine, timer_id):
    """The scheduler's try, which may come to nothing."""
    try:
        engine.run(FireTimer(timer_id, f"fire:{timer_id}"), SYSTEM)
    except (AlreadyFired, NotReady):
        return
