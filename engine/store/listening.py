"""PostgreSQL's NOTIFY: who arms a timer that is due soon says so with the commit, and schedulers that sleep hear it.

Hearing only spares waiting for the next tick. Nothing is lost when nobody hears.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, cast

from sqlalchemy import text

from engine.store.database import Database
from engine.store.failures import Transient, translate
from engine.store.uow import UnitOfWork

SOON = timedelta(seconds=60)
"""What is due later is found by a tick in time: a scheduler looks at least this often. NOTIFY costs every commit a lock
that all of them share, so it is not said of what lies days ahead."""
CHECK_SECONDS = 15.0
_SAY = text("NOTIFY yikuo_timer")


def announce(uow: UnitOfWork, due_at: datetime, now: datetime) -> None:
    """With this transaction a timer is armed; wakes the schedulers if it is due soon. Nothing on SQLite."""
    if uow.dialect == "postgresql" and due_at - now <= SOON:
        uow.run(_SAY)


class Listener:
    """A connection of its own that hears of timers due soon. Raises Transient when it is lost; then make another."""

    def __init__(self, database: Database, steady: Callable[[], float] = time.monotonic) -> None:
        self._steady = steady
        try:
            pooled = database.engine.raw_connection()
            self._driver = cast(Any, pooled.driver_connection)
            pooled.detach()
            self._driver.autocommit = True
            self._driver.execute("LISTEN yikuo_timer")
        except Exception as error:
            raise (translate(error) or error) from error
        self._alive_at = steady()

    def hear(self, seconds: float) -> bool:
        """Wait at most so long; has anything been said?"""
        try:
            heard = any(True for _ in self._driver.notifies(timeout=seconds, stop_after=1))
            if heard:
                self._alive_at = self._steady()
            elif self._steady() - self._alive_at > CHECK_SECONDS:
                self._driver.execute("SELECT 1")  # a connection that died in silence looks like one that hears nothing
                self._alive_at = self._steady()
        except Exception as error:
            raise Transient() from error
        return heard

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._driver.close()
