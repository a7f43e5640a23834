from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.errors import NotReady
from engine.kernel.model import Complete, Env, Fire, Hold, Rearm, Retry
from engine.kernel.spiff import advance, start
from tests.diagrams import boundary, message, node, path, timer, user
from tests.kernels import NOW, Case, loaded

BEGUN = datetime(2026, 3, 9, 16, tzinfo=UTC)


def functions(due: datetime, *paused: str) -> dict[str, Callable[..., Any]]:
    def limit(stage: str) -> dict[str, Any]:
        if stage in paused:
            return {"due": None, "why": {"stage": stage, "held": True}}
        return {"due": due, "why": {"rule": "limit", "stage": stage}}

    def at(hour: Any) -> dict[str, Any]:
        return {"due": due.replace(hour=int(hour)), "why": {"rule": "at"}}

    return {"limit": limit, "at": at}


def env(due: datetime = BEGUN, *paused: str) -> Env:
    return Env(NOW, functions(due, *paused))


PARTS = (
    user("a"),
    boundary("total", "a", 'limit("TOTAL")', interrupting=False),
    boundary("survey", "a", 'limit("SITE_SURVEY")'),
    boundary("clock", "a", "at(3)", interrupting=False),
    boundary("plain", "a", "PT1H", interrupting=False),
    user("late"),
    path("s", "a", "e"),
    path("total", "late", "e"),
    path("survey", "e"),
    path("clock", "e"),
    path("plain", "e"),
)
ALL = ["clock", "plain", "survey", "total"]


def test_only_timers_of_the_stage_are_put_aside() -> None:
    case = Case(loaded(*PARTS), env=env())
    before = case.timer("total")
    assert case.timers == ALL
    held = case.step(Hold(("TOTAL", "WORKS")))
    assert held.disarmed == (before,)
    assert held.armed == held.opened == held.closed == ()
    assert case.timers == ["clock", "plain", "survey"]
    assert set(held.pending) == {case.timer(element) for element in case.timers}
    with pytest.raises(NotReady):
        case.step(Fire(before))


def test_a_timer_that_goes_on_is_a_new_one_with_a_new_due() -> None:
    case = Case(loaded(*PARTS), env=env())
    before = case.timer("total")
    case.step(Hold(("TOTAL",)))
    assert case.step(Rearm(("SITE_SURVEY",))).armed == ()
    again = case.step(Rearm(("TOTAL",)), env(BEGUN + timedelta(days=3)))
    (armed,) = again.armed
    assert (armed.timer_id, armed.element_id, armed.due_at) == (f"{before}:1", "total", BEGUN + timedelta(days=3))
    assert armed.why == {"rule": "limit", "stage": "TOTAL"}
    assert case.timers == ALL
    assert again.pending[f"{before}:1"] == armed.due_at
    with pytest.raises(NotReady):
        case.step(Fire(before))
    case.step(Hold(("TOTAL",)))
    assert case.step(Rearm(("TOTAL",))).armed[0].timer_id == f"{before}:2"
    case.step(Fire(f"{before}:2"))
    assert case.open == ["a", "late"]
    assert case.timers == ["clock", "plain", "survey"]


def test_holding_twice_and_rearming_what_runs_changes_nothing() -> None:
    case = Case(loaded(*PARTS), env=env())
    running = case.last.state
    assert case.step(Rearm(("TOTAL",))).state == running
    held = case.step(Hold(("TOTAL",))).state
    assert case.step(Hold(("TOTAL",))).state == held


def test_a_task_may_be_done_while_its_timer_is_aside() -> None:
    case = Case(loaded(*PARTS), env=env())
    case.step(Hold(("TOTAL", "SITE_SURVEY")))
    assert case.finish("a").completed


def test_a_token_that_comes_while_the_clock_is_paused_waits_for_it() -> None:
    parts = (user("x"), timer("intermediateCatchEvent", "t", 'limit("TOTAL")', "timeDate"), path("s", "x", "t", "e"))
    case = Case(loaded(*parts), env=env())
    arrived = case.step(Complete(case.task("x"), {}), env(BEGUN, "TOTAL"))
    assert (arrived.armed, arrived.pending, arrived.completed) == ((), {}, False)
    assert case.standing.current == ("t",)
    (armed,) = case.step(Rearm(("TOTAL",))).armed
    assert armed.due_at == BEGUN
    assert armed.timer_id.endswith(":1")
    assert case.fire("t").completed


def test_a_clock_that_is_still_paused_keeps_its_timers() -> None:
    case = Case(loaded(*PARTS), env=env())
    case.step(Hold(("TOTAL",)))
    assert case.step(Rearm(("TOTAL",)), env(BEGUN, "TOTAL")).armed == ()
    assert case.step(Rearm(("TOTAL",))).armed[0].element_id == "total"


def test_timers_in_a_race_are_held_too() -> None:
    parts = (
        node("eventBasedGateway", "g"),
        timer("intermediateCatchEvent", "t", 'limit("TOTAL")', "timeDate"),
        message("receiveTask", "r", "m1"),
        path("s", "g", "t", "e"),
        path("g", "r", "e"),
    )
    process = loaded(*parts, extra='<bpmn:message id="m1" name="paid"/>')
    case = Case(process, env=env())
    case.step(Hold(("TOTAL",)))
    assert (case.timers, case.messages) == ([], ["r"])
    assert case.deliver("paid").completed
    case = Case(process, env=env())
    case.step(Hold(("TOTAL",)))
    case.step(Rearm(("TOTAL",)))
    assert case.fire("t").completed


def test_a_timer_without_an_instant_at_its_return_is_trouble_and_can_be_retried() -> None:
    process = loaded(*PARTS)
    first = start(process, {}, env())
    held = advance(process, first.state, Hold(("TOTAL",)), env())
    stuck = advance(process, held.state, Rearm(("TOTAL",)), Env(NOW, {"limit": lambda stage: None}))
    assert stuck.trouble is not None
    assert (stuck.trouble.element_id, stuck.trouble.code) == ("total", "timer_no_instant")
    again = advance(process, stuck.state, Retry(), env())
    assert again.trouble is None
    assert [timer.element_id for timer in again.armed] == ["total"]


def test_what_is_held_does_not_grow() -> None:
    case = Case(loaded(*PARTS), env=env())
    sizes = []
    for _ in range(20):
        case.step(Hold(("TOTAL",)))
        case.step(Rearm(("TOTAL",)))
        sizes.append(len(case.last.state))
    assert max(sizes) - min(sizes) <= 1  # the digits of the number
