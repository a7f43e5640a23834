"""Finish a user task with the submitted form: the commonest thing that happens to an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.commands import filled, four_eyes, handing, holding, steps
from engine.commands.stated import stated_instant
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import (
    AlreadyClaimed,
    AlreadyDone,
    Conflict,
    ConsultationOpen,
    Delegated,
    GateClosed,
    NotFound,
    NotReady,
)
from engine.kernel.model import Complete
from engine.policy import Permission, for_whom, require_role
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
    GateClosed, FourEyes, InvalidForm, Invalid, Delegated, ConsultationOpen."""
    task = open_task(tx, command.task_id)
    require_in_hand(tx, task)
    if command.version is not None and command.version != tx.order.version:
        raise Conflict(f"工单版本已为 {tx.order.version}", field="version")
    if task.delegated_by is not None:
        raise Delegated()
    if task.consult is not None:
        raise ConsultationOpen()
    return checked_and_done(tx, task, command.form, command.occurred_at, command.late_reason)


def require_in_hand(tx: Tx, task: tasks.TaskRow) -> None:
    """Raise Forbidden or AlreadyClaimed unless the actor may work on the task: he holds it, or nobody does. NotReady
    for a second opinion, which is given and not completed."""
    if task.parent_id is not None:
        raise NotReady("加签任务请给出意见")
    require_role(tx.actor, task.role, task.offered_to)
    if task.assignee not in (None, tx.actor.id):
        raise AlreadyClaimed()


def checked_and_done(
    tx: Tx, task: tasks.TaskRow, form: Mapping[str, Any], stated: datetime | None, late_reason: str, **more: Any
) -> TaskDone:
    """The actor finishes the task: all that speaks of the work itself is checked. `more` goes into the record."""
    checked, occurred_at, absent = checked_form(tx, task, form, stated, late_reason)
    return done(tx, task, checked, occurred_at, late_reason, absent, **more)


def checked_form(
    tx: Tx, task: tasks.TaskRow, form: Mapping[str, Any], stated: datetime | None, late_reason: str
) -> tuple[dict[str, Any], datetime, str | None]:
    """The form as it may be kept, when the work was done, and for whom the actor works."""
    occurred_at = stated_instant(tx, stated, late_reason)
    absent = require_allowed(tx, task)
    return filled.checked(tx, task.form_key, task.id, form), occurred_at, absent


def require_allowed(tx: Tx, task: tasks.TaskRow) -> str | None:
    """Raise OrderSuspended, GateClosed or FourEyes unless this task may be finished now, by the actor. Returns for whom
    he acts, if somebody is absent."""
    absent = task.on_behalf_of or for_whom(tx.actor, task.role, task.offered_to, task.assignee)
    require_not_suspended(tx, task.element_id)
    _require_documents(tx, task)
    holding.require_other(tx, tx.version, task, absent)
    four_eyes.require_another(tx, task, absent)
    return absent


def done(
    tx: Tx,
    task: tasks.TaskRow,
    form: dict[str, Any],
    occurred_at: datetime,
    late_reason: str,
    absent: str | None,
    **more: Any,
) -> TaskDone:
    """Close the task and move the process. Who stands in for somebody acts with his roles too."""
    if absent is not None and task.on_behalf_of is None:
        tasks.hold(tx.uow, task.id, tx.actor.id, tx.now, absent=absent)
    roles = tx.actor.roles | dict(tx.actor.stands_in).get(absent or "", frozenset())
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
    step = Complete(task.id, form, occurred_at, tuple(sorted(roles)), then=task.back_to or "")
    body = steps.take(tx, step, occurred_at=occurred_at, done=task.id)
    if task.back_to:
        handing.give_back(tx, task)
    digest = tx.world.vault.digest(orjson.dumps(form, option=orjson.OPT_SORT_KEYS))
    told = {"task": task.id, "element": task.element_id, "form_digest": digest, "version": tx.order.version, **body}
    told |= ({"late_reason": late_reason} if late_reason else {}) | ({"on_behalf_of": absent} if absent else {}) | more
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
