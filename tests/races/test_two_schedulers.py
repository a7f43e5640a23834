from __future__ import annotations

import os
from collections import Counter

import pytest
from sqlalchemy import select

from engine.store import house, periodic
from engine.store.tables import task, timer
from engine.store.tables_house import audit_event
from tests.bench.ours import Ours
from tests.bench.timers import TIMER, due_now, fire_under_kills, n_left
from tests.schedulers import SchedulerProcess, wait_until

N_TIMERS = int(os.environ.get("YIKUO_RACE_TIMERS", "600"))  # on each of the two databases
N_KILLS = int(os.environ.get("YIKUO_RACE_KILLS", "6"))


@pytest.fixture
def installation(database_url, tmp_path):
    ours = Ours(database_url, tmp_path)
    ours.deploy(TIMER)
    yield ours
    ours.engine.close()


def started(installation, tmp_path, **environment):
    url = installation.settings.database_url
    return SchedulerProcess(url, tmp_path, tmp_path / "scheduler.log", tick=0.1, **environment)


def test_each_timer_fires_once_though_schedulers_are_killed_again_and_again(installation, tmp_path):
    orders = [installation.accept("bench") for _ in range(N_TIMERS)]
    due_now(installation, orders)

    def start():
        return started(installation, tmp_path, YIKUO_TIMER_LEASE_SECONDS="2")

    killed = fire_under_kills(installation, orders, start, N_KILLS)

    assert killed.n_kills == N_KILLS
    assert killed.left_at_last > 0, "killed too late to prove anything"
    assert n_left(installation, orders) == 0
    with installation.engine.read() as view:
        fired = Counter(
            view.connection.execute(select(audit_event.c.chain).where(audit_event.c.kind == "TimerFired")).scalars()
        )
        states = Counter(view.connection.execute(select(timer.c.state).where(timer.c.order_id.in_(orders))).scalars())
        opened = Counter(view.connection.execute(select(task.c.order_id).where(task.c.order_id.in_(orders))).scalars())
    assert states == {"FIRED": N_TIMERS}
    assert fired == dict.fromkeys(orders, 1)
    assert opened == dict.fromkeys(orders, 1)


def test_told_to_stop_it_finishes_what_it_holds_and_says_goodbye(installation, tmp_path):
    orders = [installation.accept("bench") for _ in range(300)]
    due_now(installation, orders)
    scheduler = started(installation, tmp_path)
    try:
        assert wait_until(lambda: 0 < n_left(installation, orders) < 280, 60, every=0.02)
        assert scheduler.stop() == 0
    finally:
        scheduler.kill()

    with installation.engine.read() as view:
        left = view.connection.execute(
            select(timer.c.leased_by).where(timer.c.order_id.in_(orders), timer.c.state == "PENDING")
        )
        assert set(left.scalars()) <= {None}
        assert house.beats(view.connection) == []
        assert all(run.finished_at is not None for run in periodic.recent(view.connection, 100))


def test_a_long_outage_skips_nothing(installation, tmp_path):
    orders = [installation.accept("bench") for _ in range(40)]
    due_now(installation, orders, late_seconds=30 * 24 * 3600)

    scheduler = started(installation, tmp_path)
    try:
        assert wait_until(lambda: n_left(installation, orders) == 0, 60)
        assert scheduler.stop() == 0
    finally:
        scheduler.kill()

    with installation.engine.read() as view:
        rows = view.connection.execute(
            select(timer.c.state, timer.c.late_seconds).where(timer.c.order_id.in_(orders))
        ).all()
    assert {state for state, _ in rows} == {"FIRED"}
    assert min(late for _, late in rows) >= 30 * 24 * 3600
