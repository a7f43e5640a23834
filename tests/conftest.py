"""Fixtures every tier may use: an empty migrated database on SQLite and on PostgreSQL, and an engine on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.settings import Settings
from engine.store.database import Database
from engine.store.migrate import migrate
from tests.postgres import Cluster

MORNING = "2026-03-02T09:00:00+08:00"
_TEMPLATE = "yikuo_template"
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A cluster of our own with one migrated database to copy from."""
    with Cluster() as cluster:
        database = Database(cluster.create(_TEMPLATE))
        migrate(database)
        database.close()
        yield cluster


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, _TEMPLATE)
    cluster.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, var_dir=tmp_path / "var")


@pytest.fixture
def clock() -> ManualClock:
    """Stands at a Monday morning until moved."""
    return ManualClock(MORNING)


@pytest.fixture
def engine(settings: Settings, clock: ManualClock) -> Iterator[Engine]:
    """An engine with calendars, organisation, tables and the processes of the checkout."""
    engine = build(settings, clock)
    engine.init()
    yield engine
    engine.close()
