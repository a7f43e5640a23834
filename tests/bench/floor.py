"""The floor: the very rows that the engine wrote, written again by the bare driver into a copy of the database.

Nothing is decided, read, hashed or encoded here; what remains is what a durable transaction of these rows costs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url

from engine.store.database import Database
from tests.bench.figures import Samples

WRITES = ("INSERT", "UPDATE", "DELETE", "WITH")


@dataclass
class Transaction:
    """What one transaction wrote: statement, parameters, and whether these are many sets of them."""

    writes: list[tuple[str, Any, bool]] = field(default_factory=list)
    timed: bool = False


class Recorder:
    """Listens to a database of the engine. `timed` marks the transactions that the floor shall be measured on."""

    def __init__(self, database: Database) -> None:
        self.done: list[Transaction] = []
        self.timed = False
        self._open = Transaction()
        event.listen(database.engine, "before_cursor_execute", self._wrote)
        event.listen(database.engine, "commit", self._committed)
        event.listen(database.engine, "rollback", self._dropped)

    def take(self) -> list[Transaction]:
        """All committed since the last call."""
        done, self.done = self.done, []
        return done

    def _wrote(
        self, connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
    ) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            self._open.writes.append((statement, parameters, many))

    def _committed(self, connection: Connection) -> None:
        self._open.timed = self.timed
        if self._open.writes:
            self.done.append(self._open)
        self._open = Transaction()

    def _dropped(self, connection: Connection) -> None:
        self._open = Transaction()


class Floor:
    """A connection of the bare driver, as durable as the engine's."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._connection: Any
        if parsed.get_backend_name() == "sqlite":
            self._connection = sqlite3.connect(str(parsed.database), isolation_level=None, cached_statements=256)
            self._connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;")
            self._replay: Callable[[Transaction], None] = self._replay_sqlite
        else:
            bare = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
            self._connection = psycopg.connect(bare, autocommit=True, options="-c synchronous_commit=on")
            self._replay = self._replay_postgresql

    def follow(self, transactions: list[Transaction]) -> Samples:
        """Write all of them in order; the timed ones are the samples."""
        samples = Samples()
        for transaction in transactions:
            began = time.perf_counter()
            self._replay(transaction)
            if transaction.timed:
                samples.seconds.append(time.perf_counter() - began)
        return samples

    def close(self) -> None:
        self._connection.close()

    def _replay_sqlite(self, transaction: Transaction) -> None:
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        for statement, parameters, many in transaction.writes:
            if many:
                self._connection.executemany(statement, parameters)
            else:
                run(statement, parameters).fetchall()
        run("COMMIT")

    def _replay_postgresql(self, transaction: Transaction) -> None:
        run = self._connection.execute
        run("BEGIN")
        for statement, parameters, many in transaction.writes:
            for one in parameters if many else [parameters]:
                run(statement, one, prepare=True)
        run("COMMIT")


def copy_sqlite(database: Path, to: Path) -> str:
    """A consistent copy of a database in use; gives its address."""
    source, target = sqlite3.connect(database), sqlite3.connect(to)
    source.backup(target)
    source.close()
    target.close()
    return f"sqlite:///{to}"
