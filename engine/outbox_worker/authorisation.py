"""Under which authorisation of the customer one may ask about him: the one place to change when consents are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.store.outbox import Delivery
from engine.store.types import Connection


def authorisation_of(
    connection: Connection, call: Delivery, order_no: str, facts: Mapping[str, Any], at: datetime
) -> str | None:
    """Its id; None: he has given none (or taken it back), nothing is asked.

    The process names the consent (`authorisation_id` of the call); else it is the application's own, by its order.
    """
    named = call.params.get("authorisation_id")
    if isinstance(named, str) and named:
        return named
    return f"APPLICATION-{order_no}" if facts.get("authorises_data_sharing") else None
