"""`documents.take`: what the customer chose for each missing document, at acceptance.

What the platform can give is not taken on paper (A09a), what is held is not taken again (A09b).
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.operators import inputs
from engine.commands.papers_check import checked, refuse
from engine.commands.paperwork import CUSTOMER, fulfil, keep, papers_of
from engine.commands.tx import Tx
from engine.domain.documents import PROVENANCE_OF, NeedState, Way
from engine.errors import Fault
from engine.kernel.model import Json
from engine.policy import CUSTOMER_ID
from engine.store.documents import NeedRow

_WAYS = {way.value: way for way in Way}


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{promised, taken}`, lists of document codes. Raises PaperRefused, DocumentHeld or InvalidForm, a fault each."""
    faults: list[Fault] = []
    chosen: list[tuple[NeedRow, Way, str]] = []
    for row in inputs.rows(params, "choices"):
        if not row.get("way"):
            continue  # not answered: it stays missing
        if _came_meanwhile(tx, row):
            continue  # nothing is left to promise or to take
        at = tx.received_at
        need, way = checked(tx, row, _WAYS, (at, at), faults)
        if need is not None and way is not None:
            chosen.append((need, way, inputs.text(row, "reference")))
    refuse(faults)
    result: dict[str, list[str]] = {"promised": [], "taken": []}
    for need, way, reference in chosen:
        if way is Way.COMMITMENT:
            need.state = NeedState.PROMISED.value
            result["promised"].append(need.doc_type)
        else:
            document = keep(tx, need, PROVENANCE_OF[way], certificate_no=reference)
            fulfil(tx, document, CUSTOMER)
            result["taken"].append(need.doc_type)
    tx.record("DocumentsChosen", result)
    return result


def _came_meanwhile(tx: Tx, row: Mapping[str, Json]) -> bool:
    """Is it held although it is promised, or to be uploaded: while the page was open the platform answered, or the
    customer sent it himself?"""
    papers = papers_of(tx)
    need = papers.need(str(row.get("doc_type", "")))
    if need is None or need.state != NeedState.HELD:
        return False
    sent = any(d.id == need.document_id and d.recorded_by.startswith(CUSTOMER_ID) for d in papers.documents)
    return row["way"] == Way.COMMITMENT or (row["way"] == Way.UPLOAD and sent)
