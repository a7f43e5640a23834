"""How periodic work stands: what was done last, what comes next, what is late. For pages and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine.domain.periods import following
from engine.periodic.running import Periodic
from engine.queries.view import View
from engine.store import periodic
from engine.store.periodic import RunRow


@dataclass(frozen=True, slots=True)
class WorkStanding:
    """One work. `next_due_at` is of the first period not done, None when the work was never begun; `is_late` when that
    was due longer ago than the setting allows; `result` is what the newest finished run gave."""

    name: str
    every: str
    last: RunRow | None
    next_due_at: datetime | None
    is_late: bool
    result: Mapping[str, Any]


def standing(view: View, works: Sequence[Periodic]) -> list[WorkStanding]:
    """Every work, in the order given."""
    grace = timedelta(seconds=view.world.settings.periodic_late_seconds)
    found = []
    for work in works:
        last = periodic.last(view.connection, work.name)
        due_at = _due_at(work, last)
        is_late = due_at is not None and view.now - due_at > grace
        result = periodic.last_result(view.connection, work.name) or {}
        found.append(WorkStanding(work.name, work.every, last, due_at, is_late, result))
    return found


def _due_at(work: Periodic, last: RunRow | None) -> datetime | None:
    if last is None:
        return None
    return last.due_at if last.finished_at is None else following(work.every, work.at, last.period).due_at
