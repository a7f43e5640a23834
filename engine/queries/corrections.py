"""Corrections of recorded times: what waits for a decision, and which time of a task holds. Writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.policy import Actor, Permission, require
from engine.queries.orders import N_MAX_PAGE, order_head
from engine.queries.view import View
from engine.store import corrections


def of_order(view: View, actor: Actor, order_no: str) -> list[dict[str, Any]]:
    """Every correction of an order, oldest first. Raises NotFound outside the actor's units."""
    return corrections.of_order(view.connection, order_head(view, actor, order_no)["id"])


def pending(view: View, actor: Actor, limit: int = N_MAX_PAGE) -> list[dict[str, Any]]:
    """What the actor may decide: not what he asked for himself."""
    require(actor, Permission.CORRECTION_DECIDE)
    found = corrections.pending(view.connection, units=view.units_of(actor), limit=limit)
    return [row for row in found if row["requested_by"] != actor.id]


def holding(rows: list[dict[str, Any]]) -> Mapping[str, dict[str, Any]]:
    """Of an order's corrections the one that holds for each task, by its id: the work was done at its `after_at`."""
    return corrections.holding(rows)
