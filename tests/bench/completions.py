"""Completing tasks of ordinary orders: the engine, the stock way and the floor, in turns, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.figures import Samples, median_ratio, pooled
from tests.bench.floor import Floor, Recorder, copy_sqlite
from tests.bench.ours import ORDINARY, Ours
from tests.bench.plain import plain
from tests.bench.stock import Stock
from tests.postgres import Cluster

DIAGRAM = ORDINARY / "process.bpmn"


@dataclass
class Side:
    """One database with all three ways on it."""

    name: str
    ours: Ours
    stock: Stock
    recorder: Recorder
    floor: Floor
    n_stock: int = 0
    samples: dict[str, list[Samples]] = field(default_factory=lambda: {"engine": [], "stock": [], "floor": []})

    def round(self, n_orders: int) -> None:
        self.samples["engine"].append(self._engine_round(n_orders))
        self.samples["floor"].append(self.floor.follow(self.recorder.take()))
        self.samples["stock"].append(self._stock_round(n_orders))

    def _engine_round(self, n_orders: int) -> Samples:
        samples = Samples()
        running = [self.ours.accept() for _ in range(n_orders)]
        while running:
            for order_id in list(running):
                waiting = self.ours.open_tasks(order_id)
                if not waiting:
                    running.remove(order_id)
                    continue
                values = self.ours.fill(waiting[0])
                self.recorder.timed = True
                self.ours.complete(waiting[0], values, samples)
                self.recorder.timed = False
        return samples

    def _stock_round(self, n_orders: int) -> Samples:
        samples = Samples()
        running = list(range(self.n_stock, self.n_stock + n_orders))
        self.n_stock += n_orders
        for number in running:
            self.stock.start(number, {"needs_external_line_works": True, "capacity_kw": 80})
        while running:
            for number in list(running):
                with samples.one():
                    more = self.stock.complete(number, self.ours.forms)
                if not more:
                    running.remove(number)
        return samples

    def rows(self) -> list[dict[str, Any]]:
        """One row for each way; ratios are medians over the rounds."""
        table = []
        for way, rounds in self.samples.items():
            row: dict[str, Any] = {"database": self.name, "way": way, **pooled(rounds).summary()}
            row["engine_is"] = median_ratio(self.samples["engine"], rounds)
            table.append(row)
        return table


def sides(folder: Path, cluster: Cluster) -> list[Side]:
    """An installation on each database, and the copy that the floor writes into."""
    process = plain(DIAGRAM, folder / "plain.bpmn")
    made = []
    for name, url, copy in (
        ("sqlite", f"sqlite:///{folder}/ours.db", lambda: copy_sqlite(folder / "ours.db", folder / "floor.db")),
        ("postgresql", cluster.create("ours"), lambda: cluster.create("floor", "ours")),
    ):
        made.append(_side(name, url, copy, folder, process))
    return made


def _side(name: str, url: str, copy: Callable[[], str], folder: Path, process: str) -> Side:
    ours = Ours(url, folder / name)
    stock = Stock(ours.engine.database, folder / "plain.bpmn", process)
    ours.accept()  # caches are warm before the copy, so that both sides hold the same rows
    ours.engine.database.close()
    floor = Floor(copy())
    return Side(name, ours, stock, Recorder(ours.engine.database), floor)


def measure(folder: Path, cluster: Cluster, *, n_rounds: int, n_orders: int) -> list[dict[str, Any]]:
    both = sides(folder, cluster)
    for _ in range(n_rounds):
        for side in both:
            side.round(n_orders)
    for side in both:
        side.floor.close()
        side.ours.engine.close()
    return [row for side in both for row in side.rows()]
