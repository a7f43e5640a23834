"""Fires what was due before a command came: the deadline came first, only nobody had acted on it yet."""

from __future__ import annotations

from datetime import datetime

from engine.commands import clockwork, recounting, steps
from engine.commands.tx import Tx
from engine.policy import SYSTEM
from engine.store import calendars


def fire_before(tx: Tx, until: datetime) -> None:
    """Fire the order's timers that were due before `until`, in due order."""
    if tx.order.next_due_at is None or tx.order.next_due_at >= until:
        return
    recount_first(tx)
    while tx.order.next_due_at is not None and tx.order.next_due_at < until:
        due_at, timer_id = min((due_at, timer_id) for timer_id, due_at in tx.pending_timers().items())
        if due_at >= until:
            tx.order.next_due_at = due_at
            break
        steps.fire(tx, timer_id)


def recount_first(tx: Tx) -> None:
    """An order that waits to be counted anew is counted before time moves it: nothing fires by a calendar that has been
    replaced."""
    queued = calendars.waiting(tx.connection, tx.order.id)
    if queued is None:
        return
    calendars.recounted(tx.uow, queued.order_id, queued.asked_at)
    with tx.acting_as(SYSTEM):
        recounting.follow(tx, queued.cause, clockwork.of(tx).recount())
