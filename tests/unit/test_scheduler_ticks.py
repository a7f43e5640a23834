from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from engine.clock import ManualClock
from engine.errors import AlreadyFired, EngineError, Unavailable
from scheduler.schedule import Schedule
from scheduler.ticks import BATCH, Ticks


class FewTimers:
    """An engine with so many due timers, some of which cannot be fired."""

    worker = "here:1"

    def __init__(self, n_due: int, failing: dict[str, Exception] | None = None) -> None:
        self.clock = ManualClock("2026-07-01T09:00+08:00")
        self.due = [f"t{number:04d}" for number in range(n_due)]
        self.failing = failing or {}
        self.fired: list[str] = []
        self.keys: list[str] = []
        self.n_claims = 0

    def claim_due_timers(self, limit):
        self.n_claims += 1
        claimed, self.due = self.due[:limit], self.due[limit:]
        return dict.fromkeys(claimed, self.clock.now())

    def run(self, command, actor):
        if command.timer_id in self.failing:
            raise self.failing[command.timer_id]
        self.fired.append(command.timer_id)
        self.keys.append(command.key)
        return SimpleNamespace(timer_id=command.timer_id, late_seconds=3)


def test_a_backlog_of_any_length_is_fired_in_due_order_in_one_tick():
    engine = FewTimers(3 * BATCH + 7)
    wanted = list(engine.due)

    assert Ticks(engine, threading.Event()).fire_due_timers() == len(wanted)
    assert engine.fired == wanted
    assert engine.keys[0] == "fire:t0000"


@pytest.mark.parametrize(
    "error", [AlreadyFired(), Unavailable(), EngineError("?"), RecursionError(), ZeroDivisionError()]
)
def test_a_timer_that_fails_does_not_stop_the_others(error):
    engine = FewTimers(5, failing={"t0001": error})

    assert Ticks(engine, threading.Event()).fire_due_timers() == 4
    assert engine.fired == ["t0000", "t0002", "t0003", "t0004"]


def test_a_batch_begun_is_finished_when_told_to_stop():
    engine, stop = FewTimers(2 * BATCH), threading.Event()
    run = engine.run

    def run_and_stop(command, actor):
        stop.set()
        return run(command, actor)

    engine.run = run_and_stop
    Ticks(engine, stop).fire_due_timers()

    assert len(engine.fired) == BATCH
    assert len(engine.due) == BATCH


def test_nothing_is_claimed_after_the_stop():
    engine, stop = FewTimers(5), threading.Event()
    stop.set()

    assert Ticks(engine, stop).fire_due_timers() == 0
    assert engine.n_claims == 0


def test_jobs_never_skip_and_never_pile_up():
    schedule = Schedule(FewTimers(0), threading.Event())
    jobs = schedule.jobs()

    assert {job.misfire_grace_time for job in jobs} == {None}
    assert {job.coalesce for job in jobs} == {True}
    assert {job.max_instances for job in jobs} == {1}
    assert "fire_due_timers" in {job.id for job in jobs}


def test_a_scheduler_whose_tick_hangs_is_not_alive(monkeypatch):
    schedule = Schedule(FewTimers(0), threading.Event())
    assert schedule.is_alive()

    monkeypatch.setattr("scheduler.schedule.DEAD_AFTER_SECONDS", -1.0)

    assert not schedule.is_alive()


@pytest.mark.parametrize("away", [timedelta(days=30), timedelta(seconds=2.5)])
def test_after_a_jump_ahead_missed_ticks_are_not_counted_one_by_one(away):
    job = Schedule(FewTimers(0), threading.Event()).jobs()[0]
    before, now = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC) + away

    assert job.trigger.get_next_fire_time(before, before) == before + timedelta(seconds=1)
    assert job.trigger.get_next_fire_time(before, now) == now + timedelta(seconds=1)


def test_after_a_jump_back_nothing_waits_for_the_old_time():
    schedule, host = Schedule(FewTimers(0), threading.Event()), ManualClock("2026-07-01T09:00+08:00")
    for job in schedule.jobs():
        job.modify(next_run_time=host.now())
    schedule._host = host
    schedule.mend()
    assert {job.next_run_time for job in schedule.jobs()} == {host.now()}
    host.advance(days=-1)
    schedule.mend()
    assert {job.next_run_time for job in schedule.jobs()} == {host.now()}
