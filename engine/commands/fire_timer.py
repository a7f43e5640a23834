"""Fire a due timer. The only way by which time moves a process; late is recorded, never skipped."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import overdue, steps
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyFired, NotReady
from engine.policy import Permission


@dataclass(frozen=True, slots=True)
class FireTimer:
    """The scheduler's command. Its key is best made of the timer's id, so that any number of schedulers agree on it."""

    timer_id: str
    key: str


@dataclass(frozen=True, slots=True)
class Fired:
    """The timer has fired, this many whole seconds after it was due."""

    timer_id: str
    late_seconds: int


def handle(command: FireTimer, tx: Tx) -> Fired:
    """Raises AlreadyFired when it fired or was cancelled before, NotReady when it is not due yet."""
    timer_id = command.timer_id
    if timer_id not in tx.fired:  # the runner has just fired what was due before, in due order
        overdue.recount_first(tx)
        due_at = tx.pending_timers().get(timer_id)
        if due_at is None:
            raise AlreadyFired()
        if due_at > tx.received_at:
            raise NotReady("定时器尚未到期")
        steps.fire(tx, timer_id)
    return Fired(timer_id, tx.fired[timer_id])


VERB = Verb(FireTimer, Fired, Permission.TIMER_FIRE, handle, locks=("timer", "timer_id"))
