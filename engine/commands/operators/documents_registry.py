"""The operators for documents and commitment letters, by the name that diagrams use. Runs none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.commands.operators import (
    commitments_draft,
    commitments_extend,
    commitments_mark,
    commitments_next,
    commitments_sign,
    consents_give,
    documents_judge,
    documents_open,
    documents_receive,
    documents_take,
)
from engine.commands.tx import Tx
from engine.kernel.model import Json

DOCUMENTS: Mapping[str, Callable[[Tx, Mapping[str, Json]], Json]] = {
    "commitments.draft": commitments_draft.handle,
    "commitments.extend": commitments_extend.handle,
    "commitments.mark": commitments_mark.handle,
    "commitments.next": commitments_next.handle,
    "commitments.sign": commitments_sign.handle,
    "consents.give": consents_give.handle,
    "documents.judge": documents_judge.handle,
    "documents.open": documents_open.handle,
    "documents.receive": documents_receive.handle,
    "documents.take": documents_take.handle,
}
