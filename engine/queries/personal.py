"""Personal values of an order in the clear, for who has said why he must see them, as long as that counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.policy import Actor, Permission, require
from engine.queries.orders import order_head
from engine.queries.view import View
from engine.store import applications, unmasking


@dataclass(frozen=True, slots=True)
class Seen:
    """A value in the clear and until when it may be shown."""

    value: str
    until: datetime


def available(view: View, actor: Actor, order_no: str) -> tuple[str, ...]:
    """The personal fields that this order has. Raises NotFound outside the actor's units."""
    require(actor, Permission.PERSONAL_UNMASK)
    stored = applications.fields_of(view.connection, order_head(view, actor, order_no)["id"])
    return tuple(name for name in unmasking.FIELDS if name in stored)


def unmasked(view: View, actor: Actor, order_no: str) -> dict[str, Seen]:
    """What the actor may see now of this order; nothing, unless he has unmasked it (`UnmaskPersonal`) just now."""
    require(actor, Permission.PERSONAL_UNMASK)
    order_id = order_head(view, actor, order_no)["id"]
    allowed = unmasking.open_fields(view.connection, order_id, actor.id, view.now)
    found = {name: applications.opened(view.connection, view.world.vault, order_id, name) for name in allowed}
    return {name: Seen(value, allowed[name]) for name, value in found.items() if value is not None}
