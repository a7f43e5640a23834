"""A looping diagram: bytes and cost of a completion after 10, 100 and 1,000 completed steps, with 1 KB of form data."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select

from engine.store.tables import connection_order
from tests.bench.figures import Samples
from tests.bench.ours import Ours
from tests.bench.plain import plain
from tests.bench.stock import Stock, lift_depth_limit

LOOP = Path("tests/bench/loop")
NOTE = {"work": {"note": "记" * 330 + "0123456789"}}
WINDOW = 20


def measure(name: str, url: str, folder: Path, steps: tuple[int, ...]) -> list[dict[str, Any]]:
    """One row for each age. An old and a young instance are completed in turns, so that the machine's mood cancels."""
    ours = Ours(url, folder / f"growth-{name}")
    ours.deploy(LOOP)
    stock = Stock(ours.engine.database, folder / "loop.bpmn", plain(LOOP / "process.bpmn", folder / "loop.bpmn"))
    lift_depth_limit()
    aged = {n: ours.accept("bench") for n in steps}
    for number, n in enumerate(steps):
        stock.start(number, {"rounds": None})
        for _ in range(n):
            _ours_once(ours, aged[n])
            stock.complete(number, NOTE)
    sizes = {n: (_size(ours, aged[n]), stock.size(number)) for number, n in enumerate(steps)}
    timed: dict[int, tuple[Samples, Samples]] = {n: (Samples(), Samples()) for n in steps}
    for _ in range(WINDOW):
        for number, n in enumerate(steps):
            _ours_once(ours, aged[n], timed[n][0])
            with timed[n][1].one():
                stock.complete(number, NOTE)
    ours.engine.close()
    first = median(timed[steps[0]][0].seconds)
    return [_row(name, n, sizes[n], timed[n], first) for n in steps]


def _row(name: str, n: int, sizes: tuple[int, int], timed: tuple[Samples, Samples], first: float) -> dict[str, Any]:
    engine, stock = median(timed[0].seconds), median(timed[1].seconds)
    return {
        "database": name,
        "steps": n,
        "engine_bytes": sizes[0],
        "stock_bytes": sizes[1],
        "engine_ms": round(engine * 1000, 3),
        "stock_ms": round(stock * 1000, 3),
        "times_faster": round(stock / engine, 1),
        "of_first": round(engine / first, 2),
    }


def _ours_once(ours: Ours, order_id: int, samples: Samples | None = None) -> None:
    ours.complete(ours.open_tasks(order_id)[0], NOTE["work"], samples)


def _size(ours: Ours, order_id: int) -> int:
    with ours.engine.read() as view:
        wanted = select(func.length(connection_order.c.instance)).where(connection_order.c.id == order_id)
        return int(view.connection.execute(wanted).scalar_one())
