"""The present instant by the database's clock, so that every host of an installation agrees on it. Not for SQLite,
whose clock is the host's.

Between two readings it goes by the host's steady clock, which no correction of the time of day moves.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import text

from engine.clock import Clock, SystemClock
from engine.errors import EngineError
from engine.store.database import Database

FRESH_SECONDS = 1.0
"""So long a reading serves. Claiming due timers reads anew each time."""
REAL_STEP = timedelta(seconds=1)
"""A smaller step back is the noise of two readings and is not passed on."""

_READ = text("SELECT clock_timestamp()")
log = logging.getLogger(__name__)


class DatabaseClock:
    """One per process; threads share it. Never ahead of the database's clock, unless that was set back since the last
    reading. While the database cannot be asked it goes on; before the first answer it is the host's clock."""

    def __init__(
        self, database: Database, host: Clock | None = None, steady: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._host = host or SystemClock()
        self._steady = steady
        self._turn = threading.Lock()
        self._asked_at = float("-inf")
        self._reading: tuple[datetime, float] | None = None
        self._skew = timedelta(0)
        self._told: datetime | None = None

    def now(self) -> datetime:
        """The present instant, from a reading not older than a second if the database answers."""
        if self._steady() - self._asked_at >= FRESH_SECONDS and self._turn.acquire(blocking=False):
            try:
                self._read()
            except EngineError as error:  # whoever needs the database hears of it in his own words
                log.warning("the database's clock was not read: %s", error.code, extra={"action": "clock.unread"})
            finally:
                self._turn.release()
        return self._reckon()

    def exact(self) -> datetime:
        """The present instant, read now; raises what the database raises."""
        with self._turn:
            self._read()
        return self._reckon()

    def skew(self) -> timedelta:
        """By how much the host's time of day is ahead of the database's, at the last reading."""
        return self._skew

    def _read(self) -> None:
        self._asked_at = self._steady()
        with self._database.read() as connection:
            before = self._host.now()
            instant: datetime = connection.execute(_READ).scalar_one()
            steady, after = self._steady(), self._host.now()
        # Read by the database some time before its answer came: reckoned from the answer on, it is never ahead.
        self._reading = (instant, steady)
        self._skew = max(before - instant, timedelta(0)) + min(after - instant, timedelta(0))

    def _reckon(self) -> datetime:
        if self._reading is None:
            return self._host.now()
        instant, steady = self._reading
        now = instant + timedelta(seconds=self._steady() - steady)
        told = self._told
        if told is not None and timedelta(0) < told - now < REAL_STEP:
            return told
        self._told = now
        return now
