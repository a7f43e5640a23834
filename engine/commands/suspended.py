"""What may go on while an order is suspended: what belongs to the suspension, and asking for the order's end."""

from __future__ import annotations

from engine.commands.tx import Tx
from engine.domain.holds import HEARD_ALWAYS
from engine.errors import OrderSuspended


def require_not_suspended(tx: Tx, element_id: str, *, message: str = "") -> None:
    """Raise OrderSuspended when the order is and the element's folder does not say `while_suspended`."""
    if tx.order.suspended_since is None or message in HEARD_ALWAYS:
        return
    process = tx.version.process
    if element_id not in process.index.elements or not process.while_suspended(element_id):
        raise OrderSuspended()
