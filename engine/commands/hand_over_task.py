"""Give a task of somebody who leaves (离职交接) to a successor, or back to its role."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import handing
from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.policy import Permission
from engine.store import acts
from engine.store.tasks import TaskRow


@dataclass(frozen=True, slots=True)
class HandOverTask:
    """`login` is who leaves; `to` his successor, "" for nobody in particular. `note` stays out of the record."""

    task_id: str
    login: str
    to: str
    reason: str
    key: str
    note: str = ""


def handle(command: HandOverTask, tx: Tx) -> TaskHeld:
    """Raises Invalid for a successor who may not have the task, NotReady when it is no task of who leaves, or cannot be
    left to nobody. What he had delegated is the successor's to confirm."""
    handing.check_reason("HANDOVER", command.reason, command.note)
    task = open_task(tx, command.task_id)
    if command.login not in (task.assignee, task.delegated_by):
        raise NotReady("该任务不在此人名下")
    if not command.to and (task.parent_id is not None or not task.role):
        raise NotReady("该任务须指定接办人")
    if command.to:
        handing.colleague(tx, command.to, task=task)
    handing.keep(tx, task, acts.HANDOVER, reason=command.reason, note=command.note, to_login=command.to or None)
    holder, delegator = _hands(task, command.login, command.to or None)
    more: dict[str, object] = {"reason": command.reason, "n_note": len(command.note.strip()), "of": command.login}
    held = give(tx, task, holder, "TaskHandedOver", delegator=delegator, more=more)
    handing.tell(tx, "task_handed_over", [command.to or None], task, command.reason)
    return held


def _hands(task: TaskRow, leaver: str, successor: str | None) -> tuple[str | None, str | None]:
    """Who holds it then, and who confirms it."""
    if task.delegated_by is None:
        return successor, None
    if task.delegated_by == leaver:
        # without a successor, or delegated to him, nothing is left to confirm
        return (successor, None) if successor in (None, task.assignee) else (task.assignee, successor)
    return task.delegated_by, None  # he worked it out for somebody, who has it back


VERB = Verb(HandOverTask, TaskHeld, Permission.TASK_HAND_OVER, handle, locks=("task", "task_id"))
