"""Fixtures every tier may use: an empty migrated database on SQLite and on PostgreSQL, and a ready engine on each.

`database_url` is migrated and empty; `settings` and `engine` stand on a copy of an installation after `init`.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.settings import Settings
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables_house import process_file, process_version
from engine.store.uow import UnitOfWork
from tests.orders import KEY
from tests.postgres import Cluster

MORNING = "2026-03-02T09:00:00+08:00"
_EMPTY, _READY = "yikuo_empty", "yikuo_ready"
_numbers = count(1)


def _migrated(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()


def _initialised(url: str, keys: Path) -> None:
    engine = build(Settings(database_url=url, keys_file=keys), ManualClock(MORNING))
    engine.init()
    _withdraw(engine, KEY)
    engine.close()


def _withdraw(engine: Engine, key: str) -> None:
    """Take the shipped process of a key away: tests publish theirs under it, as the first version there is."""
    with UnitOfWork(engine.database) as uow:
        versions = select(process_version.c.id).where(process_version.c.process_key == key)
        uow.run(delete(process_file).where(process_file.c.version_id.in_(versions)))
        uow.run(delete(process_version).where(process_version.c.process_key == key))
        uow.finish()


@pytest.fixture(scope="session")
def keys_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys") / "keys.json"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A cluster of our own with an empty migrated database to copy from."""
    with Cluster() as cluster:
        _migrated(cluster.create(_EMPTY))
        yield cluster


@pytest.fixture(scope="session")
def ready_postgres(postgres: Cluster, keys_file: Path) -> str:
    _initialised(postgres.create(_READY, _EMPTY), keys_file)
    return _READY


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def ready_sqlite(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, keys_file: Path) -> Path:
    path = tmp_path_factory.mktemp("ready") / "ready.db"
    shutil.copyfile(sqlite_template, path)
    _initialised(f"sqlite:///{path}", keys_file)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Whatever uses a database runs on both."""
    kind: str = request.param
    return kind


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, empty database of the test's own."""
    if backend == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "empty.db")
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        yield from _copied(request.getfixturevalue("postgres"), _EMPTY)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def settings(backend: str, request: pytest.FixtureRequest, tmp_path: Path, keys_file: Path) -> Iterator[Settings]:
    """An installation of the test's own, as it is after `init`."""
    if backend == "sqlite":
        shutil.copyfile(request.getfixturevalue("ready_sqlite"), tmp_path / "ready.db")
        urls = iter([f"sqlite:///{tmp_path / 'ready.db'}"])
    else:
        request.getfixturevalue("ready_postgres")
        urls = _copied(request.getfixturevalue("postgres"), _READY)
    url = next(urls)
    (tmp_path / "var").mkdir()
    shutil.copy2(keys_file, tmp_path / "var" / "keys.json")
    yield Settings(database_url=url, var_dir=tmp_path / "var", timer_grace_ms=0)
    next(urls, None)


@pytest.fixture
def clock() -> ManualClock:
    """Stands at a Monday morning until moved."""
    return ManualClock(MORNING)


@pytest.fixture
def engine(settings: Settings, clock: ManualClock) -> Iterator[Engine]:
    """An engine with calendars, organisation, tables and the processes of the checkout."""
    engine = build(settings, clock)
    yield engine
    engine.close()


def _copied(cluster: Cluster, template: str) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, template)
    cluster.drop(name)
