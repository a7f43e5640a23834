"""Count the deadlines of one order anew, under the calendar in force. Pauses made so far are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.commands import clockwork, recounting
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.policy import Permission
from engine.store import calendars, orders


@dataclass(frozen=True, slots=True)
class RecountOrder:
    """`cause` says what made it necessary, for the record: `CALENDAR 2027 v2`. `asked_at` is the instant at which the
    order was queued for it (store/calendars.py): its row goes with this transaction; None when it was not queued."""

    order_id: int
    cause: str
    key: str
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recounted:
    """How many clocks, timers and promises are due at another moment than before."""

    order_no: str
    n_clocks: int
    n_timers: int
    n_promises: int


def handle(command: RecountOrder, tx: Tx) -> Recounted:
    """An order that has ended keeps its count: it was judged by the calendar of its time."""
    if command.asked_at is not None:
        calendars.recounted(tx.uow, command.order_id, command.asked_at)
    if tx.order.status in orders.ENDED:
        return Recounted(tx.order.order_no, 0, 0, 0)
    body = recounting.follow(tx, command.cause, clockwork.of(tx).recount())
    n_moved = (len(body.get(name, ())) for name in ("clocks", "timers", "promises"))
    return Recounted(tx.order.order_no, *n_moved)


VERB = Verb(RecountOrder, Recounted, Permission.ORDER_RECOUNT, handle, locks=("order", "order_id"))
