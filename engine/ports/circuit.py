"""A circuit breaker for each platform: opens after failures in a row, lets a trial through after a while.

pybreaker counts by the host's clock; the storage here makes it follow the engine's clock instead, so that a day of
virtual time is a day for the breaker too. Knows no platform and no HTTP.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pybreaker

from engine.clock import Clock, SystemClock
from engine.ports.failures import Refused

CLOSED, OPEN, HALF_OPEN = pybreaker.STATE_CLOSED, pybreaker.STATE_OPEN, pybreaker.STATE_HALF_OPEN

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CircuitState:
    """How a platform does, seen from this process. `since`: when the state began; `reason`: the last failure's code."""

    platform: str
    state: str
    since: datetime
    n_failures: int
    reason: str


class Circuit:
    """The breaker of one platform and what it tells about itself. Threads share it."""

    def __init__(self, platform: str, clock: Clock, *, n_failures: int, open_seconds: float) -> None:
        self._platform, self._clock = platform, clock
        self._since, self._reason = clock.now(), ""
        self.breaker = pybreaker.CircuitBreaker(
            fail_max=n_failures,
            reset_timeout=open_seconds,
            exclude=[Refused],
            listeners=[_Listener(self)],
            state_storage=_Storage(clock),
            name=platform,
            throw_new_error_on_trip=False,
        )

    def state(self) -> CircuitState:
        """As it stands now."""
        found = self.breaker.current_state
        return CircuitState(self._platform, found, self._since, self.breaker.fail_counter, self._reason)

    def failed(self, error: BaseException) -> None:
        """Remember why."""
        self._reason = str(getattr(error, "reason", type(error).__name__))

    def changed(self, state: str) -> None:
        """Remember since when, and say it."""
        self._since = self._clock.now()
        if state == CLOSED:
            self._reason = ""
        told = {"action": f"circuit.{state}", "platform": self._platform, "reason": self._reason}
        log.log(logging.INFO if state == CLOSED else logging.WARNING, "circuit changed", extra=told)


class _Listener(pybreaker.CircuitBreakerListener):
    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit

    def failure(self, cb: pybreaker.CircuitBreaker, exc: BaseException) -> None:
        self._circuit.failed(exc)

    def state_change(self, cb: pybreaker.CircuitBreaker, old_state: Any, new_state: Any) -> None:
        self._circuit.changed(new_state.name)


class _Storage(pybreaker.CircuitMemoryStorage):
    """Keeps the opening by our clock and tells it by the host's, with which pybreaker compares it."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(CLOSED)
        self._ours, self._hosts = clock, SystemClock()
        self._opened: datetime | None = None

    @property
    def opened_at(self) -> datetime | None:
        if self._opened is None:
            return None
        return self._hosts.now() - (self._ours.now() - self._opened)

    @opened_at.setter
    def opened_at(self, datetime: datetime) -> None:
        self._opened = self._ours.now()
