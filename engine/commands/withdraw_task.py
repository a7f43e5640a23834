"""Take back one's own completion (撤回) while nobody has moved on. The completion stays in the record as it was.

The stage's clock then ran all the time: what the completion ended on its stated day begins again on that same day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from engine.commands import handing
from engine.commands.return_task import moved_back
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden, NotFound, NotReady
from engine.policy import Permission
from engine.store import acts, audit, tasks

_MOVES = frozenset({"passed", "called", "ran", "completed", "branches", "trouble"})
"""What an event says in its body when it moved the process or had an effect beyond it."""
_OUTWARD = frozenset({"called", "ran", "completed", "trouble"})


@dataclass(frozen=True, slots=True)
class WithdrawTask:
    """`task_id` is a task that the actor has done. `note` stays out of the record."""

    task_id: str
    reason: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaskWithdrawn:
    """The task in the place of the one that was done; the actor holds it."""

    task_id: str
    order_no: str
    opened: tuple[str, ...]


def handle(command: WithdrawTask, tx: Tx) -> TaskWithdrawn:
    """Raises NotFound, Invalid, Forbidden for another's work, OrderSuspended; NotReady when somebody has moved on or
    the completion had an effect that cannot be taken back."""
    handing.check_reason("WITHDRAW", command.reason, command.note)
    task = tx.task(command.task_id)
    if task is None:
        raise NotFound()
    if task.state != tasks.DONE or task.parent_id is not None:
        raise NotReady("只能撤回已办结的环节")
    if task.closed_by != tx.actor.id:
        raise Forbidden("只能撤回本人办结的环节")
    require_not_suspended(tx, task.element_id)
    following = _following(tx, task.id)
    first = following[0]
    opened, _, body = moved_back(tx, first, task.element_id, tx.actor.id, stated=task.occurred_at)
    closed = {row["task_id"] for row in tx.changes.closed_tasks}
    if not {each.id for each in following} <= closed:
        raise NotReady("后续环节不能一并收回，请改用退回")
    handing.keep(tx, task, acts.WITHDRAW, reason=command.reason, note=command.note, to_login=tx.actor.id)
    tx.record("TaskWithdrawn", handing.told(task, command.reason, command.note) | body)
    return TaskWithdrawn(task.id, tx.order.order_no, opened)


def _following(tx: Tx, task_id: str) -> list[tasks.TaskRow]:
    """The tasks that the completion opened. Raises NotReady unless all wait untouched and nothing else has happened."""
    events = [(row["kind"], orjson.loads(row["body"])) for row in audit.events_of(tx.connection, tx.order.id)]
    events += [(event.kind, event.body) for event in tx.changes.events]
    place = max(
        (n for n, (kind, body) in enumerate(events) if kind == "TaskDone" and body["task"] == task_id), default=-1
    )
    if place < 0:
        raise NotReady("没有该环节的办结记录")
    if _OUTWARD & events[place][1].keys():
        raise NotReady("办结后已发出通知或办理了后续事项，不能撤回，请由后续环节退回")
    if any(_MOVES & body.keys() for _, body in events[place + 1 :]):
        raise NotReady("流程已经继续，不能撤回")
    rows = [tasks.one(tx.connection, entry["task"]) for entry in events[place][1].get("opened", ())]
    found = [row for row in rows if row is not None]
    if not found or any(not _is_untouched(tx, row) for row in found):
        raise NotReady("后续环节已有人办理，或在等待其他分支，不能撤回")
    return found


def _is_untouched(tx: Tx, row: Any) -> bool:
    return row.state == tasks.OPEN and row.assignee in (None, tx.actor.id) and row.consult is None


VERB = Verb(WithdrawTask, TaskWithdrawn, Permission.TASK_WITHDRAW, handle, locks=("task", "task_id"))
