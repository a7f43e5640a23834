"""Take an open task into one's own hands, so that nobody else works on it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.complete_task import open_task
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, NotReady
from engine.policy import Permission, for_whom, require_role
from engine.store import tasks


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """The actor wants this task."""

    task_id: str
    key: str


@dataclass(frozen=True, slots=True)
class TaskHeld:
    """Who holds the task now; None when it is free."""

    task_id: str
    assignee: str | None


def handle(command: ClaimTask, tx: Tx) -> TaskHeld:
    """Raises AlreadyClaimed when somebody else holds it who is not absent with the actor in his place, OrderSuspended;
    claiming one's own again changes nothing."""
    task = open_task(tx, command.task_id)
    require_role(tx.actor, task.role, task.offered_to)
    require_not_suspended(tx, task.element_id)
    if task.assignee == tx.actor.id:
        return TaskHeld(task.id, task.assignee)
    absent = for_whom(tx.actor, task.role, task.offered_to, task.assignee)
    if task.assignee is not None and absent is None:
        raise AlreadyClaimed()
    return give(tx, task, tx.actor.id, "TaskClaimed", absent=absent, delegator=task.delegated_by)


def give(
    tx: Tx,
    task: tasks.TaskRow,
    holder: str | None,
    kind: str,
    *,
    absent: str | None = None,
    delegator: str | None = None,
    more: dict[str, object] | None = None,
) -> TaskHeld:
    """Write who holds it, and for whom, and say so in the record."""
    if not tasks.hold(tx.uow, task.id, holder, tx.now if holder else None, absent=absent, delegator=delegator):
        raise NotReady()
    known = {"task": task.id, "element": task.element_id, "before": task.assignee, "after": holder}
    tx.record(kind, known | ({"on_behalf_of": absent} if absent else {}) | (more or {}))
    return TaskHeld(task.id, holder)


VERB = Verb(ClaimTask, TaskHeld, Permission.TASK_CLAIM, handle, locks=("task", "task_id"))
