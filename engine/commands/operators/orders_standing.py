"""`orders.standing`: how the order stands, for the conditions of a diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.clock import SHANGHAI
from engine.commands import clockwork
from engine.commands.tx import Tx
from engine.domain.clocks import TOTAL
from engine.kernel.model import Json


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Result: `suspended`, `status`, `total_due_on` (a date; null while the clock stands)."""
    order, clocks = tx.order, clockwork.of(tx)
    state = clocks.states.get(TOTAL)
    end = state.deadline(tx.world.calendar(tx.connection)) if state is not None else None
    due_on = {"@date": end.due_on.isoformat()} if end is not None else None
    since = order.suspended_since
    return {
        "suspended": since is not None,
        "suspended_on": {"@date": since.astimezone(SHANGHAI).date().isoformat()} if since is not None else None,
        "status": order.status,
        "total_due_on": due_on,
    }
