"""The customer rates how his order was handled: stars and words to choose from, once."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyRated, NotReady
from engine.policy import Permission
from engine.progress import may_rate
from engine.store import portal

SCORES = (1, 2, 3, 4, 5)
TAGS = ("FAST", "CLEAR", "FRIENDLY", "NO_ERRANDS", "SLOW", "UNCLEAR", "UNFRIENDLY", "ASKED_TOO_MUCH", "CHARGED")


@dataclass(frozen=True, slots=True)
class RateOrder:
    """`score` from 1 to 5, `tags` some of TAGS. No words of his own: they might name people."""

    order_no: str
    score: int
    tags: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Rated:
    """It is kept."""

    order_no: str
    score: int


def handle(command: RateOrder, tx: Tx) -> Rated:
    """Raises Invalid, NotReady while the order is under way, AlreadyRated."""
    if command.score not in SCORES:
        raise wrong("score", "score_missing", "请选择评分")
    if not set(command.tags) <= set(TAGS):
        raise wrong("tags", "unknown_tag", "评价选项有误")
    if not may_rate(tx.connection, tx.world, tx.order.id):
        raise NotReady("办结后即可评价")
    if portal.rating_of(tx.connection, tx.order.id) is not None:
        raise AlreadyRated()
    tags = sorted(set(command.tags))
    portal.add_rating(tx.uow, portal.RatingRow(tx.order.id, command.score, tags, tx.received_at))
    tx.record("OrderRated", {"score": command.score, "tags": tags})
    return Rated(tx.order.order_no, command.score)


VERB = Verb(RateOrder, Rated, Permission.OWN_ACT, handle, locks=("order_no", "order_no"))
