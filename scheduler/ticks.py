"""What one tick does: claim due work in batches and run it as commands. Decides nothing and writes nothing itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

import structlog

from engine.app import Engine
from engine.commands.fire_timer import FireTimer
from engine.errors import AlreadyFired, EngineError, NotFound
from engine.lateness import Lateness
from engine.outbox_worker import deliver_due
from engine.periodic import PERIODIC, run_due
from engine.policy import SYSTEM

BATCH = 50
"""Rows leased at a time: what a killed process held waits for the end of its lease, so it should hold little."""

log = structlog.get_logger()


class Ticks:
    """The work of one scheduler process. A row that fails is left to its next lease and never stops the others."""

    def __init__(self, engine: Engine, stop: threading.Event, pulse: Callable[[], None] = lambda: None) -> None:
        self._engine = engine
        self._stop = stop
        self._pulse = pulse
        self._lateness = Lateness()

    def fire_due_timers(self) -> int:
        """Fire all that is due, longest overdue first, each in its own transaction; returns how many fired.

        Told to stop, it finishes the batch it has leased: what it left lying would have to wait for the lease to end.
        """
        n_fired = 0
        while not self._stop.is_set():
            self._pulse()
            claimed = self._engine.claim_due_timers(BATCH)
            for timer_id, due_at in claimed.items():
                n_fired += self._fire(timer_id, due_at)
                self._pulse()
            if len(claimed) < BATCH:
                break
        return n_fired

    def deliver_outbox(self) -> int:
        """Deliver what waits for the outside; returns how many calls were answered."""
        n_answered = 0
        while not self._stop.is_set():
            done = deliver_due(self._engine, limit=BATCH)
            n_answered += done.n_answered
            if done.n_answered + done.n_postponed + done.n_failed:
                log.info("outbox delivered", action="outbox.delivered", **asdict(done))
            if done.n_answered + done.n_postponed + done.n_failed < BATCH:
                break
        return n_answered

    def start_waiting_orders(self) -> int:
        """Start the orders whose process has been deployed meanwhile; returns how many."""
        n_started = self._engine.start_waiting()
        if n_started:
            log.info("orders started", action="order.started", n=n_started)
        return n_started

    def recount_deadlines(self) -> int:
        """Count anew the deadlines of all orders that wait for it; returns how many."""
        n_recounted = 0
        while not self._stop.is_set():
            done = self._engine.recount_due(BATCH)
            n_recounted += done
            if done < BATCH:
                break
        if n_recounted:
            log.info("deadlines recounted", action="deadline.recounted", n=n_recounted)
        return n_recounted

    def run_periodic(self) -> int:
        """Run what every day and month asks for; returns how many periods were finished here."""
        return run_due(self._engine, PERIODIC, self._stop.is_set)

    def fires(self) -> dict[str, Any]:
        """How many this process has fired, and how late, since it began."""
        return self._lateness.to_json()

    def _fire(self, timer_id: str, due_at: datetime) -> bool:
        try:
            fired = self._engine.run(FireTimer(timer_id=timer_id, key=f"fire:{timer_id}"), SYSTEM)
        except (AlreadyFired, NotFound):
            return False  # a completion, or another scheduler after our lease, was first
        except Exception as error:  # whatever one order's diagram does, the next order's timer is due as well
            expected = isinstance(error, EngineError)
            code = getattr(error, "code", "internal")
            log.error(str(error), action="timer.failed", timer=timer_id, code=code, exc_info=not expected)
            return False
        self._lateness.add((self._engine.clock.now() - due_at).total_seconds())
        log.info("timer fired", action="timer.fired", timer=timer_id, late_s=fired.late_seconds)
        return True
