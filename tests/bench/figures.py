"""Samples, rates and the table that is printed. Measures nothing itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any


class Samples:
    """Durations in seconds of one thing done many times."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - began)

    def __len__(self) -> int:
        return len(self.seconds)

    @property
    def rate(self) -> float:
        """How many a second, one after the other."""
        return len(self.seconds) / sum(self.seconds) if self.seconds else 0.0

    def summary(self) -> dict[str, float]:
        return {
            "n": len(self.seconds),
            "per_s": round(self.rate, 1),
            "p50_ms": round(1000 * percentile(self.seconds, 50), 3),
            "p99_ms": round(1000 * percentile(self.seconds, 99), 3),
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` percent of all do not exceed."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def median_ratio(above: Sequence[Samples], below: Sequence[Samples]) -> float:
    """Round by round, so that a slow minute of the machine weighs on both sides of each quotient."""
    quotients = [a.rate / b.rate for a, b in zip(above, below, strict=True) if len(a) and len(b)]
    return round(median(quotients), 2) if quotients else 0.0


def pooled(rounds: Sequence[Samples]) -> Samples:
    whole = Samples()
    for one in rounds:
        whole.seconds += one.seconds
    return whole


def show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    """Print rows as an aligned table; the columns are those of the first row."""
    print(f"\n{title}")
    if not rows:
        return
    names = list(rows[0])
    cells = [names, *([_cell(row.get(name, "")) for name in names] for row in rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for number, line in enumerate(cells):
        padded = [c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))]
        print("  " + "  ".join(padded))
        if number == 0:
            print("  " + "  ".join("-" * w for w in widths), flush=True)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
