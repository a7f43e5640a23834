from __future__ import annotations

import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text

from engine.errors import Unavailable
from engine.store import locks
from engine.store.database import Database, check_sqlite
from engine.store.failures import BrokenConstraint, Transient, UnsafeDatabase
from engine.store.migrate import differences, is_current, migrate
from engine.store.tables_house import heartbeat, house_value
from engine.store.uow import UnitOfWork

AT = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


def put(uow, name, value="1"):
    uow.run(insert(house_value), {"name": name, "value": value})


def names(database):
    with database.read() as connection:
        return set(connection.execute(select(house_value.c.name)).scalars())


def test_migrations_make_the_tables_of_the_code(database):
    assert is_current(database)
    assert differences(database) == []


def test_migrating_twice_changes_nothing(database):
    migrate(database)

    assert is_current(database)


def test_several_processes_may_migrate_at_once(postgres):
    url = postgres.create("migrated_by_many")

    def one(_):
        database = Database(url)
        migrate(database)
        database.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(4)))

    database = Database(url)
    assert is_current(database)
    database.close()


def test_what_is_not_finished_is_rolled_back(database):
    with UnitOfWork(database) as uow:
        put(uow, "kept")
        uow.finish()
    with UnitOfWork(database) as uow:
        put(uow, "forgotten")
    with pytest.raises(ZeroDivisionError), UnitOfWork(database) as uow:
        put(uow, "broken")
        1 / 0

    assert names(database) == {"kept"}


def test_a_reader_cannot_write(database):
    if database.dialect == "sqlite":
        with database.read() as connection:
            assert connection.execute(text("PRAGMA query_only")).scalar() == 1
    with pytest.raises(Exception, match=r"(?i)read-?only|不可用"), database.read() as connection:
        connection.execute(insert(house_value), {"name": "x", "value": "1"})

    assert names(database) == set()
    with UnitOfWork(database) as uow:  # the connection that read may write again
        put(uow, "after")
        uow.finish()
    assert names(database) == {"after"}


def test_instants_come_back_exactly_and_in_utc(database):
    with UnitOfWork(database) as uow:
        uow.run(insert(heartbeat), {"worker": "w", "started_at": AT, "at": AT, "detail": {"数": [1, None]}})
        uow.finish()
    with database.read() as connection:
        row = connection.execute(select(heartbeat)).one()

    assert (row.at, row.at.utcoffset(), row.detail) == (AT, timedelta(0), {"数": [1, None]})


def test_naive_instants_are_refused(database):
    row = {"worker": "w", "started_at": datetime(2026, 3, 2), "at": datetime.now(UTC), "detail": {}}  # noqa: DTZ001

    with pytest.raises(Exception, match="aware"), UnitOfWork(database) as uow:
        uow.run(insert(heartbeat), row)


def test_numbers_have_no_gaps_and_no_twins(database):
    def take(number):
        with UnitOfWork(database) as uow:
            found = locks.next_number(uow, "n")
            if number % 3:  # every third one is given back
                uow.finish()
                return found
        return None

    with ThreadPoolExecutor(8) as pool:
        taken = sorted(n for n in pool.map(take, range(60)) if n)

    assert taken == list(range(1, 41))


def test_a_broken_constraint_is_an_alarm(database, caplog):
    caplog.set_level(logging.ERROR)
    with UnitOfWork(database) as uow:
        put(uow, "once")
        uow.finish()

    with pytest.raises(BrokenConstraint), UnitOfWork(database) as uow:
        put(uow, "once")
    assert [record.action for record in caplog.records] == ["db.constraint"]


def test_sqlite_waits_for_another_writer(sqlite_template, tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'a.db'}")
    migrate(database)

    def add(number):
        with UnitOfWork(database) as uow:
            put(uow, f"n{number}")
            uow.finish()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(80)))

    assert len(names(database)) == 80
    database.close()


@pytest.mark.parametrize(
    "pragma", ["synchronous = NORMAL", "foreign_keys = OFF", "busy_timeout = 10", "journal_mode = DELETE"]
)
def test_sqlite_is_refused_when_it_may_lose_what_it_acknowledged(tmp_path, pragma):
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    for words in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000", pragma):
        connection.execute(f"PRAGMA {words}")

    with pytest.raises(UnsafeDatabase, match=pragma.split()[0]):
        check_sqlite(connection)
    connection.close()


def test_a_database_that_cannot_keep_anything_is_refused():
    with pytest.raises(UnsafeDatabase), UnitOfWork(Database("sqlite:///:memory:")):
        pass
    with pytest.raises(UnsafeDatabase):
        Database("mysql://localhost/x")


def test_postgres_sessions_are_set_up(postgres):
    database = Database(postgres.create("settings"))
    with database.read() as connection:
        found = {
            name: connection.execute(text(f"SHOW {name}")).scalar()
            for name in ("synchronous_commit", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
        }

    assert found == {
        "synchronous_commit": "on",
        "lock_timeout": "10s",
        "idle_in_transaction_session_timeout": "30s",
        "timezone": "UTC",
    }
    database.close()


def test_a_lost_server_is_transient(postgres):
    database = Database(postgres.create("lost"))
    with UnitOfWork(database) as uow:
        uow.run(text("SELECT 1"))
        backend = uow.run(text("SELECT pg_backend_pid()")).scalar()
        killer = Database(postgres.url("lost"))
        with UnitOfWork(killer) as other:
            other.run(text(f"SELECT pg_terminate_backend({backend})"))
        with pytest.raises(Transient), UnitOfWork(database) as again:
            again.connection.close()
            again.connection = uow.connection
            again.run(text("SELECT 1"))
    killer.close()
    database.close()


def test_a_server_that_is_not_there_is_unavailable():
    database = Database("postgresql:///nothing?host=/nonexistent-socket-folder")
    with pytest.raises(Unavailable), UnitOfWork(database):
        pass
