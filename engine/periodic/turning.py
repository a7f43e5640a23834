"""When a month is over: its figures, as far as there are any, kept with the run. Freezes nothing."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from engine.clock import SHANGHAI
from engine.store import month

if TYPE_CHECKING:
    from engine.app import Engine
    from engine.periodic.running import Period

LATE_SECONDS = 60
"""A timer that fired so long after it was due counts as late; before, it is a queue."""


def month_turn(engine: Engine, period: Period) -> dict[str, Any]:
    """Orders, late clocks and late timers of the month that is over, as they stand when this runs."""
    begins = datetime.combine(period.first, time(0), SHANGHAI)
    ends = datetime.combine(period.last + timedelta(days=1), time(0), SHANGHAI)
    with engine.read() as view:
        return month.figures(view.connection, begins, ends, LATE_SECONDS)
