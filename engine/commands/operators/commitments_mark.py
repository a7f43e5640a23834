"""`commitments.mark`: an action of the ladder was taken. One act stands for all its rungs that were due by now."""

from __future__ import annotations

from collections.abc import Mapping

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
    marked: dict[str, list[ItemRow]] = {}
    for item, each in zip(papers.outstanding, promises_of(tx, papers.outstanding), strict=True):
        due = promise.due_rungs(each, action, rungs, calendar, tx.received_at)
        if due:
            item.taken = [*item.taken, *(rung.key for rung in due)]
            marked.setdefault(item.commitment_id, []).append(item)
    for commitment_id, items in marked.items():
        _letter(tx, commitment_id, action, items)


def _letter(tx: Tx, commitment_id: str, action: Action, items: list[ItemRow]) -> None:
    letter = papers_of(tx).commitment(commitment_id)
    if action is Action.OVERDUE:
        move(tx, letter, promise.Move.LAPSE)
    elif action is Action.BREACH:
        move(tx, letter, promise.Move.BREACH)
        letter.breached_at = letter.breached_at or tx.received_at
    for item in items:
        if action is Action.REMIND:
            item.n_reminders += 1
            item.reminders = [*item.reminders, tx.received_at.isoformat()]
        elif action is Action.OVERDUE and item.status == ItemStatus.PROMISED:
            item.status = ItemStatus.OVERDUE.value
        elif action is Action.BREACH:
            item.status = ItemStatus.BREACHED.value
    told = [{"document": item.doc_type, "due_on": item.due_on, "n_reminders": item.n_reminders} for item in items]
    tx.record(_TOLD[action], {"commitment": letter.commitment_no, "items": told, "status": letter.status})
