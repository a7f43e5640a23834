from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from engine.app import build
from engine.clock import ManualClock, SystemClock
from engine.errors import EngineError
from engine.settings import Settings
from engine.store.database import Database
from engine.store.database_clock import DatabaseClock

HOUR = timedelta(hours=1)


@pytest.fixture
def backend() -> str:
    return "postgresql"


class Steady:
    """The host's steady clock, moved by hand."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


class Off:
    """A host whose time of day is wrong."""

    def __init__(self, ahead):
        self.ahead = ahead

    def now(self):
        return SystemClock().now() + self.ahead


def read(database):
    with database.read() as connection:
        return connection.execute(text("SELECT clock_timestamp()")).scalar_one()


def test_it_is_the_databases_time_and_never_ahead_of_it(database):
    clock = DatabaseClock(database)
    told = []
    for _ in range(200):
        before = read(database)
        told.append(clock.exact())
        assert before - timedelta(milliseconds=1) < told[-1] < read(database)
    assert told == sorted(told)


def test_in_between_it_is_not_ahead_either(database):
    clock = DatabaseClock(database)
    for _ in range(200):
        assert clock.now() <= read(database)


@pytest.mark.parametrize("ahead", [HOUR, -HOUR, timedelta(days=1), -timedelta(days=400)])
def test_a_host_that_is_off_is_known_to_be(database, ahead):
    clock = DatabaseClock(database, Off(ahead))

    assert abs(clock.now() - read(database)) < timedelta(minutes=1)
    assert abs(clock.skew() - ahead) < timedelta(minutes=1)
    clock = DatabaseClock(database)
    clock.now()
    assert abs(clock.skew()) < timedelta(seconds=1)


def test_a_jump_of_the_host_moves_nothing(database):
    host = Off(timedelta(0))
    clock = DatabaseClock(database, host)
    before = clock.now()
    host.ahead = timedelta(days=-1)

    assert clock.now() >= before
    clock.exact()
    assert clock.skew() < -timedelta(hours=23)
    host.ahead = timedelta(0)
    clock.exact()
    assert abs(clock.skew()) < timedelta(seconds=1)


def test_between_two_readings_it_goes_by_the_steady_clock(database):
    steady = Steady()
    clock = DatabaseClock(database, steady=steady)
    first = clock.now()
    steady.seconds = 0.5
    assert clock.now() == first + timedelta(seconds=0.5)
    steady.seconds = 1.5
    assert clock.now() < first + timedelta(seconds=1.5)  # read anew: the database has not waited a second and a half


def test_without_the_database_it_goes_on(database, database_url):
    gone = Database(database_url.replace("host=", "host=/nowhere"))
    clock = DatabaseClock(gone, ManualClock("2026-03-02T09:00+08:00"))

    assert clock.now() == ManualClock("2026-03-02T09:00+08:00").now()
    with pytest.raises(EngineError):
        clock.exact()
    gone.close()


def test_an_engine_on_postgresql_goes_by_it(settings):
    engine = build(settings)
    assert isinstance(engine.clock, DatabaseClock)
    engine.close()


def test_an_engine_on_sqlite_goes_by_the_host(tmp_path):
    engine = build(Settings(database_url=f"sqlite:///{tmp_path / 'x.db'}", var_dir=tmp_path))
    assert isinstance(engine.clock, SystemClock)
    engine.close()
