"""What the machine room asks: backlogs, heartbeats, published versions, the state of the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.queries.view import View
from engine.store import audit, house, outbox, processes, reading


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the whole stands, for /metrics; how time is kept is told by engine/watch.py."""

    orders: dict[str, int]
    n_pending_calls: int
    n_open_incidents: int
    workers: list[dict[str, Any]]


def pulse(view: View) -> Pulse:
    """Counts and heartbeats."""
    return Pulse(
        orders=reading.count_by_status(view.connection),
        n_pending_calls=outbox.n_pending(view.connection),
        n_open_incidents=reading.n_open_incidents(view.connection),
        workers=house.beats(view.connection),
    )


def versions(view: View) -> list[processes.Version]:
    """Every published version of every process."""
    return processes.every(view.connection)


def verify_audit(view: View, *, after: int = audit.HOUSE - 1, limit: int | None = None) -> audit.Verified:
    """Recompute every hash of the chains and compare with the orders' heads; a bounded part of them with `limit`."""
    return audit.verify(view.connection, after=after, limit=limit)
