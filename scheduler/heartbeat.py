"""Says that this process lives, and looks whether time goes on as it should. Fires nothing."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import structlog

from engine.app import Engine
from engine.ports.health import states_to_json
from engine.store import timers

LATE = timedelta(minutes=1)
BACKWARDS = timedelta(seconds=60)

log = structlog.get_logger()


class Heartbeat:
    """One row per scheduler process; what it fires is counted by the tick."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._steady_at = time.monotonic()
        self._wall_at = engine.clock.now()

    def beat(self) -> None:
        """Write the row that /readyz and the metrics read."""
        platforms = states_to_json(self._engine.platforms.states())
        self._engine.beat(kind="scheduler", threads=threading.active_count(), platforms=platforms)

    def check_self(self) -> None:
        """Complain of timers that nobody fires, and of a clock that jumped; a late timer is fired all the same."""
        with self._engine.read() as view:
            due = timers.backlog(view.connection, view.now)
        if due.oldest_due_at is not None and view.now - due.oldest_due_at > LATE:
            late_s = int((view.now - due.oldest_due_at).total_seconds())
            log.warning("timers are late", action="timer.backlog", n=due.n_due, late_s=late_s)
        self._check_clock()

    def _check_clock(self) -> None:
        wall_at, steady_at = self._engine.clock.now(), time.monotonic()
        drift = (wall_at - self._wall_at) - timedelta(seconds=steady_at - self._steady_at)
        self._wall_at, self._steady_at = wall_at, steady_at
        if abs(drift) > BACKWARDS:
            log.critical("the host's clock jumped", action="clock.jumped", by_s=round(drift.total_seconds(), 1))
