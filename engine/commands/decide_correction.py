"""Approve or refuse the correction of a recorded time. The one way by which another time than the recorded holds: the
clocks of stages that began or ended with the task are counted anew from it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import clockwork, recounting
from engine.commands.stated import N_MAX_REASON, wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import CorrectionDecided, FourEyes, NotFound
from engine.policy import Permission
from engine.store import corrections


@dataclass(frozen=True, slots=True)
class DecideCorrection:
    """`note` says why, which a refusal must."""

    correction_id: str
    approve: bool
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class CorrectionOutcome:
    """`decision` is APPROVED or REFUSED."""

    correction_id: str
    task_id: str
    order_no: str
    decision: str


def handle(command: DecideCorrection, tx: Tx) -> CorrectionOutcome:
    """Raises CorrectionDecided, FourEyes when it is one's own request, Invalid."""
    row = corrections.one(tx.connection, command.correction_id)
    if row is None:
        raise NotFound()
    if row["decision"] is not None:
        raise CorrectionDecided()
    if row["requested_by"] == tx.actor.id:
        raise FourEyes()
    note = command.note.strip()
    if len(note) > N_MAX_REASON:
        raise wrong("note", "too_long", f"审批意见不得超过 {N_MAX_REASON} 字")
    if not command.approve and not note:
        raise wrong("note", "note_missing", "不同意更正时须写明理由")
    decision = corrections.APPROVED if command.approve else corrections.REFUSED
    corrections.decide(tx.uow, row["id"], decision, by=tx.actor.id, at=tx.now, note=note)
    told = {"correction": row["id"], "task": row["task_id"], "before": row["before_at"], "after": row["after_at"]}
    tx.record("CorrectionDecided", {**told, "decision": decision, "requested_by": row["requested_by"], "note": note})
    if command.approve:
        moved = clockwork.of(tx).correct(row["task_id"], row["after_at"])
        recounting.follow(tx, "CORRECTION", moved, correction=row["id"])
    return CorrectionOutcome(row["id"], row["task_id"], tx.order.order_no, decision)


VERB = Verb(
    DecideCorrection, CorrectionOutcome, Permission.CORRECTION_DECIDE, handle, locks=("correction", "correction_id")
)
