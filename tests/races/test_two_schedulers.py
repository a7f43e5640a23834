from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from engine.store.tables import task, timer
from engine.store.tables_house import audit_event
from tests.bench.ours import Ours
from tests.bench.timers import TIMER, due_now, n_left
from tests.schedulers import SchedulerProcess, wait_until

N_TIMERS = 500  # on each of the two databases


@pytest.fixture
def installation(database_url, tmp_path):
    ours = Ours(database_url, tmp_path)
    ours.deploy(TIMER)
    yield ours
    ours.engine.close()


def started(installation, tmp_path, **environment):
    url = installation.settings.database_url
    return SchedulerProcess(url, tmp_path, tmp_path / "scheduler.log", tick=0.1, **environment)


def test_each_timer_fires_once_though_one_of_two_schedulers_is_killed(installation, tmp_path):
    orders = [installation.accept("bench") for _ in range(N_TIMERS)]
    due_now(installation, orders)
    schedulers = [started(installation, tmp_path, YIKUO_TIMER_LEASE_SECONDS="3") for _ in range(2)]
    try:
        assert wait_until(lambda: n_left(installation, orders) < N_TIMERS * 3 // 4, 120)
        schedulers[0].kill()
        assert n_left(installation, orders) > 0, "killed too late to prove anything"
        assert wait_until(lambda: n_left(installation, orders) == 0, 120)
        assert schedulers[1].stop() == 0
    finally:
        for scheduler in schedulers:
            scheduler.kill()

    with installation.engine.read() as view:
        fired = Counter(
            view.connection.execute(select(audit_event.c.chain).where(audit_event.c.kind == "TimerFired")).scalars()
        )
        states = Counter(view.connection.execute(select(timer.c.state).where(timer.c.order_id.in_(orders))).scalars())
        opened = Counter(view.connection.execute(select(task.c.order_id).where(task.c.order_id.in_(orders))).scalars())
    assert states == {"FIRED": N_TIMERS}
    assert fired == dict.fromkeys(orders, 1)
    assert opened == dict.fromkeys(orders, 1)


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
