"""How often a caller may ask the API: fixed windows of a minute, counted per process and in memory.

A brake against a program gone wild, no defence of passwords: failed logins are counted by the engine, in the database.
"""

from __future__ import annotations

import time
from threading import Lock

from werkzeug.exceptions import TooManyRequests

WINDOW_SECONDS = 60.0
N_MAX_CALLERS = 10_000


class Windows:
    """Counts per caller; forgets a caller when his window is over."""

    def __init__(self, per_window: int) -> None:
        self._per_window = per_window
        self._counts: dict[str, tuple[float, int]] = {}
        self._lock = Lock()

    def count(self, caller: str) -> None:
        """One more request. Raises TooManyRequests with the seconds until the next window."""
        now = time.monotonic()
        with self._lock:
            began, n = self._counts.get(caller, (now, 0))
            if now - began >= WINDOW_SECONDS:
                began, n = now, 0
            self._counts[caller] = (began, n + 1)
            if len(self._counts) > N_MAX_CALLERS:
                self._forget(now)
        if n >= self._per_window:
            raise TooManyRequests(retry_after=int(began + WINDOW_SECONDS - now) + 1)

    def _forget(self, now: float) -> None:
        self._counts = {who: kept for who, kept in self._counts.items() if now - kept[0] < WINDOW_SECONDS}
