"""What the acts of a customer in the portal share: the waiting message or task of the diagram, done by himself.

He fills in what the diagram asks of the lane that would otherwise write it down for him; the record names him.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from engine.commands.deliver_message import DeliverMessage
from engine.commands.deliver_message import handle as deliver_message
from engine.commands.tx import Tx
from engine.errors import NotReady
from engine.kernel import spiff
from engine.kernel.forms import resolved
from engine.kernel.model import AwaitedMessage


def awaited(tx: Tx, message: str) -> AwaitedMessage | None:
    """The event of this name for which the order waits, if it does."""
    if tx.order.instance is None:
        return None
    waiting = spiff.inspect(tx.version.process, tx.order.instance).messages
    return next((found for found in waiting if found.message == message), None)


def deliver(tx: Tx, message: str, form: Mapping[str, Any]) -> None:
    """Register it. Raises NotReady when the order does not wait for it, and what DeliverMessage raises."""
    found = awaited(tx, message)
    if found is None:
        raise NotReady("工单当前不接受此项登记")
    with in_lane(tx, found.role):
        deliver_message(DeliverMessage(tx.order.order_no, message, form, None, "", element_id=found.element_id), tx)


@contextmanager
def in_lane(tx: Tx, role: str) -> Iterator[None]:
    """Let the customer do what a lane's role does, under his own name."""
    with tx.acting_as(replace(tx.actor, roles=frozenset({role}))):
        yield


def form_at(tx: Tx, form_key: str, place: str) -> Mapping[str, Any]:
    """The form of a task (its id) or an event (its element) as it stands now."""
    form = tx.version.process.forms.get(form_key)
    if form is None:
        raise NotReady()
    return resolved(form, known_at(tx, place))


def known_at(tx: Tx, place: str) -> dict[str, Any]:
    """The variables that a task or an event sees."""
    if tx.order.instance is None:
        raise NotReady()
    return spiff.scope(tx.version.process, tx.order.instance, place)


def fixed_rows(form: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """What stands fixed in each row of a list of the form."""
    rows = form["schema"]["properties"].get(name, {}).get("x-rows", ())
    return [{key: part["const"] for key, part in row["properties"].items() if "const" in part} for row in rows]
