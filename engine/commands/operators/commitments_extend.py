"""`commitments.extend`: a customer's wish for more time was approved, or not. A letter is extended once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.paperwork import move, papers_of
from engine.commands.promise_rules import latest_extension
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.errors import CommitmentMoved
from engine.kernel.model import Json
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.papers import Papers


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{status}`. Raises CommitmentMoved when nothing is out, or it was extended before, InvalidForm for the day."""
    papers = papers_of(tx)
    letter = _letter(papers)
    if params.get("approved") is not True:
        tx.record("CommitmentExtensionRefused", {"commitment": letter.commitment_no})
        return {"status": letter.status}
    promise.moved(promise.Status(letter.status), promise.Move.EXTEND, extended=letter.extended_at is not None)
    until = _until(tx, params)
    later = [item for item in papers.items_of(letter) if item in papers.outstanding and item.due_on < until]
    if not later:
        raise inputs.wrong("new_due_on", "not_later", "新的补交期限应晚于原期限")
    latest = latest_extension(tx, min(item.due_on for item in later))
    if latest is None:
        raise CommitmentMoved("按规定承诺书不得延期")
    if until > latest:
        raise inputs.wrong("new_due_on", "due_too_late", f"新的补交期限不得晚于 {latest}")
    is_workday = tx.world.calendar(tx.connection).is_workday(until)
    told = [_extend(item, until, latest, is_workday=is_workday) for item in later]
    move(tx, letter, promise.Move.EXTEND)
    letter.extended_at = tx.received_at
    tx.record("CommitmentExtended", {"commitment": letter.commitment_no, "items": told, "due_on": until})
    return {"status": letter.status}


def _letter(papers: Papers) -> CommitmentRow:
    """The order's letter with promises that are out; of several the one that was not extended yet."""
    found = [row for row in papers.commitments if any(i.commitment_id == row.id for i in papers.outstanding)]
    if not found:
        raise CommitmentMoved("没有未补交的承诺材料")
    return min(found, key=lambda row: (row.extended_at is not None, row.commitment_no))


def _until(tx: Tx, params: Mapping[str, Json]) -> date:
    until = inputs.day(params.get("new_due_on"), "new_due_on")
    if until is None:
        raise inputs.wrong("new_due_on", "missing", "缺少新的补交期限")
    if until < shanghai_day(tx.received_at):
        raise inputs.wrong("new_due_on", "due_in_past", "新的补交期限不得早于今天")
    return until


def _extend(item: ItemRow, until: date, latest: date, *, is_workday: bool) -> dict[str, object]:
    before = item.due_on
    text = f"经批准由 {before} 延期至 {until}；最迟 {latest}，只能延期一次"
    item.why = {"rule": "extended", "due_on": str(until), "latest_on": str(latest), "workday": is_workday, "text": text}
    item.due_on, item.extended, item.taken = until, True, []
    item.status = promise.ItemStatus.PROMISED.value
    return {"document": item.doc_type, "was_due_on": before}
