"""Finish a user task with the submitted form: the commonest thing that happens to an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.commands import filled, four_eyes, holding, steps
from engine.commands.stated import stated_instant
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, AlreadyDone, Conflict, GateClosed, NotFound, NotReady
from engine.kernel.model import Complete
from engine.policy import Permission, require_role
from engine.store import commitments, orders, tasks


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """`occurred_at` is when the work was done as stated (now, if None); `version` the order's version as last seen."""

    task_id: str
    form: Mapping[str, Any]
    occurred_at: datetime | None
    key: str
    late_reason: str = ""
    version: int | None = None


@dataclass(frozen=True, slots=True)
class TaskDone:
    """The task is finished; `opened` are the tasks that follow, `completed` when the order has come to its end."""

    task_id: str
    order_no: str
    opened: tuple[str, ...]
    completed: bool


def handle(command: CompleteTask, tx: Tx) -> TaskDone:
    """Check everything, then move the process. Raises AlreadyDone, AlreadyClaimed, NotReady, OrderSuspended,
    GateClosed, FourEyes, InvalidForm, Invalid."""
    task = open_task(tx, command.task_id)
    require_role(tx.actor, task.role, task.offered_to)
    if task.assignee not in (None, tx.actor.id):
        raise AlreadyClaimed()
    if command.version is not None and command.version != tx.order.version:
        raise Conflict(f"工单版本已为 {tx.order.version}", field="version")
    occurred_at = stated_instant(tx, command.occurred_at, command.late_reason)
    require_not_suspended(tx, task.element_id)
    _require_documents(tx, task)
    holding.require_other(tx, tx.version, task)
    four_eyes.require_another(tx, task)
    form = filled.checked(tx, task.form_key, task.id, command.form)
    tx.changes.closed_tasks.append(
        {
            "task_id": task.id,
            "state": tasks.DONE,
            "closed_at": tx.now,
            "closed_by": tx.actor.id,
            "occurred_at": occurred_at,
            "form": form,
        }
    )
    body = steps.take(
        tx, Complete(task.id, form, occurred_at, tuple(sorted(tx.actor.roles))), occurred_at=occurred_at, done=task.id
    )
    digest = tx.world.vault.digest(orjson.dumps(form, option=orjson.OPT_SORT_KEYS))
    told = {"task": task.id, "element": task.element_id, "form_digest": digest, "version": tx.order.version, **body}
    if command.late_reason:
        told["late_reason"] = command.late_reason
    tx.record("TaskDone", told, occurred_at=occurred_at)
    opened = tuple(entry["task"] for entry in body.get("opened", ()))
    return TaskDone(task.id, tx.order.order_no, opened, tx.order.status in orders.ENDED)


def open_task(tx: Tx, task_id: str) -> tasks.TaskRow:
    """The task, if it is still open in this transaction. Raises NotFound, AlreadyDone or NotReady."""
    task = tx.task(task_id)
    if task is None:
        raise NotFound()
    if task.state == tasks.DONE:
        raise AlreadyDone()
    if task.state != tasks.OPEN or any(row["task_id"] == task_id for row in tx.changes.closed_tasks):
        raise NotReady()
    return task


def _require_documents(tx: Tx, task: tasks.TaskRow) -> None:
    """Raise GateClosed while a document is out that was promised for this stage; most orders have promised nothing."""
    if tx.order.n_promised and task.stage:
        faults = commitments.gate_faults(tx.connection, tx.order.id, task.stage)
        if faults:
            raise GateClosed("；".join(fault.reason for fault in faults), faults=faults)


VERB = Verb(CompleteTask, TaskDone, Permission.TASK_COMPLETE, handle, locks=("task", "task_id"))
