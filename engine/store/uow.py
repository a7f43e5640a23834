"""One transaction: rolled back unless finished. Holds the only commit of the code base."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Connection, CursorResult, Executable

from engine.crashpoints import Point, reach
from engine.errors import Unavailable
from engine.store.database import BUSY_TIMEOUT_MS, Database
from engine.store.failures import translate


class UnitOfWork:
    """`with UnitOfWork(database) as uow:` … `uow.finish()`. Database errors leave it as the engine's own."""

    connection: Connection

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dialect = database.dialect
        self._awaited: list[tuple[Any, Callable[[], Exception]]] | None = None

    def __enter__(self) -> Self:
        self._queues = self.dialect == "sqlite"
        if self._queues and not self.database.turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise Unavailable()
        try:
            self.connection = self.database.engine.connect()
            self.connection.begin()
        except Exception as error:
            self._leave()
            raise (translate(error) or error) from error
        return self

    def _leave(self) -> None:
        if self._queues:
            self.database.turn.release()

    def run(self, statement: Executable, params: Any = None) -> CursorResult[*tuple[Any, ...]]:
        """Execute one statement (or one for each of a list of parameter sets)."""
        return self.connection.execute(statement, params)

    def must(self, statement: Executable, params: Any, lost: Callable[[], Exception]) -> None:
        """Execute a statement that must touch exactly one row, or raise what `lost` makes.

        Inside `together` the count is looked at when the answers are in.
        """
        result = self.run(statement, params)
        if self._awaited is not None:
            self._awaited.append((result.context.cursor, lost))
        elif result.rowcount != 1:
            raise lost()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Send the statements of the block, none of whose answers it reads, without waiting for each.

        On PostgreSQL that is one round trip for all of them (the driver's pipeline); on SQLite there is none to save.
        """
        if self.dialect != "postgresql":
            yield
            return
        driver: Any = self.connection.connection.driver_connection
        self._awaited = []
        try:
            with driver.pipeline():
                yield
            for cursor, lost in self._awaited:
                if cursor.rowcount != 1:
                    raise lost()
        finally:
            self._awaited = None

    def finish(self) -> None:
        """Make it so. After this the caller may be told."""
        reach(Point.BEFORE_COMMIT)
        self.connection.commit()
        reach(Point.AFTER_COMMIT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.connection.rollback()  # harmless after finish(); right after anything else
        except Exception as second:
            error = error or second
            self.connection.invalidate()
        finally:
            try:
                self.connection.close()
            finally:
                self._leave()
        if error is not None and (meant := translate(error)) is not None:
            raise meant from error
