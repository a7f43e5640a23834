"""The customer sends a document that is missing or was promised, as a photo or a PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.commands import online
from engine.commands.clockwork import shanghai_day
from engine.commands.papers_check import checked, refuse
from engine.commands.paperwork import CUSTOMER, fulfil, keep, new_id, papers_of, promised
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.documents import PROVENANCE_OF, NeedState, Way
from engine.domain.uploads import Kept
from engine.errors import Fault, Invalid, NotReady
from engine.policy import Permission
from engine.progress import DOCUMENT_DELIVERED
from engine.store import attachments
from engine.store.documents import NeedRow
from engine.store.orders import RUNNING


@dataclass(frozen=True, slots=True)
class HandInDocument:
    """`file` comes from `domain.uploads.of_customer`; what a customer calls it is not kept."""

    order_no: str
    doc_type: str
    file: Kept
    key: str


@dataclass(frozen=True, slots=True)
class DocumentHandedIn:
    """The document is on file under this id."""

    order_no: str
    doc_type: str
    attachment_id: str


def handle(command: HandInDocument, tx: Tx) -> DocumentHandedIn:
    """Raises Invalid, NotReady, PaperRefused (the platform can give it), DocumentHeld."""
    if tx.order.status != RUNNING:
        raise NotReady("工单已办结，不再接收资料")
    _require_room(tx)
    need = papers_of(tx).need(command.doc_type)
    if need is None:
        raise _wrong("unknown_document", "本工单不需要该材料")
    attachment_id = _sealed(tx, command.file)
    if promised(papers_of(tx), need.doc_type) is None or not _told(tx, need):
        _take(tx, need)
    document = next(row for row in reversed(papers_of(tx).documents) if row.id == need.document_id)
    document.attachment_id = attachment_id
    told = {"document": need.doc_type, "attachment": attachment_id, "media_type": command.file.media_type}
    tx.record("DocumentHandedIn", told | {"n_bytes": len(command.file.content)})
    return DocumentHandedIn(tx.order.order_no, need.doc_type, attachment_id)


def _require_room(tx: Tx) -> None:
    limit = tx.world.settings.n_uploads
    if attachments.n_uploads(tx.connection, tx.order.id) >= limit:
        raise _wrong("too_many_files", f"本工单最多上传 {limit} 个文件，请联系营业厅")


def _sealed(tx: Tx, file: Kept) -> str:
    row = attachments.sealed(
        tx.world.vault,
        file.content,
        id=new_id(),
        order_id=tx.order.id,
        kind=attachments.UPLOAD,
        media_type=file.media_type,
        at=tx.received_at,
        by=tx.actor.id,
    )
    papers_of(tx).attachments.append(row)
    return row.id


def _told(tx: Tx, need: NeedRow) -> bool:
    """Tell the process that waits for promised documents; False when it does not wait just now."""
    found = online.awaited(tx, DOCUMENT_DELIVERED)
    if found is None:
        return False
    rows = online.fixed_rows(online.form_at(tx, found.form_key, found.element_id), "delivered")
    row: dict[str, Any] | None = next((each for each in rows if each.get("doc_type") == need.doc_type), None)
    if row is None:
        return False
    today = shanghai_day(tx.received_at).isoformat()
    form = {"channel": "APP", "delivered_on": today, "delivered": [row | {"way": Way.UPLOAD.value}]}
    online.deliver(tx, DOCUMENT_DELIVERED, form)
    return need.state == NeedState.HELD


def _take(tx: Tx, need: NeedRow) -> None:
    faults: list[Fault] = []
    row = {"doc_type": need.doc_type, "way": Way.UPLOAD.value}
    checked(tx, row, {Way.UPLOAD.value: Way.UPLOAD}, (tx.received_at, tx.received_at), faults)
    refuse(faults)
    fulfil(tx, keep(tx, need, PROVENANCE_OF[Way.UPLOAD]), CUSTOMER)


def _wrong(code: str, reason: str) -> Invalid:
    return Invalid(reason, field="doc_type", faults=[Fault("doc_type", code, reason)])


VERB = Verb(HandInDocument, DocumentHandedIn, Permission.OWN_ACT, handle, locks=("order_no", "order_no"))
