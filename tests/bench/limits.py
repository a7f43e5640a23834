"""The longest time and the most memory of any single expression, of 10,000 random and more than 1,000 hostile ones.

One passage is compile, evaluate, text and JSON. On a shared machine a passage may be interrupted: what took long is
measured again, and the shortest time counts. Memory is measured apart, since watching it costs time.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.expressions.grammar import EXPRESSIONS
from tests.expressions.hostile import hostile
from tests.expressions.thorough import evaluated

MAX_MS, MAX_MB = 50, 10
_SUSPECT_S = 0.015
_N_AGAIN = 4


def measure(n_random: int) -> list[dict[str, Any]]:
    """One row for each set."""
    evaluated("1 + 1")
    return [_row("random", _random(n_random)), _row("hostile", hostile())]


def _random(n: int) -> dict[str, str]:
    """So many different texts, the same each time."""
    texts: dict[str, str] = {}
    number = 0
    while len(texts) < n:
        _collect(number, texts)
        number += 1
    return dict(list(texts.items())[:n])


def _collect(number: int, texts: dict[str, str]) -> None:
    how = settings(
        max_examples=1_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @seed(number)
    @how
    @given(EXPRESSIONS)
    def collect(text: str) -> None:
        texts[text] = text

    collect()


def _row(name: str, texts: Mapping[str, str]) -> dict[str, Any]:
    seconds = {label: _seconds(text) for label, text in texts.items()}
    megabytes = _megabytes(texts)
    slowest, fattest = max(seconds, key=seconds.__getitem__), max(megabytes, key=megabytes.__getitem__)
    return {
        "set": name,
        "n": len(texts),
        "max_ms": round(1000 * seconds[slowest], 1),
        f"over_{MAX_MS}_ms": sum(1000 * each > MAX_MS for each in seconds.values()),
        "max_mb": round(megabytes[fattest], 1),
        f"over_{MAX_MB}_mb": sum(each > MAX_MB for each in megabytes.values()),
        "slowest": slowest[:40],
        "fattest": fattest[:40],
    }


def _seconds(text: str) -> float:
    taken = _once(text)
    for _ in range(_N_AGAIN if taken > _SUSPECT_S else 0):
        taken = min(taken, _once(text))
    return taken


def _once(text: str) -> float:
    began = time.perf_counter()
    evaluated(text)
    return time.perf_counter() - began


def _megabytes(texts: Mapping[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    tracemalloc.start()
    for label, text in texts.items():
        gc.collect(0)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        evaluated(text)
        found[label] = (tracemalloc.get_traced_memory()[1] - before) / 1e6
    tracemalloc.stop()
    return found
