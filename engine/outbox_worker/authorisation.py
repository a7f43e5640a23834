"""Under which authorisation of the customer one may ask about him. Asks nobody, keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.clock import SHANGHAI
from engine.store import documents
from engine.store.outbox import Delivery
from engine.store.types import Connection

SHARING = "DATA_SHARING"


def authorisation_of(
    connection: Connection, call: Delivery, order_no: str, facts: Mapping[str, Any], at: datetime
) -> str | None:
    """Its id; None: he has given none, refused it or taken it back, nothing is asked.

    His last word counts. Where none is recorded yet, it is what the application says, by the order's number.
    """
    last = documents.last_word(documents.consents_of(connection, call.order_id, SHARING), SHARING)
    if last is None:
        return f"APPLICATION-{order_no}" if facts.get("authorises_data_sharing") else None
    return last.id if documents.stands(last, at, at.astimezone(SHANGHAI).date()) else None
