"""Real schedulers on hosts whose time of day is wrong or jumps; the steady clock and the machine stay as they are."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from engine.store import house
from engine.store.tables import connection_order, timer
from engine.store.tables_house import audit_event
from engine.store.uow import UnitOfWork
from tests.bench.ours import Ours
from tests.bench.timers import TIMER, n_left
from tests.faketime import WrongClock
from tests.postgres import Cluster
from tests.schedulers import SchedulerProcess, wait_until

JUMPS = (1, -1, 60, -60, 3600, -3600, 86400, -86400)
N_EACH = int(os.environ.get("YIKUO_TIME_N", "25"))
PATIENCE = 120.0
LIMIT = 300

WITNESS = """
CREATE TABLE witness (timer_id text, at timestamptz, due_at timestamptz);
CREATE FUNCTION bear_witness() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO witness VALUES (NEW.id, clock_timestamp(), NEW.due_at); RETURN NEW; END $$;
CREATE TRIGGER witness AFTER UPDATE ON timer FOR EACH ROW
WHEN (NEW.state = 'FIRED' AND OLD.state <> 'FIRED') EXECUTE FUNCTION bear_witness();
"""


@pytest.fixture
def clock(tmp_path):
    """In a folder that the database's user may read."""
    place = Path(tempfile.mkdtemp(prefix="yikuo-clock-"))
    place.chmod(0o755)
    yield WrongClock(place / "offset")
    shutil.rmtree(place)


class House:
    """An installation, its schedulers, and what they did."""

    def __init__(self, url, folder):
        self.ours, self.folder, self.url = Ours(url, folder / "var"), folder, url
        self.ours.deploy(TIMER)
        self.orders, self.processes = [], {}
        if self.ours.engine.database.dialect == "postgresql":
            with UnitOfWork(self.ours.engine.database) as uow:
                uow.connection.exec_driver_sql(WITNESS)
                uow.finish()

    def start(self, name, clock=None):
        self.processes[name] = SchedulerProcess(
            self.url,
            self.ours.settings.var_dir,
            self.folder / f"{name}.log",
            tick=0.2,
            YIKUO_TIMER_LEASE_SECONDS="2",
            **(clock.environment if clock else {}),
        )

    def said(self, name, action):
        return (self.folder / f"{name}.log").read_text(encoding="utf-8").count(f'"{action}"')

    def says(self, name, action):
        return wait_until(lambda: self.said(name, action) > 0, PATIENCE)

    def arm(self, first, n=N_EACH, every=0.04):
        """Timers due from an instant on; gives their orders."""
        batch = [self.ours.accept("bench") for _ in range(n)]
        with UnitOfWork(self.ours.engine.database) as uow:
            for number, order_id in enumerate(batch):
                due_at = first + timedelta(seconds=every * number)
                uow.run(update(timer).where(timer.c.order_id == order_id).values(due_at=due_at))
                uow.run(update(connection_order).where(connection_order.c.id == order_id).values(next_due_at=due_at))
            uow.finish()
        self.orders += batch
        return batch

    def all_fired(self, batch, seconds=PATIENCE):
        return wait_until(lambda: n_left(self.ours, batch) == 0, seconds)

    def skew_known(self, seconds, off):
        """Has some scheduler told of this skew?"""

        def told():
            with self.ours.engine.read() as view:
                rows = [row["detail"] for row in house.beats(view.connection)]
            return any(abs(row["skew_s"] - seconds) < 5 and row["clock_off"] is off for row in rows)

        return wait_until(told, PATIENCE)

    def judge(self):
        """Each fired once, none before it was due: by its own row and, on PostgreSQL, by the database's clock."""
        with self.ours.engine.read() as view:
            rows = view.connection.execute(
                select(timer.c.state, timer.c.due_at, timer.c.fired_at).where(timer.c.order_id.in_(self.orders))
            ).all()
            fired = view.connection.execute(select(audit_event.c.chain).where(audit_event.c.kind == "TimerFired"))
            assert Counter(fired.scalars()) == dict.fromkeys(self.orders, 1)
            if self.ours.engine.database.dialect == "postgresql":
                seen = "SELECT count(*), count(DISTINCT timer_id), count(*) FILTER (WHERE at < due_at) FROM witness"
                n_seen = len(self.orders)
                assert tuple(view.connection.execute(text(seen)).one()) == (n_seen, n_seen, 0)
        assert Counter(row.state for row in rows) == {"FIRED": len(self.orders)}
        assert min((row.fired_at - row.due_at) for row in rows) >= timedelta(0)

    def stop(self):
        return {name: process.stop() for name, process in self.processes.items()}

    def close(self):
        for process in self.processes.values():
            process.kill()
        self.ours.engine.close()


@pytest.fixture
def site(database_url, tmp_path):
    made = House(database_url, tmp_path)
    yield made
    made.close()


def soon(site, seconds=0.3):
    return site.ours.engine.clock.now() + timedelta(seconds=seconds)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_one_host_is_off_and_the_other_is_right(site, clock):
    site.start("right")
    site.start("wrong", clock)
    for ahead in JUMPS:
        clock.ahead(ahead)
        off = abs(ahead) > LIMIT
        if off:
            assert site.skew_known(ahead, off=True)
        before = site.said("wrong", "timer.fired")
        assert site.all_fired(site.arm(soon(site)))
        if off:
            assert site.said("wrong", "timer.fired") == before
    assert site.said("wrong", "clock.off") >= 1
    assert site.said("wrong", "clock.agrees") == 0
    clock.ahead(0)
    assert site.says("wrong", "clock.agrees")
    assert site.said("right", "clock.off") == 0
    assert site.stop() == {"right": 0, "wrong": 0}
    site.judge()


@pytest.mark.parametrize("backend", ["postgresql"])
@pytest.mark.parametrize("ahead", [3600, -3600])
def test_nothing_fires_while_every_host_is_off_and_all_of_it_afterwards(site, clock, ahead):
    clock.ahead(ahead)
    for name in ("one", "other"):
        site.start(name, clock)
    assert site.says("one", "clock.off")
    assert site.says("other", "clock.off")
    batch = site.arm(soon(site, -5))
    assert not site.all_fired(batch, 3)
    assert n_left(site.ours, batch) == len(batch)

    clock.ahead(0)
    assert site.all_fired(batch)
    assert site.says("one", "clock.agrees")
    assert site.stop() == {"one": 0, "other": 0}
    site.judge()


def test_the_database_is_off(clock, tmp_path):
    with Cluster(environment=clock.environment) as cluster:
        site = House(cluster.create("off"), tmp_path)
        try:
            site.start("host")
            assert site.all_fired(site.arm(soon(site)))
            later = site.arm(soon(site, 3600))
            clock.ahead(7200)
            assert site.says("host", "clock.off")
            assert not site.all_fired(later, 3)
            assert n_left(site.ours, later) == len(later)
            clock.ahead(0)
            assert site.says("host", "clock.agrees")
            assert n_left(site.ours, later) == len(later)
            site.orders = site.orders[: -len(later)]
            assert site.all_fired(site.arm(soon(site)))
            assert site.stop() == {"host": 0}
            with site.ours.engine.read() as view:
                wanted = select(func.count()).where(timer.c.state == "FIRED")
                assert view.connection.execute(wanted).scalar_one() == 2 * N_EACH
        finally:
            site.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_one_host_of_an_installation_jumps(site, clock):
    site.start("host", clock)
    for ahead in JUMPS:
        clock.ahead(ahead)
        assert site.all_fired(site.arm(datetime.now(UTC) + timedelta(seconds=ahead + 0.3)))
    clock.ahead(-86400)
    waiting = site.arm(datetime.now(UTC))
    assert not site.all_fired(waiting, 3)
    clock.ahead(0)
    assert site.all_fired(waiting)
    assert site.says("host", "clock.jumped")
    assert site.says("host", "clock.set_back")
    assert site.stop() == {"host": 0}
    site.judge()


MOMENTS = (
    "2026-12-31T16:00:00+00:00",  # the year ends in Shanghai
    "2027-01-01T00:00:00+00:00",  # and in UTC
    "2028-02-28T16:00:00+00:00",  # 29 February begins
    "2028-02-29T16:00:00+00:00",  # and ends
)


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_years_end_and_leap_days_pass(clock, backend, tmp_path):
    cluster = Cluster(environment=clock.environment) if backend == "postgresql" else None
    site = House(cluster.create("moments") if cluster else f"sqlite:///{tmp_path / 'moments.db'}", tmp_path)
    try:
        lead, moments = timedelta(seconds=2), [datetime.fromisoformat(moment) for moment in MOMENTS]
        batches = [site.arm(moment - lead, every=2 * lead.total_seconds() / N_EACH) for moment in moments]
        for name in ("one", "other"):
            site.start(name, clock)
        for moment, batch in zip(moments, batches, strict=True):
            assert n_left(site.ours, batch) == len(batch)
            clock.ahead((moment - lead - timedelta(seconds=1) - datetime.now(UTC)).total_seconds())
            assert site.all_fired(batch)
        assert site.stop() == {"one": 0, "other": 0}
        site.judge()
    finally:
        site.close()
        if cluster:
            cluster.stop()
