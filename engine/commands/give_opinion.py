"""Give the second opinion that one was asked for (加签意见). Once the last one asked agrees to what was filled in, the
task is finished with it in the name of whoever filled it in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.commands import beside, handing
from engine.commands.complete_task import done, open_task, require_allowed
from engine.commands.stated import N_MAX_REASON, wrong
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, NotReady
from engine.policy import Actor, Permission
from engine.store import absences, accounts, acts, changes, tasks
from engine.store.tasks import TaskRow

AGREE, DISAGREE = "AGREE", "DISAGREE"


@dataclass(frozen=True, slots=True)
class GiveOpinion:
    """`opinion` is AGREE or DISAGREE, the latter with a note. `note` stays out of the record."""

    task_id: str
    opinion: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """`of` is the task it was asked for at; `completed_task` says whether that was finished with it."""

    task_id: str
    of: str
    completed_task: bool


def handle(command: GiveOpinion, tx: Tx) -> OpinionGiven:
    """Raises Invalid, AlreadyClaimed for another's opinion, OrderSuspended, and, with the last agreement, all that the
    completion of the task raises."""
    _check(command)
    opinion = open_task(tx, command.task_id)
    if opinion.parent_id is None:
        raise NotReady("该任务不是加签任务")
    if opinion.assignee != tx.actor.id:
        raise AlreadyClaimed()
    task = open_task(tx, opinion.parent_id)
    require_not_suspended(tx, task.element_id)
    if not changes.close_beside(tx.uow, opinion.id, tasks.DONE, tx.actor.id, tx.now):
        raise NotReady()
    handing.keep(tx, task, acts.OPINION, reason="", note=command.note, to_login=task.assignee, opinion=command.opinion)
    told = {"task": opinion.id, "element": task.element_id, "of": task.id, "opinion": command.opinion}
    tx.record("OpinionGiven", told | {"n_note": len(command.note.strip())})
    out = beside.still_out(tx, task)
    if command.opinion == DISAGREE and opinion.consult == beside.AFTER:
        out = _end_others(tx, task)
    if out:
        return OpinionGiven(opinion.id, task.id, completed_task=False)
    tasks.consult(tx.uow, task.id, None)
    finished = opinion.consult == beside.AFTER and command.opinion == AGREE and _finish(tx, task)
    if not finished:
        handing.tell(tx, "opinion_given", [task.assignee], task, command.opinion)
    return OpinionGiven(opinion.id, task.id, completed_task=finished)


def _check(command: GiveOpinion) -> None:
    if command.opinion not in (AGREE, DISAGREE):
        raise wrong("opinion", "unknown_value", "请选择同意或不同意")
    if len(command.note) > N_MAX_REASON:
        raise wrong("note", "too_long", f"意见不得超过 {N_MAX_REASON} 字")
    if command.opinion == DISAGREE and not command.note.strip():
        raise wrong("note", "note_missing", "不同意时须填写意见")


def _end_others(tx: Tx, task: TaskRow) -> list[TaskRow]:
    """Somebody disagrees with what was filled in: it goes back to be changed, and nobody need look at it any more."""
    beside.end(tx, task)
    return []


def _finish(tx: Tx, task: TaskRow) -> bool:
    """In the name of its holder, as he filled it in. False when he may not any more: then it stays in his hands."""
    proposal = acts.proposal(tx.connection, task.id)
    holder = accounts.one(tx.connection, task.assignee or "")
    if proposal is None or holder is None or holder.disabled_at is not None:
        return False
    stands_in = absences.stood_in_for(tx.connection, holder.login, tx.now)
    actor = Actor(holder.login, holder.name, "user", frozenset(holder.roles), holder.unit_code, stands_in=stands_in)
    if not actor.may(Permission.TASK_COMPLETE):
        return False
    kept = proposal.form
    occurred_at, agreed = datetime.fromisoformat(kept["occurred_at"]), _agreed(tx, task)
    with tx.acting_as(actor):
        absent = require_allowed(tx, task)
        done(tx, task, kept["form"], occurred_at, kept["late_reason"], absent, agreed_by=agreed)
    return True


def _agreed(tx: Tx, task: TaskRow) -> list[str]:
    """Who agreed to what was last filled in."""
    known = acts.of_task(tx.connection, task.id)
    since = max(n for n, act in enumerate(known) if act.kind == acts.PROPOSE)
    return [act.actor for act in known[since:] if act.kind == acts.OPINION and act.opinion == AGREE]


VERB = Verb(GiveOpinion, OpinionGiven, Permission.TASK_COMPLETE, handle, locks=("task", "task_id"))
