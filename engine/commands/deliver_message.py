"""Register something that an order waits for: a message event with its form, as a task with its form is completed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.commands import filled, steps
from engine.commands.stated import stated_instant
from engine.commands.suspended import require_not_suspended
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.kernel import spiff
from engine.kernel.model import AwaitedMessage, Deliver
from engine.policy import Permission, require_role
from engine.store import orders


@dataclass(frozen=True, slots=True)
class DeliverMessage:
    """`message` is its name in the diagram; `element_id` says which event is meant where several wait for the name."""

    order_no: str
    message: str
    form: Mapping[str, Any]
    occurred_at: datetime | None
    key: str
    late_reason: str = ""
    element_id: str = ""


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    """The process has gone on; `opened` are the tasks that follow."""

    order_no: str
    message: str
    element_id: str
    opened: tuple[str, ...]
    completed: bool


def handle(command: DeliverMessage, tx: Tx) -> MessageDelivered:
    """Raises NotReady when the order does not wait for it, Forbidden for another role, OrderSuspended, InvalidForm."""
    awaited = _awaited(command, tx)
    require_role(tx.actor, awaited.role)
    require_not_suspended(tx, awaited.element_id, message=awaited.message)
    occurred_at = stated_instant(tx, command.occurred_at, command.late_reason)
    form = filled.checked(tx, awaited.form_key, awaited.element_id, command.form, of="本登记事项")
    step = Deliver(command.message, form, awaited.element_id, occurred_at, tuple(sorted(tx.actor.roles)))
    body = steps.take(tx, step, occurred_at=occurred_at)
    digest = tx.world.vault.digest(orjson.dumps(form, option=orjson.OPT_SORT_KEYS))
    told = {"message": awaited.message, "element": awaited.element_id, "form_digest": digest, **body}
    if command.late_reason:
        told["late_reason"] = command.late_reason
    tx.record("MessageDelivered", told, occurred_at=occurred_at)
    opened = tuple(entry["task"] for entry in body.get("opened", ()))
    done = tx.order.status in orders.ENDED
    return MessageDelivered(tx.order.order_no, awaited.message, awaited.element_id, opened, done)


def _awaited(command: DeliverMessage, tx: Tx) -> AwaitedMessage:
    """What the order waits for; the kernel asks which one is meant if several are."""
    if tx.order.instance is None:
        raise NotReady("流程尚未启动")
    for found in spiff.inspect(tx.version.process, tx.order.instance).messages:
        if found.message == command.message and command.element_id in ("", found.element_id):
            return found
    raise NotReady("工单当前不接受此项登记")


VERB = Verb(DeliverMessage, MessageDelivered, Permission.MESSAGE_DELIVER, handle, locks=("order_no", "order_no"))
