"""Ask a colleague for a second opinion on a task (加签): before it is done, or on what has been filled in (after).

The task waits meanwhile. An opinion is a task of its own for whoever was asked; it hangs on no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from engine.commands import beside, handing
from engine.commands.beside import AFTER, BEFORE
from engine.commands.complete_task import checked_form, open_task, require_in_hand
from engine.commands.stated import wrong
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Delegated, NotReady
from engine.policy import Permission
from engine.store import acts, tasks
from engine.store.tasks import TaskRow


@dataclass(frozen=True, slots=True)
class ConsultTask:
    """`when` is BEFORE or AFTER. With AFTER the work is done: `form`, `occurred_at` and `late_reason` are as for a
    completion, which follows by itself once everybody asked agrees. `note` stays out of the record."""

    task_id: str
    to: tuple[str, ...]
    when: str
    reason: str
    key: str
    note: str = ""
    form: Mapping[str, Any] | None = None
    occurred_at: datetime | None = None
    late_reason: str = ""


@dataclass(frozen=True, slots=True)
class Consulted:
    """The opinions that are now waited for, as tasks."""

    task_id: str
    opinions: tuple[str, ...]


def handle(command: ConsultTask, tx: Tx) -> Consulted:
    """Raises Invalid, Forbidden, AlreadyClaimed, Delegated, OrderSuspended; NotReady while what was filled in waits for
    opinions; with AFTER all that a completion raises."""
    handing.check_reason("CONSULT", command.reason, command.note)
    task = open_task(tx, command.task_id)
    require_in_hand(tx, task)
    require_not_suspended(tx, task.element_id)
    if task.delegated_by is not None:
        raise Delegated()
    out = beside.still_out(tx, task) if task.consult else []
    if any(AFTER in (opinion.consult, command.when) for opinion in out):
        raise NotReady("请待已有的加签意见给出")
    people = _people(command, tx, {opinion.assignee for opinion in out})
    if task.assignee is None:
        tasks.hold(tx.uow, task.id, tx.actor.id, tx.now)
    if command.when == AFTER:
        _propose(command, tx, task)
    opened = tuple(_open(command, tx, task, login) for login in people)
    tasks.consult(tx.uow, task.id, beside.WAITING)
    told = {"when": command.when, "asked": list(people), "opinions": list(opened)}
    tx.record("ConsultationAsked", handing.told(task, command.reason, command.note, **told))
    handing.tell(tx, "opinion_asked", people, task, command.reason)
    return Consulted(task.id, opened)


def _people(command: ConsultTask, tx: Tx, asked: set[str | None]) -> tuple[str, ...]:
    people = tuple(dict.fromkeys(command.to))
    if command.when not in (BEFORE, AFTER):
        raise wrong("when", "unknown_value", "只能是 BEFORE 或 AFTER")
    if not 1 <= len(people) <= beside.N_MAX_ASKED:
        raise wrong("to", "out_of_range", f"请选择 1 至 {beside.N_MAX_ASKED} 人")
    for login in people:
        handing.colleague(tx, login)
        if login in asked:
            raise wrong("to", "asked_already", "已请该人员加签")
    return people


def _propose(command: ConsultTask, tx: Tx, task: TaskRow) -> None:
    """Keep what was filled in, after all the checks of a completion: it is completed with it when all agree."""
    form, occurred_at, _ = checked_form(tx, task, command.form or {}, command.occurred_at, command.late_reason)
    kept = {"form": form, "occurred_at": occurred_at.isoformat(), "late_reason": command.late_reason}
    handing.keep(tx, task, acts.PROPOSE, reason=command.reason, form=kept)


def _open(command: ConsultTask, tx: Tx, task: TaskRow, login: str) -> str:
    opinion_id = uuid4().hex
    row = {
        "id": opinion_id,
        "order_id": task.order_id,
        "unit_code": task.unit_code,
        "element_id": beside.element_of(task),
        "name": f"加签：{task.name}"[:300],
        "role": "",
        "form_key": "",
        "stage": "",
        "state": tasks.OPEN,
        "assignee": login,
        "opened_at": tx.now,
        "claimed_at": tx.now,
        "due_at": task.due_at,
        "urgent_at": task.urgent_at,
        "priority": task.priority,
        "parent_id": task.id,
        "consult": command.when,
    }
    tasks.add(tx.uow, row)
    handing.keep(tx, task, acts.CONSULT, reason=command.reason, note=command.note, to_login=login)
    return opinion_id


VERB = Verb(ConsultTask, Consulted, Permission.TASK_CONSULT, handle, locks=("task", "task_id"))
