"""Return a task (退回) to a step that the order has passed, to be done again there.

Clocks are not set back: a stage that is opened again goes on from what it has used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.commands import beside, handing, steps
from engine.commands.complete_task import open_task, require_in_hand
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.kernel.model import Return
from engine.policy import Permission
from engine.store import acts, tasks
from engine.store.tasks import TaskRow


@dataclass(frozen=True, slots=True)
class ReturnTask:
    """`element_id` is a user task before this one that has been done. `straight`: once done again it comes straight
    back here, else it takes the drawn way. `note` stays out of the record."""

    task_id: str
    element_id: str
    reason: str
    key: str
    note: str = ""
    straight: bool = False


@dataclass(frozen=True, slots=True)
class TaskReturned:
    """The task that was opened again, and who holds it (None: its role)."""

    task_id: str
    order_no: str
    opened: tuple[str, ...]
    assignee: str | None


def handle(command: ReturnTask, tx: Tx) -> TaskReturned:
    """Raises Invalid, Forbidden, AlreadyClaimed, OrderSuspended; NotReady when the order was never there or cannot go
    back there from here."""
    handing.check_reason("RETURN", command.reason, command.note)
    task = open_task(tx, command.task_id)
    require_in_hand(tx, task)
    require_not_suspended(tx, task.element_id)
    done = [t for t in tasks.of_order(tx.connection, tx.order.id) if _was_done(t, command.element_id)]
    if not done:
        raise NotReady("工单没有办结过该环节")
    last = max(done, key=lambda each: each.closed_at or each.opened_at)
    back = (task.element_id, tx.actor.id) if command.straight else (None, None)
    opened, holder, body = moved_back(tx, task, command.element_id, last.closed_by, *back)
    handing.keep(tx, task, acts.RETURN, reason=command.reason, note=command.note, to_element=command.element_id,
                 to_login=holder, straight=command.straight)  # fmt: skip
    about = {"to_element": command.element_id, "straight": command.straight, "after": holder}
    tx.record("TaskReturned", handing.told(task, command.reason, command.note, **about) | body)
    handing.tell(tx, "task_returned", [holder], task, command.reason)
    return TaskReturned(task.id, tx.order.order_no, opened, holder)


def _was_done(task: TaskRow, element_id: str) -> bool:
    return task.element_id == element_id and task.state == tasks.DONE and task.parent_id is None


def moved_back(
    tx: Tx,
    task: TaskRow,
    element_id: str,
    holder: str | None,
    back_to: str | None = None,
    back_by: str | None = None,
    stated: datetime | None = None,
) -> tuple[tuple[str, ...], str | None, dict[str, Any]]:
    """Move the token of the task back and give what opens to whoever did it last, if he still can; for the clocks it
    happened on the day that is `stated`. Returns the opened tasks, who holds them, and the body of the event."""
    beside.end(tx, task)
    tx.changes.closed_tasks.append(
        {
            "task_id": task.id,
            "state": tasks.CANCELLED,
            "closed_at": tx.now,
            "closed_by": tx.actor.id,
            "occurred_at": tx.received_at,
            "form": None,
        }
    )
    body = steps.take(tx, Return(task.id, element_id), occurred_at=stated, done=task.id)
    opened = tuple(entry["task"] for entry in body.get("opened", ()))
    for task_id in opened:
        handing.assign(tx, task_id, holder, back_to, back_by)
    return opened, tx.changes.assigned[-1]["holder"] if opened else None, body


VERB = Verb(ReturnTask, TaskReturned, Permission.TASK_RETURN, handle, locks=("task", "task_id"))
