"""`commitments.sign`: the customer has signed, on screen or on paper; the promises hold from now on.

A signature drawn on the screen was kept as its points, sealed, when the form was taken; from them the picture can be
rebuilt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import orjson

from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.paperwork import keep_signature, move, papers_of, signature_of
from engine.commands.tx import Tx
from engine.correspondence import hash_of, source_of, template_of
from engine.domain import commitments as promise
from engine.domain.documents import NeedState
from engine.errors import CommitmentMoved, NotFound
from engine.kernel.model import Json
from engine.letters import SignatureRefused, Strokes, read_signature
from engine.store.commitments import CommitmentRow, ItemRow

METHODS = ("ON_SCREEN", "ON_PAPER")
CLOCK_TOLERANCE = timedelta(minutes=5)


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{status}`: ACTIVE, or CANCELLED when everything has come meanwhile. Raises NotFound, InvalidForm,
    CommitmentMoved when it was signed before."""
    papers = papers_of(tx)
    number = inputs.text(params, "commitment_no")
    letter = next((row for row in papers.commitments if row.commitment_no == number), None)
    if letter is None:
        raise NotFound(number)
    method, signed_at = _method(params), _signed_at(tx, params)
    signature_id, strokes = _signature(tx, params) if method == "ON_SCREEN" else (None, ())
    items = _still_needed(tx, letter)
    if any(item.due_on < shanghai_day(signed_at) for item in items):
        raise CommitmentMoved("承诺书中的补交期限已过，请重新拟定")
    promise.moved(promise.Status(letter.status), promise.Move.SIGN)
    _drop_others(tx, letter, items)
    if not items:
        move(tx, letter, promise.Move.CANCEL)
        tx.record("CommitmentCancelled", {"commitment": number, "why": "NOTHING_LEFT"})
        return {"status": letter.status}
    move(tx, letter, promise.Move.SIGN)
    letter.signed_at, letter.sign_method, letter.received_by = signed_at, method, tx.actor.id
    letter.content_hash = _content_hash(tx, letter, strokes)
    letter.signature_id = signature_id
    move(tx, letter, promise.Move.ACTIVATE)
    for item in items:
        item.status = promise.ItemStatus.PROMISED.value
    body = {"commitment": number, "method": method, "content_hash": letter.content_hash, "n_items": len(items)}
    tx.record("CommitmentSigned", body, occurred_at=signed_at)
    return {"status": letter.status}


def _method(params: Mapping[str, Json]) -> str:
    method = inputs.text(params, "sign_method")
    if method not in METHODS:
        raise inputs.wrong("sign_method", "unknown_method", "签署方式有误")
    return method


def _signed_at(tx: Tx, params: Mapping[str, Json]) -> datetime:
    at = inputs.instant(params.get("signed_at"), "signed_at") or tx.received_at
    if at > tx.received_at + CLOCK_TOLERANCE:
        raise inputs.wrong("signed_at", "in_future", "签署时间不得晚于当前时间")
    if at < tx.order.submitted_at:
        raise inputs.wrong("signed_at", "before_order", "签署时间不得早于申请提交时间")
    return at


def _still_needed(tx: Tx, letter: CommitmentRow) -> list[ItemRow]:
    """The lines of the letter whose document is still promised."""
    papers = papers_of(tx)
    states = {need.doc_type: need.state for need in papers.needs}
    return [item for item in papers.items_of(letter) if states.get(item.doc_type) == NeedState.PROMISED]


def _drop_others(tx: Tx, letter: CommitmentRow, kept: list[ItemRow]) -> None:
    """What came after the letter was drafted is not promised any more."""
    for item in papers_of(tx).items_of(letter):
        if item not in kept:
            item.status = promise.ItemStatus.CANCELLED.value


def _content_hash(tx: Tx, letter: CommitmentRow, strokes: Strokes) -> str:
    """Of what was signed: every field of the letter, its template, the signature."""
    source = source_of(tx.connection, tx.world.vault, tx.order.id, papers_of(tx))
    return hash_of(source, letter, template_of(tx.version.files), strokes)


def _signature(tx: Tx, params: Mapping[str, Json]) -> tuple[str, Strokes]:
    """The file of the signature and its strokes. What a form took comes as the id of a sealed file; points as they were
    drawn are taken too. Raises InvalidForm when it is neither."""
    given = params.get("signature")
    if isinstance(given, list):
        given = orjson.dumps(given).decode()
    if not isinstance(given, str) or not given:
        raise inputs.wrong("signature", "signature_missing", "缺少客户签名")
    if strokes := signature_of(tx, given):
        return given, strokes
    try:
        strokes = read_signature(given)
    except SignatureRefused as error:
        raise inputs.wrong("signature", error.code, error.detail) from error
    return keep_signature(tx, strokes), strokes
