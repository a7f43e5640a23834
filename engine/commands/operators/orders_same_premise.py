"""`orders.same_premise`: other low-voltage orders of the same applicant at the same premise (一址多户, A07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from engine.commands.tx import Tx
from engine.kernel.model import Json
from engine.store import applications, orders

LOW_VOLTAGE = "LV_"


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Result: `n`, `total_kw` (this order's capacity included) and `order_nos` of the others. Charging piles are
    metered apart and neither count nor are counted."""
    own = applications.premise(tx.connection, tx.order.id)
    found = _others(tx, own, own.index) if own.index is not None and not own.facts["charging_pile"] else []
    total = own.facts["capacity_kw"] + sum(other.facts["capacity_kw"] for other in found)
    return {"n": len(found), "total_kw": total, "order_nos": [other.order_no for other in found]}


def _others(tx: Tx, own: applications.Premise, premise: str) -> list[applications.Premise]:
    since = tx.received_at - timedelta(days=tx.world.settings.n_premise_days)
    return [
        other
        for other in applications.same_premise(tx.connection, own.subject_index, premise)
        if other.order_id != own.order_id
        and other.category.startswith(LOW_VOLTAGE)
        and not other.facts["charging_pile"]
        and other.facts["usage"] == own.facts["usage"]
        and (other.status not in orders.ENDED or (other.status == orders.COMPLETED and other.ended_at >= since))
    ]
