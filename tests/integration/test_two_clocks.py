"""What is held while clocks disagree, and what is said about it."""

from __future__ import annotations

from datetime import time, timedelta
from uuid import uuid4

import pytest
import structlog

from engine.clock import SystemClock
from engine.commands.fire_timer import FireTimer
from engine.errors import ClockOff
from engine.periodic import Periodic, run_due
from engine.policy import SYSTEM
from engine.store import clock_marks, house
from scheduler.heartbeat import Heartbeat
from tests.diagrams import boundary, path, user
from tests.orders import accept, complete, deploy, tasks_of, timers_of

LIMIT = timedelta(minutes=5)
LITTLE = timedelta(seconds=1)


@pytest.fixture
def order(engine):
    deploy(engine, user("a"), boundary("late", "a", "PT1H", interrupting=False), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    return accept(engine)


def states(engine, order):
    return {name: timer["state"] for name, timer in timers_of(engine, order.order_id).items()}


@pytest.mark.parametrize("skew", [LIMIT + LITTLE, -LIMIT - LITTLE])
def test_nothing_fires_while_they_disagree_and_it_goes_on_by_itself(engine, clock, order, skew):
    timer_id = timers_of(engine, order.order_id)["late"]["id"]
    clock.advance(hours=2)
    clock.host_ahead = skew

    assert engine.claim_due_timers(10) == {}
    with pytest.raises(ClockOff):
        engine.run(FireTimer(timer_id, uuid4().hex), SYSTEM)
    with pytest.raises(ClockOff):  # the deadline came first, and must not take effect now
        complete(engine, tasks_of(engine, order.order_id)["a"].id)
    assert states(engine, order) == {"late": "PENDING"}

    clock.host_ahead = LIMIT
    assert list(engine.claim_due_timers(10)) == [timer_id]
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    assert states(engine, order) == {"late": "FIRED"}


def test_what_no_deadline_hangs_on_is_served(engine, clock, order):
    clock.host_ahead = 2 * LIMIT

    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    assert states(engine, order) == {"late": "CANCELLED"}


def test_no_period_begins_while_they_disagree(engine, clock):
    work = Periodic("seen", "day", time(3), lambda engine, period: {})
    clock.host_ahead = -2 * LIMIT
    assert run_due(engine, [work]) == 0
    clock.host_ahead = timedelta(0)
    assert run_due(engine, [work]) == 1


def beats(heart):
    """What is said by one heartbeat, by its stable name."""
    with structlog.testing.capture_logs() as said:
        heart.beat()
    return [(line["log_level"], line["action"]) for line in said]


def detail(engine):
    with engine.read() as view:
        (row,) = house.beats(view.connection)
    return row["detail"]


def test_the_heartbeat_raises_the_alarm_once_and_tells_when_it_is_over(engine, clock):
    heart = Heartbeat(engine)
    assert beats(heart) == []
    clock.host_ahead = 2 * LIMIT
    assert beats(heart) == [("critical", "clock.off")]
    assert beats(heart) == []
    assert (detail(engine)["clock_off"], detail(engine)["skew_s"]) == (True, 600.0)
    with structlog.testing.capture_logs() as said:
        heart.check_self()
    assert [line["action"] for line in said] == ["clock.off"]
    clock.host_ahead = timedelta(0)
    assert beats(heart) == [("warning", "clock.agrees")]
    assert detail(engine)["clock_off"] is False


def set_back(engine):
    with engine.read() as view:
        return clock_marks.last_set_back(view.connection)


def test_a_clock_set_back_is_an_alarm_once_and_everything_goes_on(engine, clock, order):
    heart = Heartbeat(engine)
    beats(heart)
    clock.advance(hours=3)
    beats(heart)
    clock.advance(seconds=-60)
    assert beats(heart) == []
    assert set_back(engine) is None
    clock.advance(seconds=-1)
    assert beats(heart) == [("critical", "clock.set_back")]
    assert set_back(engine) == clock_marks.SetBack(clock.now(), 61)
    assert beats(heart) == []
    assert len(engine.claim_due_timers(10)) == 1
    clock.advance(days=-1)
    assert beats(Heartbeat(engine)) == [("critical", "clock.set_back")]
    complete(engine, tasks_of(engine, order.order_id)["a"].id)


def test_a_clock_that_is_not_trusted_leaves_no_mark(engine, clock):
    heart = Heartbeat(engine)
    beats(heart)
    clock.advance(days=300)
    clock.host_ahead = -timedelta(days=300)
    beats(heart)
    clock.advance(days=-300)
    clock.host_ahead = timedelta(0)

    assert beats(heart) == [("warning", "clock.agrees")]
    assert set_back(engine) is None


def test_a_host_whose_clock_jumped_says_so(engine, clock):
    class Host:
        ahead = timedelta(0)

        def now(self):
            return SystemClock().now() + self.ahead

    host = Host()
    heart = Heartbeat(engine, host=host)
    assert beats(heart) == []
    host.ahead = -timedelta(days=1)
    assert beats(heart) == [("critical", "clock.jumped")]
    assert beats(heart) == []
