"""The outside answers when a test says so, within the test's own process: everything is found, at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from engine.app import Engine
from engine.outbox_worker import deliver_one
from engine.queries.standing import waits
from engine.rehearsal.platforms import Invented, obliging
from engine.store import reading

N_AT_MOST = 20
"""An order that was answered so often and still asks goes round in circles."""


@contextmanager
def outside(engine: Engine) -> Iterator[Invented]:
    """Invented platforms in the place of those that the settings name, until the block ends."""
    named = engine.platforms
    platforms = obliging(engine.clock, Random(7))
    engine.platforms = platforms.all
    try:
        yield platforms
    finally:
        engine.platforms = named


def answered(engine: Engine, order_id: int) -> int:
    """Do the calls of an order, and those that follow from their answers; returns how many there were."""
    n_done = 0
    with outside(engine):
        for _ in range(N_AT_MOST):
            calls = _calls(engine, order_id)
            if not calls:
                return n_done
            for call_id in calls:
                assert deliver_one(engine, order_id, call_id) == "answered", calls[call_id]
                n_done += 1
    raise AssertionError("the order asks without end")


def answered_all(engine: Engine) -> int:
    """The same for every order."""
    with engine.read() as view:
        found = reading.orders(view.connection, units=None, status=None, after=None, limit=200)
    return sum(answered(engine, row["id"]) for row in reversed(found))


def _calls(engine: Engine, order_id: int) -> dict[str, str]:
    with engine.read() as view:
        return waits(view, order_id).calls
