"""Ask that a recorded time be corrected. Changes no time: what was recorded stays, and somebody else decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from engine.commands.stated import N_MAX_REASON, possible_instant, wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import CorrectionPending, NotFound, NotReady
from engine.policy import Permission, require_role
from engine.store import corrections, tasks


@dataclass(frozen=True, slots=True)
class RequestCorrection:
    """The work of a finished task was done at `occurred_at`; `reason` says why the record says otherwise."""

    task_id: str
    occurred_at: datetime
    reason: str
    key: str


@dataclass(frozen=True, slots=True)
class CorrectionRequested:
    """It waits for a decision."""

    correction_id: str
    task_id: str


def handle(command: RequestCorrection, tx: Tx) -> CorrectionRequested:
    """Raises NotReady for a task that is not done, Forbidden for another role, CorrectionPending, Invalid."""
    task = tx.task(command.task_id)
    if task is None:
        raise NotFound()
    if task.state != tasks.DONE or task.occurred_at is None or task.parent_id is not None:
        raise NotReady("只能更正已办结环节的办理时间")
    if task.closed_by != tx.actor.id:
        require_role(tx.actor, task.role)
    known = corrections.of_task(tx.connection, task.id)
    if any(row["decision"] is None for row in known):
        raise CorrectionPending()
    before = corrections.holding(known).get(task.id, {}).get("after_at", task.occurred_at)
    after = _checked(command, tx, before)
    row = {
        "id": uuid4().hex,
        "order_id": tx.order.id,
        "seq": tx.order.audit_seq,
        "task_id": task.id,
        "before_at": before,
        "after_at": after,
        "reason": command.reason.strip(),
        "requested_by": tx.actor.id,
        "requested_at": tx.now,
    }
    corrections.add(tx.uow, row)
    told = {"correction": row["id"], "task": task.id, "element": task.element_id, "before": before, "after": after}
    tx.record("CorrectionRequested", told | {"reason": row["reason"]})
    return CorrectionRequested(row["id"], task.id)


def _checked(command: RequestCorrection, tx: Tx, before: datetime) -> datetime:
    if not command.reason.strip():
        raise wrong("reason", "reason_missing", "须填写更正原因")
    if len(command.reason) > N_MAX_REASON:
        raise wrong("reason", "too_long", f"更正原因不得超过 {N_MAX_REASON} 字")
    after = possible_instant(tx, command.occurred_at)
    if after == before:
        raise wrong("occurred_at", "unchanged", "更正后的时间与记录相同")
    return after


VERB = Verb(RequestCorrection, CorrectionRequested, Permission.CORRECTION_REQUEST, handle, locks=("task", "task_id"))
