"""Give a delegated task back (交回) with what was worked out; whoever delegated it confirms by finishing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands import filled, handing
from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task
from engine.commands.stated import N_MAX_REASON, wrong
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, NotReady
from engine.policy import Permission
from engine.store import acts


@dataclass(frozen=True, slots=True)
class ResolveTask:
    """`form` is as the task wants it; the delegator gets it filled in, or takes the task back himself as it is. `note`
    stays out of the record."""

    task_id: str
    form: Mapping[str, Any]
    key: str
    note: str = ""


def handle(command: ResolveTask, tx: Tx) -> TaskHeld:
    """Raises NotReady for a task that was not delegated, AlreadyClaimed, InvalidForm, Invalid, OrderSuspended."""
    task = open_task(tx, command.task_id)
    if task.delegated_by is None:
        raise NotReady("该任务不是委派任务")
    if tx.actor.id not in (task.assignee, task.delegated_by):
        raise AlreadyClaimed()
    if len(command.note) > N_MAX_REASON:
        raise wrong("note", "too_long", f"说明不得超过 {N_MAX_REASON} 字")
    require_not_suspended(tx, task.element_id)
    recalled = tx.actor.id == task.delegated_by
    form = None if recalled else filled.checked(tx, task.form_key, task.id, command.form)
    owner = task.delegated_by
    handing.keep(tx, task, acts.RESOLVE, reason="", note=command.note, to_login=owner, form=form)
    held = give(tx, task, owner, "TaskResolved", more={"recalled": recalled, "n_note": len(command.note.strip())})
    handing.tell(tx, "task_resolved", [owner, task.assignee], task, "")
    return held


VERB = Verb(ResolveTask, TaskHeld, Permission.TASK_COMPLETE, handle, locks=("task", "task_id"))
