"""`commitments.draft`: write down what a commitment letter will promise: each missing document, its day, its channel.

The day may be earlier than the rule's, never later (domain dossier 4.4, 5).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.paperwork import move, need_of, new_id, papers_of, queries_of, subject_index
from engine.commands.promise_rules import DueDates
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.domain import documents as rules
from engine.domain.documents import NeedState
from engine.errors import Fault, InvalidForm
from engine.kernel.model import Json
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.documents import NeedRow
from engine.store.papers import Papers

DELIVERIES = ("POST", "ONSITE", "HALL", "APP")


@dataclass(frozen=True, slots=True)
class _Wanted:
    need: NeedRow
    due_on: date
    delivery: str


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{commitment_no}`; an earlier draft of the order is cancelled. Raises InvalidForm with a fault for each line."""
    papers, due = papers_of(tx), DueDates(tx)
    wanted = _wanted(tx, params, due)
    for earlier in papers.commitments:
        if earlier.status == promise.Status.DRAFT:
            _discard(tx, papers, earlier)
    letter = _letter(tx, papers)
    papers.commitments.append(letter)
    items = [_item(tx, letter, line, position, due) for position, line in enumerate(wanted)]
    papers.items.extend(items)
    told = [{"document": i.doc_type, "due_on": i.due_on, "reason": i.reason, "gate": i.gate} for i in items]
    body = {"commitment": letter.commitment_no, "items": told, "template": letter.template_version}
    tx.record("CommitmentDrafted", body | {"decisions": due.told})
    return {"commitment_no": letter.commitment_no}


def _wanted(tx: Tx, params: Mapping[str, Json], due: DueDates) -> list[_Wanted]:
    papers, faults = papers_of(tx), list[Fault]()
    lines: dict[str, _Wanted] = {}
    for row in inputs.rows(params, "items"):
        doc_type = inputs.text(row, "doc_type")
        need = papers.need(doc_type)
        if need is None or need.state != NeedState.PROMISED or _is_signed(papers, doc_type) or doc_type in lines:
            faults.append(Fault(doc_type or "items", "not_promised", "该材料没有选择以承诺书补交，或已列入承诺书"))
            continue
        lines[doc_type] = _line(tx, row, need, due.of(need.gate), faults)
    for need in papers.needs:
        if need.state == NeedState.PROMISED and not _is_signed(papers, need.doc_type) and need.doc_type not in lines:
            faults.append(Fault(need.doc_type, "item_missing", f"{need.name}未列入承诺书"))
    if not lines and not faults:
        faults.append(Fault("items", "no_item", "没有需要承诺补交的材料"))
    if faults:
        raise InvalidForm("；".join(fault.reason for fault in faults), field=faults[0].field, faults=faults)
    return list(lines.values())


def _line(tx: Tx, row: Mapping[str, Any], need: NeedRow, latest: date, faults: list[Fault]) -> _Wanted:
    due_on = inputs.day(row.get("due_on"), need.doc_type) or latest
    delivery = inputs.text(row, "delivery", "ONSITE")
    if due_on > latest:
        faults.append(Fault(need.doc_type, "due_too_late", f"{need.name}的补交期限不得晚于 {latest}"))
    elif due_on < shanghai_day(tx.received_at):
        faults.append(Fault(need.doc_type, "due_in_past", f"{need.name}的补交期限不得早于今天"))
    if delivery not in DELIVERIES:
        faults.append(Fault(need.doc_type, "unknown_delivery", f"{need.name}的补交方式有误"))
    return _Wanted(need, due_on, delivery)


def _is_signed(papers: Papers, doc_type: str) -> bool:
    return any(item.doc_type == doc_type for item in papers.outstanding)


def _discard(tx: Tx, papers: Papers, letter: CommitmentRow) -> None:
    move(tx, letter, promise.Move.CANCEL)
    for item in papers.items_of(letter):
        item.status = promise.ItemStatus.CANCELLED.value
    tx.record("CommitmentCancelled", {"commitment": letter.commitment_no, "why": "REDRAFTED"})


def _letter(tx: Tx, papers: Papers) -> CommitmentRow:
    version = tx.version.row
    return CommitmentRow(
        id=new_id(),
        commitment_no=f"{tx.order.order_no}C{len(papers.commitments) + 1:02d}",
        order_id=tx.order.id,
        subject_index=subject_index(tx),
        status=promise.Status.DRAFT.value,
        template_version=f"{version.process_key} v{version.version}",
        drafted_at=tx.received_at,
        drafted_by=tx.actor.id,
    )


def _item(tx: Tx, letter: CommitmentRow, line: _Wanted, position: int, due: DueDates) -> ItemRow:
    papers, need = papers_of(tx), line.need
    failed = [row for row in papers.queries_of(need.doc_type) if row.outcome != rules.Outcome.FOUND]
    basis = need.checklist.get("legal_basis") or need.checklist.get("basis") or ""
    return ItemRow(
        commitment_id=letter.id,
        doc_type=need.doc_type,
        order_id=tx.order.id,
        position=position,
        name=need.name,
        legal_basis=str(basis)[:300],
        reason=rules.reason(need_of(tx, need), queries_of(papers)).value,
        query_id=failed[-1].id if failed else None,
        due_on=line.due_on,
        original_due_on=line.due_on,
        gate=need.gate,
        delivery=line.delivery,
        status=promise.ItemStatus.DRAFT.value,
        why=due.why(need.gate, line.due_on),
    )
