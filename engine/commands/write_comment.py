"""Write a comment on an order, for colleagues. The text is masked, sealed, and stays out of the record."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain import identifiers as ids
from engine.domain.redaction import redacted
from engine.policy import Permission
from engine.store import applications, desk

N_MAX_TEXT = 1000
_MASKS = {
    "name": ids.mask_name,
    "agent_name": ids.mask_name,
    "id_no": ids.mask_id,
    "agent_id_no": ids.mask_id,
    "phone": ids.mask_phone,
    "agent_phone": ids.mask_phone,
}


@dataclass(frozen=True, slots=True)
class WriteComment:
    """`text` is free; numbers of people and what the order knows of its customer are masked before it is kept."""

    order_no: str
    text: str
    key: str


@dataclass(frozen=True, slots=True)
class CommentWritten:
    """`n_masked`: how many places were masked."""

    order_no: str
    comment_id: str
    n_masked: int


def handle(command: WriteComment, tx: Tx) -> CommentWritten:
    """Raises Invalid for no text or too much of it."""
    text = command.text.strip()
    if not text:
        raise wrong("text", "text_missing", "请填写内容")
    if len(text) > N_MAX_TEXT:
        raise wrong("text", "too_long", f"不得超过 {N_MAX_TEXT} 字")
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text if letter not in "\r\n\t"):
        raise wrong("text", "bad_text", "含有不可见字符")
    found = redacted(text, _known(tx))
    order, comment_id = tx.order, uuid4().hex
    desk.add_comment(
        tx.uow,
        tx.world.vault,
        id=comment_id,
        order_id=order.id,
        seq=order.audit_seq,
        by=tx.actor.id,
        at=tx.received_at,
        text=found.text,
        n_masked=found.n_masked,
    )
    told = {"comment": comment_id, "n_text": len(found.text), "n_masked": found.n_masked}
    tx.record("CommentWritten", told)
    return CommentWritten(order.order_no, comment_id, found.n_masked)


def _known(tx: Tx) -> Iterator[tuple[str, str]]:
    """What the order knows of its customer and his agent, each with its mask."""
    for field, mask in _MASKS.items():
        value = applications.opened(tx.connection, tx.world.vault, tx.order.id, field)
        if value:
            yield value, mask(value)


VERB = Verb(WriteComment, CommentWritten, Permission.COMMENT_WRITE, handle, locks=("order_no", "order_no"))
