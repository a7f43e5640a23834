"""How late timers fire, counted as Prometheus counts: so many not later than each bound. Knows no clock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BOUNDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0, 3600.0, 86400.0)
"""Seconds."""


class Lateness:
    """Counts of one process since it began; written by one thread, read by any."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """One timer fired so long after it was due."""
        self._counts[sum(1 for bound in BOUNDS if seconds > bound)] += 1
        self._sum += max(0.0, seconds)

    def to_json(self) -> dict[str, Any]:
        """For the heartbeat: cumulative counts, the last of them of all."""
        total, counts = 0, []
        for n in self._counts:
            total += n
            counts.append(total)
        return {"counts": counts, "sum_s": round(self._sum, 3)}


def buckets(told: Mapping[str, Any]) -> tuple[list[tuple[str, float]], float] | None:
    """A heartbeat's counts as (upper bound, count) with their sum; None from a release with other bounds."""
    counts = told.get("counts", ())
    if len(counts) != len(BOUNDS) + 1:
        return None
    return list(zip([*(str(bound) for bound in BOUNDS), "+Inf"], map(float, counts), strict=True)), float(told["sum_s"])
