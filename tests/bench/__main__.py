"""`make bench`: measure everything of the list, print tables, write var/bench.json. `ARGS=--quick` to try it out."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from tests.bench import completions, feel, growth, limits, load, pages, startup, tasklist, timers
from tests.bench.figures import show
from tests.postgres import Cluster

RESULT = Path("var/bench.json")
TITLES = {
    "completions": "Completing tasks of ordinary orders (engine_is: times as fast as that way, median of rounds)",
    "growth": "A looping diagram: cost of one completion and bytes of the instance after so many steps",
    "timers": "Due timers, two scheduler processes, killed on the way (queue_p99_s: from each timer's turn)",
    "ticks": "A tick of the scheduler that finds nothing due, by armed timers",
    "http": "Over HTTP: start + list + complete, per instance, beside the figures that jBPM publishes",
    "feel": "Conditions, cells and decision tables once compiled: µs a time (medians of rounds taken in turns)",
    "limits": "The slowest and the largest of many random and hostile expressions: compiled, evaluated, written",
    "pages": "GET pages over a large stock of orders, in the server's process: p95 is to be <= 300 ms",
    "tasklist": "A page of the task list with so many open tasks in the database, on the server, by who looks at what",
    "startup": "From starting a process to its first answer",
}


def main() -> None:
    options = _options()
    began = time.perf_counter()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="yikuo-bench-") as place, Cluster(durable=True) as cluster:
        for name, measure in _parts(Path(place), cluster, quick=options.quick).items():
            if not options.only or name in options.only:
                results[name] = measure()
                show(TITLES[name], results[name])
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    whole = {"at": datetime.now(UTC).isoformat(), "quick": options.quick, "machine": _machine(), **results}
    RESULT.write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\n{RESULT} written after {time.perf_counter() - began:.0f} s")


def _parts(folder: Path, cluster: Cluster, *, quick: bool) -> dict[str, Callable[[], list[dict[str, Any]]]]:
    def on_both(measure: Callable[..., list[dict[str, Any]]], **how: Any) -> list[dict[str, Any]]:
        name = f"{measure.__module__.rpartition('.')[2]}_{measure.__name__}"
        return [
            *measure("sqlite", f"sqlite:///{folder}/{name}.db", folder, **how),
            *measure("postgresql", cluster.create(name), folder, **how),
        ]

    n_rounds, n_orders = (3, 5) if quick else (10, 25)
    steps = (10, 50, 100) if quick else (10, 100, 1000)
    n_timers, n_steady, n_kills = (400, 50, 2) if quick else (10_000, 500, 20)
    n_armed = (100, 1_000) if quick else (1_000, 10_000, 100_000)
    n_tasks, n_pages = (10_000, 20) if quick else (1_000_000, 200)
    n_instances = 80 if quick else 1000
    return {
        "completions": lambda: completions.measure(folder, cluster, n_rounds=n_rounds, n_orders=n_orders),
        "growth": lambda: on_both(growth.measure, steps=steps),
        "timers": lambda: on_both(timers.measure, n_timers=n_timers, n_steady=n_steady, n_kills=n_kills),
        "ticks": lambda: on_both(timers.idle, n_armed=n_armed, n_ticks=200 if quick else 2_000),
        "http": lambda: on_both(load.measure, n_instances=n_instances),
        "feel": lambda: feel.measure(n_rounds=n_rounds, n_times=1_000 if quick else 5_000),
        "limits": lambda: limits.measure(n_random=500 if quick else 10_000),
        "pages": lambda: on_both(pages.measure, n_orders=2_000 if quick else 100_000, n_times=5 if quick else 40),
        "tasklist": lambda: on_both(tasklist.measure, n_tasks=n_tasks, n_pages=n_pages),
        "startup": lambda: on_both(startup.measure),
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few of everything: to see that it runs")
    parser.add_argument("--only", nargs="+", choices=list(TITLES), help="these parts alone")
    return parser.parse_args()


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "sqlite": sqlite3.sqlite_version,
        "psycopg": psycopg.__version__,
    }


if __name__ == "__main__":
    main()
