"""`ami.first_energised`: when the meters saw electricity first, to be held against what was typed in (A02a, A12)."""

from __future__ import annotations

from typing import Any

from engine.app import Engine
from engine.clock import SHANGHAI
from engine.outbox_worker.case import open_case, text
from engine.ports.ami import Premise
from engine.store.outbox import Delivery

PURPOSE = "送电时间核对"


def first_energised(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{outcome: FOUND or NONE, first_energised_at}: the earliest event of order, consumer number or address."""
    case = open_case(engine, call, "address")
    consumer_no = text(call, "consumer_no") or None
    premise = Premise(case.order_no, consumer_no, case.personal["address"] or None)
    events = engine.platforms.ami.first_energised(case.errand(call, PURPOSE), premise, engine.clock.now())
    if not events:
        return {"outcome": "NONE", "first_energised_at": None}
    at = events[0].first_energised_at.astimezone(SHANGHAI)
    return {"outcome": "FOUND", "first_energised_at": at.isoformat()}


def down(call: Delivery) -> dict[str, Any]:
    """The result when nobody answered."""
    return {"outcome": "DOWN", "first_energised_at": None}
