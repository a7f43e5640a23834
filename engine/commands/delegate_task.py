"""Let a colleague work out one's task (委派): it comes back to be confirmed, and whoever gave it away finishes it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import handing
from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task, require_in_hand
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import ConsultationOpen, Delegated
from engine.policy import Permission
from engine.store import acts


@dataclass(frozen=True, slots=True)
class DelegateTask:
    """`to` need not have the role of the task: he finishes nothing. `note` stays out of the record."""

    task_id: str
    to: str
    reason: str
    key: str
    note: str = ""


def handle(command: DelegateTask, tx: Tx) -> TaskHeld:
    """Raises Invalid, Forbidden, AlreadyClaimed, Delegated, ConsultationOpen, OrderSuspended."""
    handing.check_reason("DELEGATE", command.reason, command.note)
    task = open_task(tx, command.task_id)
    require_in_hand(tx, task)
    require_not_suspended(tx, task.element_id)
    if task.delegated_by is not None:
        raise Delegated()
    if task.consult is not None:
        raise ConsultationOpen()
    to = handing.colleague(tx, command.to)
    handing.keep(tx, task, acts.DELEGATE, reason=command.reason, note=command.note, to_login=to.login)
    more: dict[str, object] = {
        "reason": command.reason,
        "n_note": len(command.note.strip()),
        "delegated_by": tx.actor.id,
    }
    held = give(tx, task, to.login, "TaskDelegated", delegator=tx.actor.id, more=more | {"delegated_by": tx.actor.id})
    handing.tell(tx, "task_delegated", [to.login], task, command.reason)
    return held


VERB = Verb(DelegateTask, TaskHeld, Permission.TASK_DELEGATE, handle, locks=("task", "task_id"))
