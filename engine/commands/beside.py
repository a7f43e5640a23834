"""Second opinions (加签) stand beside a task of the process: they end with it and hold it up until they are given."""

from __future__ import annotations

from engine.commands.tx import Tx
from engine.policy import SYSTEM
from engine.store import changes, tasks
from engine.store.tasks import TaskRow

BEFORE, AFTER, WAITING = "BEFORE", "AFTER", "WAITING"
"""What `consult` says: of an opinion, when it was asked for; of a task, that opinions on it are out."""
N_MAX_ASKED = 10
"""People who are asked at once for an opinion on one task."""


def end(tx: Tx, task: TaskRow | None) -> None:
    """The task is gone: nobody need say anything on it any more."""
    if task is None or task.consult != WAITING:
        return
    for opinion in tasks.beside(tx.connection, task.id):
        if opinion.state == tasks.OPEN:
            changes.close_beside(tx.uow, opinion.id, tasks.CANCELLED, SYSTEM.id, tx.now)
            told = {"task": opinion.id, "element": task.element_id, "before": opinion.assignee, "of": task.id}
            tx.record("ConsultationEnded", {"automatic": True, **told})


def still_out(tx: Tx, task: TaskRow) -> list[TaskRow]:
    """The opinions that have been asked for and not given."""
    return [opinion for opinion in tasks.beside(tx.connection, task.id) if opinion.state == tasks.OPEN]


def element_of(task: TaskRow) -> str:
    """What an opinion has in the place of an element of the diagram: it is none."""
    return f"{task.element_id}#opinion"[:200]
