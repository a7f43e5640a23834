"""Keep a letter that the worker has printed, and go on. A second answer changes nothing.

The hash of what was signed is fixed by the signature: a later print, with the signature on it, is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import record_reply
from engine.commands.paperwork import new_id, papers_of
from engine.commands.record_reply import RecordReply, Replied
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission
from engine.store import attachments, outbox


@dataclass(frozen=True, slots=True)
class RecordRendered:
    """`content` is the file of the letter, `n_pages` how many pages it has, `content_hash` that of what it says."""

    call_id: str
    key: str
    commitment_no: str
    content: bytes
    n_pages: int
    content_hash: str
    media_type: str = "application/pdf"


def handle(command: RecordRendered, tx: Tx) -> Replied:
    """The process gets `{content_hash, pages}`. Raises NotFound for an unknown letter."""
    papers = papers_of(tx)
    letter = next((row for row in papers.commitments if row.commitment_no == command.commitment_no), None)
    if letter is None:
        raise NotFound(command.commitment_no)
    file = attachments.sealed(
        tx.world.vault,
        command.content,
        id=new_id(),
        order_id=tx.order.id,
        kind=attachments.LETTER,
        media_type=command.media_type,
        at=tx.received_at,
        by=tx.actor.id,
    )
    found = outbox.standing_of(tx.connection, command.call_id)
    if found is not None and found[0] in (outbox.PENDING, outbox.FAILED):
        papers.attachments.append(file)
        letter.letter_id, letter.n_pages = file.id, command.n_pages
        if letter.signed_at is None:
            letter.content_hash = command.content_hash
        body = {"commitment": letter.commitment_no, "digest": file.digest, "pages": command.n_pages}
        body["content_hash"] = letter.content_hash or command.content_hash
        tx.record("CommitmentPrinted", body | {"signed": letter.signed_at is not None})
    reply = {"content_hash": letter.content_hash or command.content_hash, "pages": command.n_pages}
    return record_reply.handle(RecordReply(command.call_id, command.key, result=reply), tx)


VERB = Verb(RecordRendered, Replied, Permission.REPLY_RECORD, handle, locks=("call", "call_id"))
