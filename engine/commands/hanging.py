"""What hangs on a clock follows it: armed timers and the due dates of open tasks. Moves no clock itself.

A stage's own clock begins and ends with the tasks on which its timers are drawn, so it is looked at only when a
suspension pauses it. The clock of the whole order goes on and stands while those timers stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable

from engine.commands.clockwork import Clocks
from engine.commands.inner import joined
from engine.commands.tx import Tx
from engine.domain.clocks import ClockKind
from engine.kernel.model import Advance, Hold, Rearm, Step
from engine.store import tasks


def follow(tx: Tx, moved: Advance, clocks: Clocks, take: Callable[[bytes, Step], Advance]) -> Advance:
    """The step's advance with the timers as the clocks now have them; open tasks get their new due dates."""
    touched = {stage for stage in clocks.touched if _matters(clocks, stage)}
    clocks.touched.clear()
    if not touched or moved.completed:
        return moved
    _redate(tx, moved, clocks)
    moved = joined(moved, take(moved.state, Hold(tuple(sorted(touched)))))
    if going := tuple(sorted(stage for stage in touched if not clocks.reading(stage).paused)):
        moved = joined(moved, take(moved.state, Rearm(going)))
    return moved


def _matters(clocks: Clocks, stage: str) -> bool:
    return clocks.states[stage].limit.clock is not ClockKind.STAGE or stage in clocks.halted


def _redate(tx: Tx, moved: Advance, clocks: Clocks) -> None:
    """The stored tasks that stay open; what this step opened gets its date when it is noted."""
    gone = {row["task_id"] for row in tx.changes.closed_tasks} | set(moved.closed)
    for row in tx.changes.tasks:
        row["due_at"] = clocks.due_at(row["stage"])
        row["urgent_at"] = row["due_at"] or row["opened_at"]
    for task in tasks.open_of(tx.connection, tx.order.id):
        due_at = clocks.due_at(task.stage)
        if task.id not in gone and due_at != task.due_at:
            redated = {"task_id": task.id, "due_at": due_at, "urgent_at": due_at or task.opened_at}
            tx.changes.redated.append(redated)
