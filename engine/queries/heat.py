"""Where orders of a process wait: its user tasks with how many stood there, how long, and how many too long.

Waiting is from the opening of a task until it was done as stated (`occurred_at`), in hours of the clock, not of work;
too late is what was done, or is still open, after the task's legal end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.dashboards import Period, Place, place_of, scope_of
from engine.queries.view import View
from engine.store import heat

Measure: TypeAlias = Literal["count", "wait", "late"]
MEASURES: tuple[Measure, ...] = ("count", "wait", "late")
N_CLASSES = 5
"""Shades of the map; the hottest element has the last."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A user task. Seconds are averages, None where nothing stood."""

    element_id: str
    name: str
    diagram: str
    n_open: int
    n_done: int
    open_seconds: float | None
    done_seconds: float | None
    n_late: int

    @property
    def n(self) -> int:
        """Tasks of the period and of now."""
        return self.n_open + self.n_done

    def measured(self, measure: Measure) -> float:
        """What the map is coloured by: number, average wait in hours, share beyond the limit."""
        if measure == "count":
            return float(self.n)
        if measure == "late":
            return self.n_late / self.n if self.n else 0.0
        waits = ((self.open_seconds or 0.0) * self.n_open + (self.done_seconds or 0.0) * self.n_done) / 3600
        return waits / self.n if self.n else 0.0


@dataclass(frozen=True, slots=True)
class HeatMap:
    """One version. `diagrams` are those of its folders where something stood, the busiest first, and its own."""

    place: Place
    version: Mapping[str, Any]
    versions: tuple[Mapping[str, Any], ...]
    spots: tuple[Spot, ...]
    diagrams: Mapping[str, bytes]
    titles: Mapping[str, str]

    def classes(self, measure: Measure) -> dict[int, list[str]]:
        """Shade -> elements, from 1; what nothing passed has none. The shares of the hottest, in equal steps."""
        most = max((spot.measured(measure) for spot in self.spots), default=0.0)
        found: dict[int, list[str]] = {shade: [] for shade in range(1, N_CLASSES + 1)}
        for spot in self.spots:
            if spot.n and most > 0:
                found[self.shade(spot, measure, most)].append(spot.element_id)
        return found

    def shade(self, spot: Spot, measure: Measure, most: float) -> int:
        """1 to 5."""
        return min(N_CLASSES, 1 + int(spot.measured(measure) / most * N_CLASSES))


def versions(view: View, actor: Actor, unit: str, hall: str, period: Period) -> list[dict[str, Any]]:
    """Versions that orders of the place run or ran on, with how many do. Raises NotFound outside his units."""
    require(actor, Permission.FIGURE_READ)
    return heat.versions(view.connection, scope_of(view, place_of(view, actor, unit, hall), period))


def heat_map(view: View, actor: Actor, version_id: int | None, unit: str, hall: str, period: Period) -> HeatMap | None:
    """The map of a version, of the most used one when none is named; None where no order has a process yet.

    Raises NotFound for a version on which no order of the place runs, and outside the actor's units.
    """
    known = versions(view, actor, unit, hall, period)
    if not known:
        return None
    place = place_of(view, actor, unit, hall)
    scope = scope_of(view, place, period)
    version = _chosen(known, version_id)
    process = view.world.version(view.connection, version["id"]).process
    open_by = {row["element_id"]: row for row in heat.standing(view.connection, scope, version["id"])}
    done_by = {row["element_id"]: row for row in heat.passed(view.connection, scope, version["id"])}
    spots = [
        _spot(key, element.name, element.process, open_by.get(key), done_by.get(key))
        for key, element in process.index.elements.items()
        if element.tag == "userTask"
    ]
    titles = {process.key: process.title} | {key: str(m.get("title", key)) for key, m in process.called.items()}
    busy = Counter({process.key: 0})
    for spot in spots:
        busy[spot.diagram] += spot.n
    drawn = {key: process.diagrams[key] for key, n in busy.most_common() if n or key == process.key}
    spots = [spot for spot in spots if spot.diagram in drawn]
    return HeatMap(place, version, tuple(known), tuple(spots), drawn, titles)


def diagram(view: View, actor: Actor, version_id: int | None, of: str, unit: str, hall: str, period: Period) -> bytes:
    """The drawing of one folder of a version. Raises NotFound as `heat_map` does, and for a folder it has not."""
    version = _chosen(versions(view, actor, unit, hall, period), version_id)
    found = view.world.version(view.connection, version["id"]).process.diagrams.get(of or version["process_key"])
    if found is None:
        raise NotFound()
    return found


def _chosen(known: list[dict[str, Any]], version_id: int | None) -> dict[str, Any]:
    found = [row for row in known if row["id"] == version_id]
    if not known or (version_id is not None and not found):
        raise NotFound()
    return found[0] if found else max(known, key=lambda row: row["n"])


def _spot(
    key: str, name: str, diagram: str, open_row: Mapping[str, Any] | None, done_row: Mapping[str, Any] | None
) -> Spot:
    return Spot(
        element_id=key,
        name=name or key,
        diagram=diagram,
        n_open=int(open_row["n"]) if open_row else 0,
        n_done=int(done_row["n"]) if done_row else 0,
        open_seconds=float(open_row["seconds"]) if open_row else None,
        done_seconds=float(done_row["seconds"]) if done_row else None,
        n_late=sum(int(row["late"] or 0) for row in (open_row, done_row) if row),
    )
