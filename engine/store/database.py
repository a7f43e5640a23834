"""Opens the database so that it keeps what it acknowledges, or refuses to. Runs no statement of the business."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import URL, make_url

from engine.store.failures import UnsafeDatabase, translate

BUSY_TIMEOUT_MS = 30_000
_SQLITE = (("journal_mode", "wal"), ("synchronous", 2), ("busy_timeout", BUSY_TIMEOUT_MS), ("foreign_keys", 1))
_SQLITE_WORDS = ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON")
_POSTGRES = {
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    "synchronous_commit": "on",
    "default_transaction_isolation": "read committed",
    "TimeZone": "UTC",
}


class Database:
    """A pool of connections, each checked when opened. One per process; threads share it."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url: URL = make_url(url)
        self.turn = threading.Lock()
        """On SQLite the threads of one process queue here: SQLite itself makes a waiting writer poll, which is neither
        quick nor fair. Between processes its own lock still decides."""
        self.dialect = self.url.get_backend_name()
        if self.dialect == "sqlite":
            self.engine = _open_sqlite(self.url, pool_size)
        elif self.dialect == "postgresql":
            self.engine = _open_postgresql(self.url, pool_size)
        else:
            raise UnsafeDatabase(f"不支持的数据库 {self.dialect}", field="database_url")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only transaction: one consistent view, no lock that a writer would notice."""
        try:
            with self.engine.connect().execution_options(yikuo_read=True, **self._read_options()) as connection:
                yield connection
        except Exception as error:
            raise (translate(error) or error) from error

    def _read_options(self) -> dict[str, Any]:
        if self.dialect == "sqlite":
            return {}
        return {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}

    def close(self) -> None:
        """Close every pooled connection; the object stays usable and opens new ones."""
        self.engine.dispose()


def is_made(url: str) -> bool:
    """Is there something to open? Opening makes the file of a SQLite database; a server's has to be asked."""
    read = make_url(url)
    return read.get_backend_name() != "sqlite" or Path(read.database or "").is_file()


def _open_sqlite(url: URL, pool_size: int) -> Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url.set(drivername="sqlite"),
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=200,
        pool_reset_on_return=None,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions of its own kind
    for words in _SQLITE_WORDS:
        connection.execute(f"PRAGMA {words}")
    check_sqlite(connection)


def check_sqlite(connection: Any) -> None:
    """Raise UnsafeDatabase unless the connection really has what was asked for (`:memory:`, for one, has no WAL)."""
    for name, wanted in _SQLITE:
        found = connection.execute(f"PRAGMA {name}").fetchone()[0]
        if found != wanted:
            raise UnsafeDatabase(f"SQLite {name} 为 {found}，应为 {wanted}", field=name)


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("yikuo_read"))
    if connection.info.get("yikuo_read", False) is not reading:
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.info["yikuo_read"] = reading
    # IMMEDIATE takes the write lock before the first read: two writers can never both have read the old row
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _open_postgresql(url: URL, pool_size: int) -> Engine:
    wishes = " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in _POSTGRES.items())
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=200,
        connect_args={"options": wishes, "connect_timeout": 10},
    )
    event.listen(engine, "connect", _check_postgresql)
    return engine


def _check_postgresql(connection: Any, record: object) -> None:
    with connection.cursor() as cursor:
        for name, wanted in _POSTGRES.items():
            found = cursor.execute("SELECT current_setting(%s)", (name,)).fetchone()[0]
            if found != wanted:
                raise UnsafeDatabase(f"PostgreSQL {name} 为 {found}，应为 {wanted}", field=name)
    connection.rollback()
