"""Give an open task to a member of staff who may do it (指派), whoever held it before."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import unasked
from engine.commands.claim_task import TaskHeld, give
from engine.commands.complete_task import open_task
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Fault, Invalid
from engine.policy import Actor, Permission, holds_role, sees
from engine.store import accounts
from engine.store.tasks import TaskRow


@dataclass(frozen=True, slots=True)
class AssignTask:
    """`to` is the login of who shall do it."""

    task_id: str
    to: str
    key: str


def handle(command: AssignTask, tx: Tx) -> TaskHeld:
    """Raises Invalid for somebody who may not do it, OrderSuspended; assigning it to its holder changes nothing."""
    task = open_task(tx, command.task_id)
    require_not_suspended(tx, task.element_id)
    if task.assignee == command.to:
        return TaskHeld(task.id, task.assignee)
    _require_able(command.to, task, tx)
    told = [f"@{login}" for login in (command.to, task.assignee) if login and login != tx.actor.id]
    if told:
        unasked.notify(tx, "task_assigned", told, {"task": task.name, "to": command.to})
    return give(tx, task, command.to, "TaskAssigned")


def _require_able(login: str, task: TaskRow, tx: Tx) -> None:
    account = accounts.one(tx.connection, login)
    if account is None or account.disabled_at is not None:
        raise _wrong("unknown_account", "没有这个账户，或已停用")
    chosen = Actor(account.login, account.name, "user", frozenset(account.roles), account.unit_code)
    if not holds_role(chosen, task.role, task.offered_to) or not chosen.may(Permission.TASK_COMPLETE):
        raise _wrong("role_missing", "此人没有该任务所需的岗位")
    if not sees(chosen, tx.order.unit_code, tx.world.organisation(tx.connection).is_within):
        raise _wrong("other_unit", "此人的单位不办理该工单")


def _wrong(code: str, reason: str) -> Invalid:
    return Invalid(reason, faults=[Fault("to", code, reason)])


VERB = Verb(AssignTask, TaskHeld, Permission.TASK_ASSIGN, handle, locks=("task", "task_id"))
