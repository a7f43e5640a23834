"""Refuses work on a suspended order, but for what belongs to the suspension. The rule is domain/holds.py's."""

from __future__ import annotations

from engine.commands.tx import Tx
from engine.domain.holds import goes_on
from engine.errors import OrderSuspended


def require_not_suspended(tx: Tx, element_id: str, *, message: str = "") -> None:
    """Raise OrderSuspended when the order is and the element's folder does not say `while_suspended`."""
    if not may_go_on(tx, element_id, message=message):
        raise OrderSuspended()


def may_go_on(tx: Tx, element_id: str, *, message: str = "") -> bool:
    """Is the order not suspended, or does the element stand beside the work?"""
    if tx.order.suspended_since is None:
        return True
    process = tx.version.process
    within = element_id in process.index.elements and process.while_suspended(element_id)
    return goes_on(suspended=True, within=within, message=message)
