"""Messages that no step of the process waits for: to somebody who was reminded, or from whom a task was taken.

They go through the outbox as all do; the answer moves nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from engine.commands.tx import Tx

ELEMENT = ""
"""What their outbox rows have in the place of an element of the diagram."""


def notify(tx: Tx, template: str, to: Sequence[str], detail: Any) -> str:
    """Write a message to these roles or `@login`s into the outbox; returns the call's id."""
    call_id = uuid4().hex
    row = {
        "call_id": call_id,
        "order_id": tx.order.id,
        "element_id": ELEMENT,
        "operator": "notify.send",
        "params": {"order_no": tx.order.order_no, "template": template, "to": list(to), "detail": detail},
        "key": f"{tx.order.order_no}:{call_id}",
        "state": "PENDING",
        "created_at": tx.now,
        "next_attempt_at": tx.now,
        "n_attempts": 0,
    }
    tx.changes.calls.append(row)
    return call_id
