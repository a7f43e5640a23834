"""Which schedulers live, and what each knows of itself and of its clock, as their heartbeats tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.queries.view import View
from engine.store import house

GONE = timedelta(hours=1)
"""Who has been silent for longer was taken away, or replaced by another; nobody need be alarmed about him any more."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """One scheduler process. `skew_s` is how far its host's clock is ahead of the database's, None if it cannot know;
    `listening` is None where there is nothing to listen to; `fires` is what lateness.py counts."""

    worker: str
    started_at: datetime
    at: datetime
    is_silent: bool
    skew_s: float | None
    clock_off: bool
    listening: bool | None
    fires: dict[str, Any]

    @property
    def n_fired(self) -> int:
        """Timers fired since it began."""
        counts = self.fires.get("counts") or [0]
        return int(counts[-1])


def schedulers(view: View) -> list[Scheduler]:
    """Those heard of within the last hour."""
    silent = timedelta(seconds=view.world.settings.scheduler_silent_seconds)
    found = []
    for row in house.beats(view.connection):
        age, detail = view.now - row["at"], row["detail"]
        if detail.get("kind") == "scheduler" and age <= GONE:
            found.append(
                Scheduler(
                    worker=row["worker"],
                    started_at=row["started_at"],
                    at=row["at"],
                    is_silent=age > silent,
                    skew_s=detail.get("skew_s"),
                    clock_off=bool(detail.get("clock_off")),
                    listening=detail.get("listening"),
                    fires=detail.get("fires") or {},
                )
            )
    return found
