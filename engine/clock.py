"""What time it is, as an argument. Nothing in `engine` asks the operating system for the hour but `SystemClock`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Gives the present instant, always aware, in UTC."""

    def now(self) -> datetime: ...

    def exact(self) -> datetime:
        """The same, read anew where `now` may be reckoned from an earlier reading."""

    def skew(self) -> timedelta:
        """By how much the host's clock is ahead of this one; zero where this is the host's."""


class SystemClock:
    """The host's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def exact(self) -> datetime:
        return self.now()

    def skew(self) -> timedelta:
        return timedelta(0)


class ManualClock:
    """A clock that stands still until told to move: for tests and rehearsals."""

    def __init__(self, at: datetime | str) -> None:
        instant = datetime.fromisoformat(at) if isinstance(at, str) else at
        if instant.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self._now = instant.astimezone(UTC)
        self.host_ahead = timedelta(0)

    def now(self) -> datetime:
        return self._now

    def exact(self) -> datetime:
        return self._now

    def skew(self) -> timedelta:
        return self.host_ahead

    def move_to(self, instant: datetime) -> None:
        self._now = instant.astimezone(UTC)

    def advance(self, **span: float) -> None:
        self._now += timedelta(**span)
