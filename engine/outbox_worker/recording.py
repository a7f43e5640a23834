"""What is kept of the answers of the sharing platform, as the command that writes them down takes it."""

from __future__ import annotations

from typing import Any

from engine.commands.record_fetched import RecordFetched
from engine.commands.verbs import Command
from engine.outbox_worker.handlers.documents import Asked
from engine.store.outbox import Delivery

N_REASON = 40


def record_fetched(call: Delivery, key: str, asked: tuple[Asked, ...]) -> Command:
    """The command that records every question of a `documents.fetch`, keeps what was found and answers the process."""
    return RecordFetched(call.call_id, key, rows_of(asked))


def rows_of(asked: tuple[Asked, ...]) -> tuple[dict[str, Any], ...]:
    """What is worth keeping of each question; nothing in it is personal but the certificate's number."""
    return tuple(_row(one) for one in asked)


def _row(one: Asked) -> dict[str, Any]:
    row: dict[str, Any] = {
        "doc_type": one.doc_type,
        "outcome": one.outcome.value,
        "reason": one.reason[:N_REASON],
        "asked_at": one.asked_at.isoformat(),
        "authorisation_id": one.errand.authorisation_id or None,
        "platform_no": one.query_id,
    }
    if (found := one.certificate) is not None:
        row |= {
            "kind": "ECERT",
            "certificate_no": found.id,
            "valid_from": found.valid_from.isoformat(),
            "valid_to": found.valid_to.isoformat() if found.valid_to is not None else None,
        }
    return row
