"""Says that this process lives, and looks whether time goes on as it should. Fires nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import structlog

from engine.app import Engine
from engine.clock import Clock, SystemClock
from engine.ports.health import states_to_json
from engine.store import timers

LATE = timedelta(minutes=1)
JUMP = timedelta(seconds=60)

log = structlog.get_logger()


class Heartbeat:
    """One row per scheduler process; `more` adds to it what the other parts of the process know of themselves."""

    def __init__(self, engine: Engine, more: Callable[[], dict[str, Any]] = dict, host: Clock | None = None) -> None:
        self._engine = engine
        self._more = more
        self._host = host or SystemClock()
        self._steady_at, self._wall_at = time.monotonic(), self._host.now()
        self._was_off = False

    def beat(self) -> None:
        """Write the row that /readyz and the metrics read, and complain of clocks."""
        self._check_host()
        off = self._check_skew()
        platforms = states_to_json(self._engine.platforms.states())
        back = self._engine.beat(
            kind="scheduler",
            threads=threading.active_count(),
            platforms=platforms,
            skew_s=round(self._engine.clock.skew().total_seconds(), 1),
            clock_off=off,
            **self._more(),
        )
        if back:
            log.critical("the clock was set back", action="clock.set_back", by_s=round(back.total_seconds(), 1))

    def check_self(self) -> None:
        """Complain of timers that nobody fires and of clocks that disagree; a late timer is fired all the same."""
        with self._engine.read() as view:
            due = timers.backlog(view.connection, view.now)
        if due.oldest_due_at is not None and view.now - due.oldest_due_at > LATE:
            late_s = int((view.now - due.oldest_due_at).total_seconds())
            log.warning("timers are late", action="timer.backlog", n=due.n_due, late_s=late_s)
        if self._was_off:
            self._complain()

    def _check_skew(self) -> bool:
        off = self._engine.world.is_clock_off()
        if off and not self._was_off:
            self._complain()
        elif self._was_off and not off:
            log.warning("host and database agree about the time again", action="clock.agrees")
        self._was_off = off
        return off

    def _complain(self) -> None:
        skew_s = round(self._engine.clock.skew().total_seconds(), 1)
        log.critical("host and database disagree about the time: no timer fires", action="clock.off", skew_s=skew_s)

    def _check_host(self) -> None:
        wall_at, steady_at = self._host.now(), time.monotonic()
        drift = (wall_at - self._wall_at) - timedelta(seconds=steady_at - self._steady_at)
        self._wall_at, self._steady_at = wall_at, steady_at
        if abs(drift) > JUMP:
            log.critical("the host's clock jumped", action="clock.jumped", by_s=round(drift.total_seconds(), 1))
