"""Which branches of which diagram were taken: read from the orders' records, counted per process. Drives nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.kernel.elements import Index


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of one diagram: branches (flows out of a choice, boundary events) taken and drawn, and what was never reached."""

    n_taken: int
    n_branches: int
    not_taken: tuple[str, ...]
    not_passed: tuple[str, ...]

    @property
    def percent(self) -> float:
        """100 where there is nothing to choose."""
        return 100.0 if not self.n_branches else round(100.0 * self.n_taken / self.n_branches, 1)


@dataclass(slots=True)
class Traces:
    """What the records of orders say was passed, by the process that the order was in at that time."""

    passed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    branches: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, bodies: Iterable[Mapping[str, Any]]) -> None:
        """One order's record, oldest first: an order may go on in another process."""
        key = ""
        for body in bodies:
            key = body.get("process", key)
            self.passed[key].update(body.get("passed", ()))
            self.branches[key].update(body.get("branches", ()))


def coverage_of(index: Index, main: str, traces: Traces) -> dict[str, Coverage]:
    """Coverage of the diagram `main` and of every diagram that its version calls, by folder."""
    passed, flows = traces.passed[main], traces.branches[main]
    found = {}
    for folder in sorted({element.process for element in index.elements.values()}):
        own = [element for element in index.elements.values() if element.process == folder]
        ids = {element.id for element in own}
        drawn = {flow for flow, (source, _) in index.branches.items() if source in ids}
        drawn |= {element.id for element in own if element.tag == "boundaryEvent"}
        taken = drawn & (flows | passed.keys())
        missed = sorted(ids - passed.keys())
        found[folder] = Coverage(len(taken), len(drawn), tuple(sorted(drawn - taken)), tuple(missed))
    return found
