"""The papers of the locked order as operators change them: consents, documents, promises. The rules are those of
domain/documents.py and domain/commitments.py; nothing is stored here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.domain import documents as rules
from engine.domain.documents import About, DueRule, Need, NeedState, Outcome, Provenance, Query
from engine.domain.identifiers import mask_id
from engine.letters import Strokes, read_signature, strokes_json
from engine.store import applications, attachments, documents
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.documents import ConsentRow, DocumentRow, NeedRow
from engine.store.papers import Papers

_ID = re.compile(r"[0-9a-f]{32}")
DATA_SHARING, FACE = "DATA_SHARING", "FACE"
CUSTOMER, PLATFORM = "CUSTOMER", "PLATFORM"
_ENDED = frozenset({promise.Status.FULFILLED, promise.Status.CANCELLED, promise.Status.BREACHED})


def papers_of(tx: Tx) -> Papers:
    """Everything about the order's documents, as it stands in this transaction; written with the step."""
    if tx.changes.papers is None:
        tx.changes.papers = Papers(tx.connection, tx.order.id)
    return tx.changes.papers


def new_id() -> str:
    """An id for a row that others of the same step may point at."""
    return uuid4().hex


# ---- consents --------------------------------------------------------------------------------------------------------


def standing_consent(papers: Papers, kind: str, at: datetime) -> ConsentRow | None:
    """The customer's last word on something, if it allows it at this instant."""
    last = documents.last_word(papers.consents, kind)
    return last if documents.stands(last, at, shanghai_day(at)) else None


def may_query(tx: Tx, doc_type: str) -> bool:
    """May the platform be asked for this? Not after a refusal, nor beyond what was allowed; where nothing was said yet,
    it is still to be asked for."""
    papers = papers_of(tx)
    if documents.last_word(papers.consents, DATA_SHARING) is None:
        return True
    consent = standing_consent(papers, DATA_SHARING, tx.received_at)
    return consent is not None and documents.covers(consent, doc_type)


# ---- needs and documents ---------------------------------------------------------------------------------------------


def need_of(tx: Tx, row: NeedRow) -> Need:
    """A stored need as the rules see it."""
    return Need(row.doc_type, row.shareable, row.deferrable, row.must_now, may_query(tx, row.doc_type))


def queries_of(papers: Papers) -> list[Query]:
    """The log of the platform as the rules see it."""
    return [Query(row.doc_type, Outcome(row.outcome), row.asked_at) for row in papers.queries]


def open_needs(papers: Papers) -> list[NeedRow]:
    """What is neither there nor promised, in the order of the checklist; what is only looked up is missed by nobody."""
    return [n for n in papers.needs if n.state == NeedState.OPEN and n.due_rule != DueRule.QUERY_ONLY]


def keep(
    tx: Tx,
    need: NeedRow,
    provenance: Provenance,
    *,
    occurred_on: date | None = None,
    certificate_no: str = "",
    valid: tuple[date | None, date | None] = (None, None),
    reused_from: DocumentRow | None = None,
) -> DocumentRow:
    """The order has this document now: a row of its own, the need is met, a promise of it is kept."""
    papers = papers_of(tx)
    row = DocumentRow(
        id=new_id(),
        order_id=tx.order.id,
        doc_type=need.doc_type,
        provenance=provenance.value,
        subject_index=subject_index(tx),
        about_index=about_index(tx, need.doc_type),
        valid_from=valid[0],
        valid_to=valid[1],
        received_at=tx.received_at,
        occurred_on=occurred_on or shanghai_day(tx.received_at),
        recorded_by=tx.actor.id,
        certificate_masked=mask_id(certificate_no) if certificate_no else None,
        reused_from=reused_from.id if reused_from else None,
    )
    if certificate_no:
        documents.seal_certificate(tx.world.vault, row, certificate_no)
    papers.documents.append(row)
    need.state, need.document_id = NeedState.HELD.value, row.id
    body = {"document": need.doc_type, "provenance": row.provenance, "occurred_on": row.occurred_on}
    if reused_from is not None:
        body["first_order"] = documents.order_of(tx.connection, reused_from.id)
    tx.record("DocumentTaken", body)
    return row


def subject_index(tx: Tx) -> str:
    """The blind index of the applicant's number."""
    found: str = applications.one(tx.connection, tx.order.id)["id_no_index"]
    return found


def about_index(tx: Tx, doc_type: str) -> str:
    """The blind index of that of which a document of this kind speaks, in this order."""
    about = rules.about(doc_type)
    if about is About.SUBJECT:
        return subject_index(tx)
    if about is About.PREMISE:
        key = rules.premise_key(_opened(tx, "real_estate_unit_no"), _opened(tx, "address"))
    else:
        key = _opened(tx, "agent_id_no") if about is About.AGENT else ""
    return tx.world.vault.index(f"{about}|{key or tx.order.order_no}")


def _opened(tx: Tx, field: str) -> str:
    return applications.opened(tx.connection, tx.world.vault, tx.order.id, field) or ""


# ---- signatures ------------------------------------------------------------------------------------------------------


def keep_signature(tx: Tx, strokes: Strokes) -> str:
    """Seal a signature drawn on a screen; returns the id of the file."""
    row = attachments.sealed(
        tx.world.vault,
        strokes_json(strokes).encode(),
        id=new_id(),
        order_id=tx.order.id,
        kind=attachments.SIGNATURE,
        media_type="application/json",
        at=tx.received_at,
        by=tx.actor.id,
    )
    papers_of(tx).attachments.append(row)
    return row.id


def signature_of(tx: Tx, attachment_id: str) -> Strokes:
    """A signature of this order by the id of its file, also one of this step; nothing if there is none of that id."""
    if not _ID.fullmatch(attachment_id):
        return ()
    added = (row for row in papers_of(tx).attachments if row.id == attachment_id)
    row = next(added, None) or attachments.one(tx.connection, attachment_id)
    if row is None or row.order_id != tx.order.id or row.kind != attachments.SIGNATURE:
        return ()
    return read_signature(attachments.opened(tx.world.vault, row).decode())


# ---- promises --------------------------------------------------------------------------------------------------------


def move(tx: Tx, letter: CommitmentRow, step: promise.Move) -> None:
    """Let something happen to a letter. Raises CommitmentMoved when it does not stand there."""
    is_extended = letter.extended_at is not None
    after = promise.moved(promise.Status(letter.status), step, extended=is_extended)
    letter.status = after.value
    if after in (promise.Status.FULFILLED, promise.Status.CANCELLED):
        letter.closed_at = tx.received_at


def promised(papers: Papers, doc_type: str) -> ItemRow | None:
    """The promise of a document that is still out."""
    return next((item for item in papers.outstanding if item.doc_type == doc_type), None)


def fulfil(tx: Tx, document: DocumentRow, by: str) -> None:
    """A document has come; if it was promised, the promise is kept, and with the last one the letter is fulfilled."""
    papers = papers_of(tx)
    item = promised(papers, document.doc_type)
    if item is None:
        return
    item.status = promise.ItemStatus.FULFILLED.value
    item.fulfilled_at, item.fulfilled_on = tx.received_at, document.occurred_on
    item.fulfilled_by, item.document_id = by, document.id
    letter = papers.commitment(item.commitment_id)
    body = {"commitment": letter.commitment_no, "document": item.doc_type, "by": by}
    tx.record("PromiseKept", body | {"fulfilled_on": item.fulfilled_on, "due_on": item.due_on})
    left = still_out(papers, letter)
    step = promise.delivery_of(promise.Status(letter.status), left)
    move(tx, letter, step)
    if step is promise.Move.DELIVER_ALL:
        tx.record("CommitmentFulfilled", {"commitment": letter.commitment_no, "status": letter.status})


def still_out(papers: Papers, letter: CommitmentRow) -> list[promise.ItemStatus]:
    """Where the promises of a letter stand that are out."""
    states = (promise.ItemStatus(item.status) for item in papers.items_of(letter))
    return [state for state in states if state in promise.OUTSTANDING]


def promises_of(tx: Tx, items: Iterable[ItemRow]) -> list[promise.Promise]:
    """Promises as the ladder sees them."""
    papers = papers_of(tx)
    return [_promise(tx, papers, item) for item in items]


def _promise(tx: Tx, papers: Papers, item: ItemRow) -> promise.Promise:
    letter, need = papers.commitment(item.commitment_id), papers.need(item.doc_type)
    since = (letter.extended_at if item.extended else None) or letter.signed_at or letter.drafted_at
    asked = [row.asked_at for row in papers.queries_of(item.doc_type)]
    tried_at = max([since, *asked, *([item.tried_at] if item.tried_at else [])])
    may_fetch = need is not None and need_of(tx, need).may_fetch
    n = item.n_reminders
    return promise.Promise(item.doc_type, item.due_on, item.gate, since, tried_at, may_fetch, frozenset(item.taken), n)


def standing_promise(tx: Tx) -> dict[str, Any]:
    """What a process that takes the order over must know: whether papers are promised still, and by which letter."""
    papers = papers_of(tx)
    letters = [papers.commitment(item.commitment_id).commitment_no for item in papers.outstanding]
    return {"has_commitment": bool(letters), "commitment_no": letters[-1] if letters else None}


def end_promises(tx: Tx) -> None:
    """The order was terminated: what was promised for it is not asked for any more. What was broken stays so."""
    papers = papers_of(tx)
    for letter in papers.commitments:
        if letter.status in _ENDED:
            continue
        for item in papers.items_of(letter):
            if item.status in (promise.ItemStatus.DRAFT, *promise.OUTSTANDING):
                item.status = promise.ItemStatus.CANCELLED.value
        move(tx, letter, promise.Move.CANCEL)
        tx.record("CommitmentCancelled", {"commitment": letter.commitment_no, "why": "ORDER_TERMINATED"})
