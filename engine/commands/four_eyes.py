"""Work is approved by somebody other than who did it: pairs of steps in a manifest. Decides nothing else."""

from __future__ import annotations

from engine.commands.tx import Tx
from engine.errors import FourEyes
from engine.store import tasks


def require_another(tx: Tx, task: tasks.TaskRow) -> None:
    """Raise FourEyes when the actor himself did, the last time it was done, what is decided on at this task."""
    steps = tx.version.process.done_by_others(task.element_id)
    if not steps:
        return
    done = [each for each in tasks.of_order(tx.connection, tx.order.id) if each.state == tasks.DONE]
    last = {each.element_id: each.closed_by for each in sorted(done, key=lambda each: each.closed_at or tx.now)}
    if tx.actor.id in {last.get(step) for step in steps}:
        raise FourEyes("审批人不得是拟定人或前一级审批人本人")
