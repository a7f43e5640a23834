"""`commitments.mark`: an action of the ladder was taken. One act stands for all its rungs that were due by now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from engine.commands.operators import inputs
from engine.commands.paperwork import move, papers_of, promises_of
from engine.commands.promise_rules import ladder
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.domain.commitments import Action, ItemStatus
from engine.errors import Invalid
from engine.kernel.model import Json
from engine.store.commitments import ItemRow

_TOLD = {
    Action.REMIND: "CommitmentReminded",
    Action.OVERDUE: "CommitmentOverdue",
    Action.ONSITE: "CommitmentOnsiteOffered",
    Action.SUSPEND: "CommitmentSuspends",
    Action.BREACH: "CommitmentBreached",
}

_MOVES = {Action.OVERDUE: promise.Move.LAPSE, Action.BREACH: promise.Move.BREACH}
_WRITTEN = frozenset({Action.REMIND, Action.OVERDUE})
"""Actions with which the customer is written to: both urge him (催告)."""
_Due: TypeAlias = tuple[ItemRow, list[str]]


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{outstanding}`. What came in meanwhile is left out; where nothing is due, nothing happens."""
    papers = papers_of(tx)
    action = _action(params)
    if action is Action.RETRY:
        for item in papers.outstanding:
            item.tried_at = tx.received_at
    elif action is not Action.NONE:
        _mark(tx, action)
    return {"outstanding": papers.n_promised}


def _action(params: Mapping[str, Json]) -> Action:
    try:
        return Action(inputs.text(params, "action"))
    except ValueError:
        raise Invalid(f"未知的承诺书动作 {params.get('action')}", field="action") from None


def _mark(tx: Tx, action: Action) -> None:
    papers = papers_of(tx)
    rungs, calendar = ladder(tx), tx.world.calendar(tx.connection)
    marked: dict[str, list[_Due]] = {}
    for item, each in zip(papers.outstanding, promises_of(tx, papers.outstanding), strict=True):
        due = promise.due_rungs(each, action, rungs, calendar, tx.received_at)
        if due:
            marked.setdefault(item.commitment_id, []).append((item, [rung.key for rung in due]))
    if action in _MOVES:
        for commitment_id in marked:
            promise.moved(promise.Status(papers.commitment(commitment_id).status), _MOVES[action])
    for commitment_id, items in marked.items():
        _letter(tx, commitment_id, action, items)


def _letter(tx: Tx, commitment_id: str, action: Action, due: list[_Due]) -> None:
    letter, items = papers_of(tx).commitment(commitment_id), [item for item, _ in due]
    if action in _MOVES:
        move(tx, letter, _MOVES[action])
    if action is Action.BREACH:
        letter.breached_at = letter.breached_at or tx.received_at
    for item, keys in due:
        item.taken = [*item.taken, *keys]
        if action in _WRITTEN:
            item.n_reminders += 1
            item.reminders = [*item.reminders, tx.received_at.isoformat()]
        if action is Action.OVERDUE and item.status == ItemStatus.PROMISED:
            item.status = ItemStatus.OVERDUE.value
        elif action is Action.BREACH:
            item.status = ItemStatus.BREACHED.value
    told = [{"document": item.doc_type, "due_on": item.due_on, "n_reminders": item.n_reminders} for item in items]
    tx.record(_TOLD[action], {"commitment": letter.commitment_no, "items": told, "status": letter.status})
