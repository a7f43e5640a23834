"""How the answers of the sharing platform are written down: the one place to change when more is to be kept."""

from __future__ import annotations

from engine.commands.record_reply import RecordReply
from engine.commands.verbs import Command
from engine.outbox_worker.handlers.documents import Asked
from engine.store.outbox import Delivery


def record_fetched(call: Delivery, key: str, asked: tuple[Asked, ...]) -> Command:
    """The command that records every question of a `documents.fetch` and answers the process."""
    result = [{"doc_type": one.doc_type, "outcome": one.outcome.value} for one in asked]
    return RecordReply(call.call_id, key, result=result)
