"""The papers of an order as staff see them: what it needs, where each came from, what was asked, and why or why not a
person may be asked for it. Certificates are masked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from engine.clock import SHANGHAI
from engine.domain import documents as rules
from engine.domain.documents import DueRule, Need, NeedState, Outcome, Provenance, Query
from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.orders import order_head
from engine.queries.view import View
from engine.store import attachments, documents
from engine.store.commitments import ItemRow
from engine.store.documents import ConsentRow, NeedRow, QueryRow
from engine.store.papers import Papers

DATA_SHARING = "DATA_SHARING"


class Why(StrEnum):
    """Why a document is asked of the customer, or is not."""

    SEEN_AT_IDENTITY_CHECK = "SEEN_AT_IDENTITY_CHECK"
    ON_FILE = "ON_FILE"
    FROM_PLATFORM = "FROM_PLATFORM"
    FROM_CUSTOMER = "FROM_CUSTOMER"
    PROMISED = "PROMISED"
    NOT_NEEDED = "NOT_NEEDED"
    ONLY_LOOKED_UP = "ONLY_LOOKED_UP"
    PLATFORM_FIRST = "PLATFORM_FIRST"
    PLATFORM_FAILED = "PLATFORM_FAILED"
    NOT_SHAREABLE = "NOT_SHAREABLE"
    SHARING_REFUSED = "SHARING_REFUSED"


_HELD = {
    Provenance.REUSED: Why.ON_FILE,
    Provenance.SHARED_ECERT: Why.FROM_PLATFORM,
    Provenance.SHARED_DATA: Why.FROM_PLATFORM,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One document of the checklist. `ways` are the codes by which it may be supplied now, none when it need not be."""

    doc_type: str
    name: str
    state: str
    gate: str
    must_now: bool
    why: Why
    ways: tuple[str, ...]
    provenance: str | None
    certificate_masked: str | None
    received_at: datetime | None
    occurred_on: date | None
    valid_to: date | None
    promise: ItemRow | None
    commitment_no: str | None
    queries: tuple[QueryRow, ...]
    attachment_id: str | None = None
    """The file that the customer sent, if he did."""


@dataclass(frozen=True, slots=True)
class PapersPage:
    """All papers of an order."""

    order_no: str
    lines: tuple[Line, ...]
    consents: tuple[ConsentRow, ...]
    n_promised: int


def of_order(view: View, actor: Actor, order_no: str) -> PapersPage:
    """What an order needs and has. Raises NotFound outside the actor's units."""
    papers = Papers(view.connection, order_head(view, actor, order_no)["id"])
    lines = tuple(_line(papers, row, view.now) for row in papers.needs)
    return PapersPage(order_no, lines, tuple(papers.consents), papers.n_promised)


def file(view: View, actor: Actor, order_no: str, attachment_id: str) -> tuple[bytes, str]:
    """A file that the customer sent, and its media type. Raises NotFound outside the actor's units, Forbidden for who
    does not work on orders."""
    require(actor, Permission.TASK_COMPLETE)
    order_id = order_head(view, actor, order_no)["id"]
    row = attachments.one(view.connection, attachment_id)
    if row is None or row.order_id != order_id or row.kind != attachments.UPLOAD:
        raise NotFound()
    return attachments.opened(view.world.vault, row), row.media_type


def _line(papers: Papers, row: NeedRow, now: datetime) -> Line:
    need = Need(row.doc_type, row.shareable, row.deferrable, row.must_now, _may_query(papers, row.doc_type, now))
    queries = [Query(q.doc_type, Outcome(q.outcome), q.asked_at) for q in papers.queries_of(row.doc_type)]
    held = next((document for document in papers.documents if document.id == row.document_id), None)
    item = next((i for i in reversed(papers.items) if i.doc_type == row.doc_type and i.status != "CANCELLED"), None)
    is_open = row.state == NeedState.OPEN and row.due_rule != DueRule.QUERY_ONLY
    return Line(
        doc_type=row.doc_type,
        name=row.name,
        state=row.state,
        gate=row.gate,
        must_now=row.must_now,
        why=_why(row, need, queries, held.provenance if held else None, now),
        ways=tuple(way.value for way in rules.ways(need, queries, now)) if is_open else (),
        provenance=held.provenance if held else Provenance.COMMITMENT.value if item else None,
        certificate_masked=held.certificate_masked if held else None,
        received_at=held.received_at if held else None,
        occurred_on=held.occurred_on if held else None,
        valid_to=held.valid_to if held else None,
        promise=item,
        commitment_no=papers.commitment(item.commitment_id).commitment_no if item else None,
        queries=tuple(papers.queries_of(row.doc_type)),
        attachment_id=held.attachment_id if held else None,
    )


def _why(row: NeedRow, need: Need, queries: list[Query], provenance: str | None, now: datetime) -> Why:
    if row.state == NeedState.HELD:
        if provenance is None:
            return Why.SEEN_AT_IDENTITY_CHECK
        return _HELD.get(Provenance(provenance), Why.FROM_CUSTOMER)
    if row.state == NeedState.PROMISED:
        return Why.PROMISED
    if row.state == NeedState.WAIVED:
        return Why.NOT_NEEDED
    if row.due_rule == DueRule.QUERY_ONLY:
        return Why.ONLY_LOOKED_UP
    if not need.shareable:
        return Why.NOT_SHAREABLE
    if not need.may_query:
        return Why.SHARING_REFUSED
    return Why.PLATFORM_FAILED if rules.may_be_on_paper(need, queries, now, now) else Why.PLATFORM_FIRST


def _may_query(papers: Papers, doc_type: str, now: datetime) -> bool:
    last = documents.last_word(papers.consents, DATA_SHARING)
    if last is None:
        return True
    return documents.stands(last, now, now.astimezone(SHANGHAI).date()) and documents.covers(last, doc_type)
