"""What hangs on a clock follows it: armed timers and the due dates of open tasks. Moves no clock itself.

A stage's own clock begins and ends with the tasks on which its timers are drawn, so it is looked at only when a
suspension pauses it. The clock of the whole order goes on and stands while those timers stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from engine.commands.clockwork import Clocks
from engine.commands.inner import joined
from engine.commands.tx import Tx
from engine.domain.clocks import ClockKind
from engine.kernel import spiff
from engine.kernel.model import Advance, Hold, OpenTask, Rearm, Step
from engine.store import tasks
from engine.world import Version


def follow(tx: Tx, version: Version, moved: Advance, clocks: Clocks, take: Callable[[bytes, Step], Advance]) -> Advance:
    """The step's advance with the timers as the clocks now have them; open tasks get their new due dates."""
    touched = {stage for stage in clocks.touched if _matters(clocks, stage)}
    clocks.touched.clear()
    if not touched or moved.completed:
        return moved
    redate(tx, version, moved, clocks)
    moved = joined(moved, take(moved.state, Hold(tuple(sorted(touched)))))
    if going := tuple(sorted(stage for stage in touched if not clocks.reading(stage).paused)):
        moved = joined(moved, take(moved.state, Rearm(going)))
    return moved


def _matters(clocks: Clocks, stage: str) -> bool:
    return clocks.states[stage].limit.clock is not ClockKind.STAGE or stage in clocks.halted


def redate(tx: Tx, version: Version, moved: Advance, clocks: Clocks) -> None:
    """The stored tasks that stay open; what this step opened gets its date when it is noted."""
    standing = spiff.inspect(version.process, moved.state).tasks
    gone = {row["task_id"] for row in tx.changes.closed_tasks} | set(moved.closed)
    for row in tx.changes.tasks:
        row |= _dates(clocks, _stages(standing, row["id"], row["stage"]), row["opened_at"])
    for task in tasks.open_of(tx.connection, tx.order.id):
        dates = _dates(clocks, _stages(standing, task.id, task.stage), task.opened_at)
        if task.id not in gone and (dates["due_at"], dates["urgent_at"]) != (task.due_at, task.urgent_at):
            tx.changes.redated.append({"task_id": task.id} | dates)


def _stages(standing: Mapping[str, OpenTask], task_id: str, stage: str) -> tuple[str, ...]:
    return standing[task_id].stages if task_id in standing else (stage,)


def _dates(clocks: Clocks, stages: tuple[str, ...], opened_at: datetime) -> dict[str, Any]:
    return {"due_at": clocks.due_at(stages), "urgent_at": clocks.urgent_at(stages) or opened_at}
