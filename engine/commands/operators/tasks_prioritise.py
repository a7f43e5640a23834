"""`tasks.prioritise`: the order's tasks, the open ones and those to come, go before others. Never the other way."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.operators import inputs
from engine.commands.tx import Tx
from engine.domain.escalation import PRIORITIES
from engine.kernel.model import Json


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `priority` (1 特急, 2 加急, 3 普通; null: leave it). Result: `priority` as it now is."""
    order, wanted = tx.order, params.get("priority")
    if wanted is not None and wanted not in PRIORITIES:
        raise inputs.wrong("priority", "bad_priority", "优先级应为 1（特急）、2（加急）或 3（普通）")
    if isinstance(wanted, int) and wanted < order.priority:
        before, order.priority = order.priority, wanted
        tx.changes.prioritised.append({"of_order": order.id, "level": wanted})
        tx.record("TasksPrioritised", {"automatic": True, "before_level": before, "level": wanted})
    return {"priority": order.priority}
