"""Work is approved by somebody other than who did it: pairs of steps in a manifest. Decides nothing else."""

from __future__ import annotations

from engine.commands.tx import Tx
from engine.errors import FourEyes
from engine.store import acts, tasks


def require_another(tx: Tx, task: tasks.TaskRow, absent: str | None = None) -> None:
    """Raise FourEyes when the actor himself, or the `absent` person for whom he acts, did what is decided on at this
    task the last time it was done: also for another, or by working it out for whoever confirmed it."""
    steps = tx.version.process.done_by_others(task.element_id)
    if not steps:
        return
    stored = tasks.of_order(tx.connection, tx.order.id)
    done = [each for each in stored if each.state == tasks.DONE and each.parent_id is None]
    last = {each.element_id: each for each in sorted(done, key=lambda each: each.closed_at or tx.now)}
    before = [last[step] for step in steps if step in last]
    who = {each.closed_by for each in before} | {each.on_behalf_of for each in before} - {None}
    ids = {each.id for each in before}
    who |= {
        act.actor for act in acts.of_order(tx.connection, tx.order.id) if act.task_id in ids and act.form is not None
    }
    if who & {tx.actor.id, absent or tx.actor.id}:
        raise FourEyes("审批人不得是拟定人或前一级审批人本人")
