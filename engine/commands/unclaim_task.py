"""Give a claimed task back to everybody of its role."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, NotReady
from engine.policy import Permission

_LEADERS = {"TEAM_LEADER", "COUNTY_MANAGER"}


@dataclass(frozen=True, slots=True)
class UnclaimTask:
    """The holder, or a leader of his unit, lets it go."""

    task_id: str
    key: str


def handle(command: UnclaimTask, tx: Tx) -> TaskHeld:
    """Raises AlreadyClaimed when somebody else holds it and the actor leads nobody; a free task stays free."""
    task = open_task(tx, command.task_id)
    if task.delegated_by is not None or task.parent_id is not None:
        raise NotReady("委派或加签的任务不能退回任务池")
    if task.assignee is None:
        return TaskHeld(task.id, None)
    if task.assignee != tx.actor.id and not _LEADERS & tx.actor.roles:
        raise AlreadyClaimed()
    return give(tx, task, None, "TaskReleased")


VERB = Verb(UnclaimTask, TaskHeld, Permission.TASK_CLAIM, handle, locks=("task", "task_id"))
