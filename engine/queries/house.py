"""What the machine room asks: backlogs, heartbeats, published versions, the state of the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.queries.view import View
from engine.store import audit, house, outbox, processes, reading, timers


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the whole stands, for /metrics and /readyz."""

    orders: dict[str, int]
    n_due_timers: int
    oldest_due_at: datetime | None
    n_pending_calls: int
    n_open_incidents: int
    workers: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the whole record found."""

    n_events: int
    breaks: list[audit.Break]


def pulse(view: View) -> Pulse:
    """Counts and heartbeats."""
    backlog = timers.backlog(view.connection, view.now)
    return Pulse(
        orders=reading.count_by_status(view.connection),
        n_due_timers=backlog.n_due,
        oldest_due_at=backlog.oldest_due_at,
        n_pending_calls=outbox.n_pending(view.connection),
        n_open_incidents=reading.n_open_incidents(view.connection),
        workers=house.beats(view.connection),
    )


def versions(view: View) -> list[processes.Version]:
    """Every published version of every process."""
    return processes.every(view.connection)


def verify_audit(view: View) -> Verified:
    """Recompute every hash of every chain and compare with the orders' heads."""
    n_events, breaks = audit.verify(view.connection)
    return Verified(n_events, breaks)
