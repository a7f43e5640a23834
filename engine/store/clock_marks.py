"""The furthest instant that any scheduler has seen, and the last time that the clock stood clearly before it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from engine.store import house
from engine.store.locks import lock_name
from engine.store.types import Connection, as_text
from engine.store.uow import UnitOfWork

FURTHEST, SET_BACK = "clock.furthest", "clock.set_back"


@dataclass(frozen=True, slots=True)
class SetBack:
    """The clock was found to have been set back: when (by the clock so set) and by how many seconds."""

    at: datetime
    seconds: int


def mark(uow: UnitOfWork, now: datetime, tolerance: timedelta, *, trusted: bool) -> timedelta:
    """Move the mark to `now`. Gives by how much `now` lies before it, if by more than the tolerance, else zero.

    A clock that was set back is told once: from then on the mark stands at the new time. `trusted=False` looks only.
    """
    lock_name(uow, "clock")
    known = house.value(uow.connection, FURTHEST)
    furthest = datetime.fromisoformat(known) if known else now
    back = furthest - now if furthest - now > tolerance else timedelta(0)
    if back:
        told = {"at": as_text(now), "seconds": int(back.total_seconds())}
        house.set_value(uow, SET_BACK, orjson.dumps(told).decode())
    if back or (trusted and now >= furthest):
        house.set_value(uow, FURTHEST, as_text(now))
    return back


def last_set_back(connection: Connection) -> SetBack | None:
    """The last time that the clock was set back, None if never."""
    told = house.value(connection, SET_BACK)
    if told is None:
        return None
    found = orjson.loads(told)
    return SetBack(datetime.fromisoformat(found["at"]), found["seconds"])
