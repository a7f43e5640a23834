"""Timers as the scheduler asks for them: which are due, and how many nobody has fired."""

from __future__ import annotations

from datetime import datetime

from engine.queries.view import View
from engine.store import timers
from engine.store.timers import Backlog


def due_timers(view: View, now: datetime, limit: int) -> list[str]:
    """Ids of timers due at or before `now`, longest overdue first."""
    return timers.due(view.connection, now, limit)


def backlog(view: View) -> Backlog:
    """How many timers are due and not fired, and since when the oldest is."""
    return timers.backlog(view.connection, view.now)
