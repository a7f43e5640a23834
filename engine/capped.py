"""The daily run that lets clocks go on where a suspension has stopped them for as long as its ground may."""

from __future__ import annotations

from engine.app import Engine
from engine.commands.clockwork import shanghai_day
from engine.commands.end_capped_pause import EndCappedPause
from engine.policy import SYSTEM
from engine.store import holds

N_AT_ONCE = 500


def end_capped_pauses(engine: Engine) -> int:
    """How many suspensions stopped their clocks until yesterday at the latest, and stop them no longer. Any number of
    schedulers may do so at a time, and again: each pause ends once."""
    with engine.database.read() as connection:
        found = holds.to_cap(connection, shanghai_day(engine.clock.now()), N_AT_ONCE)
    done = [engine.run(EndCappedPause(order_id, hold_id, f"cap:{hold_id}"), SYSTEM) for order_id, hold_id in found]
    return sum(each.ended for each in done)
