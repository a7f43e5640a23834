"""How often a caller may ask the API: fixed windows of a minute, counted per process and in memory.

A brake against a program gone wild, no defence of passwords: failed logins are counted by the engine, in the database.
"""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests


class Brake:
    """Counts the requests of each caller."""

    def __init__(self, per_minute: int) -> None:
        self._window = RateLimitItemPerMinute(per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, caller: str) -> None:
        """One more request. Raises TooManyRequests with the seconds until the next window."""
        if not self._limiter.hit(self._window, caller):
            ends_at = self._limiter.get_window_stats(self._window, caller).reset_time
            raise TooManyRequests(retry_after=max(1, int(ends_at - time.time()) + 1))
