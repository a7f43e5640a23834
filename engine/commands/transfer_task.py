"""Give a task to a named colleague (转办), who then has it as if he had taken it himself."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import handing
from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Delegated, NotReady
from engine.policy import Permission
from engine.store import acts


@dataclass(frozen=True, slots=True)
class TransferTask:
    """The holder gives it away, a leader also another's or one that is free. `note` stays out of the record."""

    task_id: str
    to: str
    reason: str
    key: str
    note: str = ""


def handle(command: TransferTask, tx: Tx) -> TaskHeld:
    """Raises Invalid, Forbidden, AlreadyClaimed, Delegated, OrderSuspended, NotReady for a second opinion."""
    handing.check_reason("TRANSFER", command.reason, command.note)
    task = open_task(tx, command.task_id)
    handing.require_disposal(tx, task)
    require_not_suspended(tx, task.element_id)
    if task.delegated_by is not None:
        raise Delegated()
    if task.parent_id is not None:
        raise NotReady("加签任务不能转办")
    to = handing.colleague(tx, command.to, task=task)
    if to.login == task.assignee:
        return TaskHeld(task.id, task.assignee)
    handing.keep(tx, task, acts.TRANSFER, reason=command.reason, note=command.note, to_login=to.login)
    more: dict[str, object] = {"reason": command.reason, "n_note": len(command.note.strip())}
    held = give(tx, task, to.login, "TaskTransferred", more=more)
    handing.tell(tx, "task_transferred", [to.login, task.assignee], task, command.reason)
    return held


VERB = Verb(TransferTask, TaskHeld, Permission.TASK_TRANSFER, handle, locks=("task", "task_id"))
