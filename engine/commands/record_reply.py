"""Write down the answer to an outside call and go on. The outbox worker's command; a second answer changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.commands import steps, unasked
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.kernel.model import Reply
from engine.policy import Permission
from engine.store import outbox


@dataclass(frozen=True, slots=True)
class RecordReply:
    """`result` is what the outside answered; `error`, if not empty, says why it will not be asked again."""

    call_id: str
    key: str
    result: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """`accepted` is False when the process no longer waited: answered before, or taken back."""

    call_id: str
    accepted: bool


def handle(command: RecordReply, tx: Tx) -> Replied:
    """A call that failed for good leaves an incident, and the process waits for a later answer."""
    found = outbox.standing_of(tx.connection, command.call_id)
    if found is None:
        raise NotFound()
    state, element = found
    if state not in (outbox.PENDING, outbox.FAILED) or any(row["id"] == command.call_id for row in tx.changes.recalled):
        return Replied(command.call_id, accepted=False)
    if element == unasked.ELEMENT:
        _settle(command, tx)
    elif command.error:
        _fail(command, tx, element)
    else:
        _answer(command, tx)
    return Replied(command.call_id, accepted=True)


def _answer(command: RecordReply, tx: Tx) -> None:
    _mark(command, tx, outbox.ANSWERED)
    body = steps.take(tx, Reply(command.call_id, command.result))
    tx.record("CallAnswered", {"call": command.call_id, **body})


def _settle(command: RecordReply, tx: Tx) -> None:
    """No step waits for it: the answer moves nothing, and a failure stops nothing."""
    _mark(command, tx, outbox.FAILED if command.error else outbox.ANSWERED)
    if command.error:
        tx.record("CallFailed", {"call": command.call_id, "error": command.error})
    else:
        tx.record("CallAnswered", {"call": command.call_id})


def _fail(command: RecordReply, tx: Tx, element: str) -> None:
    _mark(command, tx, outbox.FAILED)
    tx.order.n_incidents += 1
    tx.changes.incidents.append(
        {
            "order_id": tx.order.id,
            "element_id": element,
            "code": "call_failed",
            "message": command.error,
            "detail": None,
            "opened_at": tx.now,
        }
    )
    tx.record("CallFailed", {"call": command.call_id, "element": element, "error": command.error})


def _mark(command: RecordReply, tx: Tx, state: str) -> None:
    values = {"id": command.call_id, "state": state, "answered_at": tx.now, "last_error": command.error or None}
    tx.changes.answered.append(values)


VERB = Verb(RecordReply, Replied, Permission.REPLY_RECORD, handle, locks=("call", "call_id"))
