"""Days and months as periods of work: which comes next, and when it is due. All by the wall clock of Shanghai."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, TypeAlias

from engine.clock import SHANGHAI

Every: TypeAlias = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class Span:
    """One period: a day, worked on that same day, or a month, worked once it is over. `key` sorts as time does."""

    key: str
    first: date
    last: date
    due_at: datetime


def following(every: Every, at: time, key: str) -> Span:
    """The period after the one of this key."""
    return span_of(every, at, named(every, at, key).last + timedelta(days=1))


def named(every: Every, at: time, key: str) -> Span:
    """The period of this key."""
    return span_of(every, at, date.fromisoformat(key if every == "day" else f"{key}-01"))


def latest_due(every: Every, at: time, now: datetime) -> Span:
    """The newest period that is due."""
    today = now.astimezone(SHANGHAI).date()
    span = span_of(every, at, today)
    while span.due_at > now:
        span = span_of(every, at, span.first - timedelta(days=1))
    return span


def span_of(every: Every, at: time, on: date) -> Span:
    """The period that holds a date."""
    if every == "day":
        return Span(on.isoformat(), on, on, datetime.combine(on, at, SHANGHAI))
    first = on.replace(day=1)
    turn = (first + timedelta(days=31)).replace(day=1)
    return Span(first.isoformat()[:7], first, turn - timedelta(days=1), datetime.combine(turn, at, SHANGHAI))
