"""For how long a suspension may stop the clocks, by the table of caps. Decides nothing else, keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from engine.commands import clockwork
from engine.commands.clockwork import shanghai_day
from engine.commands.promise_rules import decide
from engine.commands.tx import Tx
from engine.domain.holds import CAP, cap_of


@dataclass(frozen=True, slots=True)
class Capped:
    """Until the end of which day a suspension that begins now may stop clocks; None without a cap. `told` is for the
    record: the cap, what earlier pauses on the same ground have used of it, and the decision."""

    on: date | None
    days: int | None
    told: dict[str, Any]
    decisions: list[dict[str, Any]]

    @property
    def at_once(self) -> bool:
        """Is nothing left of it? Then the suspension stops no clock at all."""
        return self.days == 0


def cap_for(tx: Tx, reason_code: str) -> Capped:
    """What is left for one more pause on this ground. Raises Unavailable when no table decides it."""
    found = decide(tx, CAP, {"reason_code": reason_code})
    cap = cap_of(found.value)
    if cap is None:
        return Capped(None, None, {}, found.told)
    earlier = clockwork.of(tx).paused_days(reason_code)
    left = cap.left(earlier.values())
    on = shanghai_day(tx.received_at) + timedelta(days=left)
    told = {
        "max_days": cap.max_days,
        "max_times": cap.max_times,
        "n_earlier": len(earlier),
        "days_earlier": sum(earlier.values()),
        "cap_on": on,
    }
    return Capped(on, left, told, found.told)
