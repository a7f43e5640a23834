"""Which outside platforms do not answer now, as the schedulers that speak to them have met it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.ports.circuit import CLOSED
from engine.ports.health import TITLES, states_from_json
from engine.queries.view import View
from engine.store import house

FRESH = timedelta(minutes=1)
"""A scheduler that has been silent for longer knows nothing of now."""


@dataclass(frozen=True, slots=True)
class PlatformOutage:
    """A platform that a scheduler has stopped asking; `reason` is a code, `title` what staff call it."""

    platform: str
    title: str
    since: datetime
    reason: str


def outages(view: View) -> tuple[PlatformOutage, ...]:
    """Platforms that some scheduler finds down, each since the earliest of them; by name."""
    earliest: dict[str, PlatformOutage] = {}
    for beat in house.beats(view.connection):
        if view.now - beat["at"] > FRESH:
            continue
        for state in states_from_json(beat["detail"]):
            known = earliest.get(state.platform)
            if state.state != CLOSED and (known is None or state.since < known.since):
                title = TITLES.get(state.platform, state.platform)
                earliest[state.platform] = PlatformOutage(state.platform, title, state.since, state.reason)
    return tuple(earliest[name] for name in sorted(earliest))
