"""When the ticks run: APScheduler, its memory store, fixed intervals. Holds nothing that a restart could lose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler

from engine.app import Engine
from scheduler.heartbeat import Heartbeat
from scheduler.ticks import Ticks

DEAD_AFTER_SECONDS = 120.0
WAITING_ORDERS_SECONDS = 5.0
PERIODIC_SECONDS = 10.0
HEARTBEAT_SECONDS = 5.0
SELF_CHECK_SECONDS = 60.0

# Without them APScheduler drops a tick that is a second late; piling ticks up would gain nothing either, because one
# tick does the whole backlog.
NEVER_SKIP: Final = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}

log = structlog.get_logger()


class Schedule:
    """The jobs of one scheduler process. `stop` set means: finish what is begun, begin nothing."""

    def __init__(self, engine: Engine, stop: threading.Event, *, tick_seconds: float = 1.0) -> None:
        self._engine = engine
        self._stop = stop
        self._pulse_at = time.monotonic()
        ticks = Ticks(engine, stop, self._pulse)
        heart = Heartbeat(engine)
        jobs: list[tuple[Callable[[], object], float]] = [
            (ticks.fire_due_timers, tick_seconds),
            (ticks.deliver_outbox, tick_seconds),
            (ticks.start_waiting_orders, WAITING_ORDERS_SECONDS),
            (ticks.run_periodic, PERIODIC_SECONDS),
            (heart.beat, HEARTBEAT_SECONDS),
            (heart.check_self, SELF_CHECK_SECONDS),
        ]
        self._scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs))})
        self._scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        for job, seconds in jobs:
            self._scheduler.add_job(
                job, "interval", seconds=seconds, id=job.__name__, next_run_time=engine.clock.now(), **NEVER_SKIP
            )

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()
        log.info("scheduler started", action="scheduler.started", worker=self._engine.worker)

    def stop(self) -> None:
        """Let the running ticks finish what they hold, then end."""
        self._stop.set()
        self._scheduler.shutdown(wait=True)
        self._engine.close()
        log.info("scheduler stopped", action="scheduler.stopped")

    def jobs(self) -> list[Job]:
        """What will run, and how often."""
        return list(self._scheduler.get_jobs())

    def is_alive(self) -> bool:
        """Has the timer tick shown life lately? A dead APScheduler thread is silent otherwise."""
        return time.monotonic() - self._pulse_at < DEAD_AFTER_SECONDS

    def _pulse(self) -> None:
        self._pulse_at = time.monotonic()


def _complain(event: JobExecutionEvent) -> None:
    log.error("tick failed", action="scheduler.tick_failed", job=event.job_id, error=str(event.exception or "missed"))
