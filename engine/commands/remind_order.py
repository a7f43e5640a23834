"""Remind by hand (催办) those who hold an order's open tasks, or the role where nobody does. Moves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.clock import SHANGHAI
from engine.commands import unasked
from engine.commands.stated import N_MAX_REASON, wrong
from engine.commands.suspended import may_go_on
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady, RemindedLately
from engine.policy import Permission
from engine.store import reminders, tasks
from engine.store.tasks import TaskRow

REASONS = ("DUE_SOON", "OVERDUE", "CUSTOMER_ASKED", "LEADER_ASKED", "OTHER")


@dataclass(frozen=True, slots=True)
class RemindOrder:
    """`reason` is one of REASONS; `note` is free text that stays out of the record and is not sent."""

    order_no: str
    reason: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reminded:
    """Whom the message goes to: roles and `@login`s; of how many tasks it speaks."""

    order_no: str
    recipients: tuple[str, ...]
    n_tasks: int


def handle(command: RemindOrder, tx: Tx) -> Reminded:
    """Raises Invalid, NotReady when nobody can be reminded, RemindedLately when all were a short while ago."""
    _check(command)
    open_tasks = list(_open(tx))
    if not open_tasks:
        raise NotReady("没有可催办的任务")
    due = [task for task in open_tasks if recipient(task) not in _lately(tx)]
    if not due:
        raise RemindedLately(_when_again(tx, open_tasks))
    whom = tuple(sorted({recipient(task) for task in due}))
    act_id = unasked.notify(tx, "order_reminder", whom, {"reason": command.reason, "tasks": [t.name for t in due]})
    _keep(command, tx, act_id, due)
    told = {"reminder": act_id, "reason": command.reason, "recipients": list(whom), "tasks": [t.id for t in due]}
    tx.record("ReminderSent", {"automatic": False, "n_note": len(command.note.strip()), **told})
    return Reminded(tx.order.order_no, whom, len(due))


def recipient(task: TaskRow) -> str:
    """Who is reminded of a task: its holder, or everybody of its role."""
    return f"@{task.assignee}" if task.assignee else task.role


def _check(command: RemindOrder) -> None:
    if command.reason not in REASONS:
        raise wrong("reason", "unknown_reason", "请选择催办原因")
    if len(command.note) > N_MAX_REASON:
        raise wrong("note", "too_long", f"说明不得超过 {N_MAX_REASON} 字")
    if command.reason == "OTHER" and not command.note.strip():
        raise wrong("note", "note_missing", "原因为“其他”时须填写说明")


def _open(tx: Tx) -> Iterator[TaskRow]:
    """Stored open tasks on which somebody else can work now."""
    gone = {row["task_id"] for row in tx.changes.closed_tasks}
    for task in tasks.open_of(tx.connection, tx.order.id):
        somebody = recipient(task) and task.assignee != tx.actor.id
        if task.id not in gone and somebody and may_go_on(tx, task.element_id):
            yield task


def _lately(tx: Tx) -> dict[str, datetime]:
    """Who was reminded of this order within the time that the settings say, and when."""
    since = tx.received_at - timedelta(minutes=tx.world.settings.n_reminder_minutes)
    return {who: at for who, at in reminders.last_of(tx.connection, tx.order.id).items() if at > since}


def _when_again(tx: Tx, open_tasks: list[TaskRow]) -> str:
    n_minutes, lately = tx.world.settings.n_reminder_minutes, _lately(tx)
    again = min(lately[recipient(task)] for task in open_tasks) + timedelta(minutes=n_minutes)
    return f"同一工单对同一人 {n_minutes} 分钟内只催办一次，{again.astimezone(SHANGHAI):%m-%d %H:%M} 后可再催"


def _keep(command: RemindOrder, tx: Tx, act_id: str, due: list[TaskRow]) -> None:
    common = {
        "act_id": act_id,
        "order_id": tx.order.id,
        "seq": tx.order.audit_seq,
        "reason": command.reason,
        "note": command.note.strip() or None,
        "sent_by": tx.actor.id,
        "sent_at": tx.received_at,
    }
    reminders.add(tx.uow, [{**common, "task_id": task.id, "recipient": recipient(task)} for task in due])


VERB = Verb(RemindOrder, Reminded, Permission.REMINDER_SEND, handle, locks=("order_no", "order_no"))
