from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.app import build
from engine.store.listening import SOON, Listener
from tests.diagrams import boundary, path, user
from tests.orders import accept, deploy, timers_of
from tests.schedulers import SchedulerProcess, wait_until

TICK = SOON.total_seconds()  # what only a tick finds takes longer than these tests wait
PATIENCE = TICK / 2


@pytest.fixture
def backend() -> str:
    return "postgresql"


@pytest.fixture
def site(settings):
    """An installation by the clock of its database, with an order type whose timer is due after a second."""
    engine = build(settings)
    deploy(engine, user("a"), boundary("late", "a", "PT1S", interrupting=False), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    yield engine
    engine.close()


@pytest.fixture
def scheduler(settings, tmp_path):
    process = SchedulerProcess(settings.database_url, settings.var_dir, tmp_path / "scheduler.log", tick=TICK)
    yield process
    process.kill()


def fired(engine, order):
    return [timer["state"] for timer in timers_of(engine, order.order_id).values()] == ["FIRED"]


def said(tmp_path, what):
    return (tmp_path / "scheduler.log").read_text(encoding="utf-8").count(what)


def listeners(engine, do="count(*)"):
    query = f"SELECT {do} FROM pg_stat_activity WHERE query = 'LISTEN yikuo_timer' AND datname = current_database()"
    with engine.read() as view:
        return view.connection.execute(text(query)).scalar()


def test_a_timer_due_in_a_second_does_not_wait_for_the_tick(site, scheduler, tmp_path):
    assert wait_until(lambda: said(tmp_path, "listener.began") == 1, PATIENCE)
    orders = []
    for _ in range(3):
        orders.append(accept(site))
        assert wait_until(lambda: fired(site, orders[-1]), PATIENCE)
    assert scheduler.stop() == 0
    assert listeners(site) == 0


def test_a_lost_connection_is_said_and_made_again(site, scheduler, tmp_path):
    assert wait_until(lambda: listeners(site) == 1, PATIENCE)
    listeners(site, "pg_terminate_backend(pid)")
    assert wait_until(lambda: said(tmp_path, "listener.lost") == 1, PATIENCE)
    order = accept(site)  # nobody listens now, or already again
    assert wait_until(lambda: said(tmp_path, "listener.began") == 2, PATIENCE)
    assert wait_until(lambda: fired(site, order), PATIENCE)
    assert scheduler.stop() == 0


def test_deaf_it_fires_by_ticks(site, settings, tmp_path):
    process = SchedulerProcess(settings.database_url, settings.var_dir, tmp_path / "scheduler.log", tick=0.2)
    try:
        assert wait_until(lambda: listeners(site) == 1, PATIENCE)
        for _ in range(3):
            listeners(site, "pg_terminate_backend(pid)")
            order = accept(site)
            assert wait_until(lambda order=order: fired(site, order), PATIENCE)
        assert said(tmp_path, "listener.lost") >= 1
        assert process.stop() == 0
    finally:
        process.kill()


def test_only_what_is_due_soon_is_said(engine, clock):
    deploy(engine, user("a"), boundary("late", "a", "PT1M", interrupting=False), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    with Listener(engine.database) as listener:
        accept(engine)
        assert listener.hear(5)
        assert not listener.hear(0.1)
        deploy(engine, user("a"), boundary("late", "a", "PT61S", interrupting=False), user("b"), path("s", "a", "e"),
               path("late", "b", "e"))  # fmt: skip
        accept(engine)
        assert not listener.hear(0.5)


def test_the_next_due_instant_is_known(engine, clock):
    deploy(engine, user("a"), boundary("late", "a", "PT1H", interrupting=False), user("b"), path("s", "a", "e"),
           path("late", "b", "e"))  # fmt: skip
    assert engine.next_timer_at() is None
    accept(engine)
    assert engine.next_timer_at() == clock.now() + timedelta(hours=1)
    clock.advance(hours=1)
    assert len(engine.claim_due_timers(10)) == 1
    assert engine.next_timer_at() is None  # leased, not fired: no reason to hurry
