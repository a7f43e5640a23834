"""Follow an order (关注), or follow it no more. One's own list only: the order and its record stay as they are."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission, require_unit
from engine.store import follows, reading


@dataclass(frozen=True, slots=True)
class FollowOrder:
    """`following` False ends it."""

    order_no: str
    following: bool
    key: str


@dataclass(frozen=True, slots=True)
class Followed:
    """Whether the actor follows the order now."""

    order_no: str
    following: bool


def handle(command: FollowOrder, tx: Tx) -> Followed:
    """Raises NotFound outside the actor's units; following twice is following."""
    head = reading.order(tx.connection, command.order_no)
    if head is None:
        raise NotFound()
    require_unit(tx.actor, head["unit_code"], tx.world.organisation(tx.connection).is_within)
    if command.following:
        follows.begin(tx.uow, tx.actor.id, head["id"], tx.now)
    else:
        follows.end(tx.uow, tx.actor.id, head["id"])
    return Followed(command.order_no, command.following)


def _lock(command: FollowOrder) -> tuple[str, ...]:
    return ("follow", command.order_no)


VERB = Verb(FollowOrder, Followed, Permission.ORDER_READ, handle, lock_name=_lock)
