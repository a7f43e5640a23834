"""How far an order has come in the few steps that a customer is shown, and where it waits for him: read from its
record, its rows and its instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson

from engine.domain.milestones import Milestone, milestones
from engine.kernel import spiff
from engine.kernel.forms import signatures
from engine.store import audit, orders, reading, tasks
from engine.store.tasks import TaskRow
from engine.store.types import Connection
from engine.world import World

PLAN_ANSWERED, DOCUMENT_DELIVERED, WITHDRAWAL = "plan_answered", "document_delivered", "termination_requested"
"""Messages of the shipped diagrams that a customer may register himself."""


def signing_task(rows: Iterable[TaskRow], forms: Mapping[str, Any]) -> TaskRow | None:
    """The open task of an order at which a letter waits for its signature, if there is one."""
    return next((t for t in rows if t.state == tasks.OPEN and is_signing(forms.get(t.form_key))), None)


def is_signing(form: Mapping[str, Any] | None) -> bool:
    """Is this a form that shows a letter and takes a signature under it?"""
    if form is None or not signatures(form):
        return False
    return any(part.get("x-widget") == "letter" for part in form["schema"]["properties"].values())


def milestones_of(connection: Connection, world: World, order_id: int) -> list[Milestone]:
    """The milestones of an order; none while its process has not started, or names none."""
    head = reading.order_of_id(connection, order_id)
    if head["process_version_id"] is None:
        return []
    process = world.version(connection, head["process_version_id"]).process
    state, ended = reading.instance(connection, order_id), head["status"] in orders.ENDED
    current = spiff.inspect(process, state).current if state is not None and not ended else ()
    return milestones(process.manifest, _passed(connection, order_id), current, ended=ended)


def may_rate(connection: Connection, world: World, order_id: int) -> bool:
    """Is the order at its end, or has the customer got what he wanted?"""
    if reading.order_of_id(connection, order_id)["status"] in orders.ENDED:
        return True
    found = milestones_of(connection, world, order_id)
    return bool(found) and found[-1].state == "DONE"


def _passed(connection: Connection, order_id: int) -> dict[str, datetime]:
    """Element -> when it was last passed, as the record says."""
    found: dict[str, datetime] = {}
    for row in audit.events_of(connection, order_id):
        for element in orjson.loads(row["body"]).get("passed", ()):
            found[element] = row["occurred_at"]
    return found
