"""When the ticks run: APScheduler, its memory store, fixed intervals. Holds nothing that a restart could lose."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from engine.app import Engine
from engine.clock import SystemClock
from engine.errors import EngineError
from scheduler.ears import Ears
from scheduler.heartbeat import Heartbeat
from scheduler.ticks import Ticks

DEAD_AFTER_SECONDS = 120.0
WAITING_ORDERS_SECONDS = 5.0
RECOUNT_SECONDS = 5.0
PERIODIC_SECONDS = 10.0
HEARTBEAT_SECONDS = 5.0
SELF_CHECK_SECONDS = 60.0
SLACK = timedelta(seconds=5)

# Without them APScheduler drops a tick that is a second late; piling ticks up would gain nothing either, because one
# tick does the whole backlog.
NEVER_SKIP: Final = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
FIRE = "fire_due_timers"

log = structlog.get_logger()


class Every(IntervalTrigger):  # type: ignore[misc]  # APScheduler tells no types
    """Every so many seconds. What a jump of the clock or a sleep of the machine left out is not made up: APScheduler
    would count each missed tick, which after a day takes it half a minute in which nothing ticks."""

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """As planned, or an interval from now if that has passed."""
        planned: datetime = super().get_next_fire_time(previous_fire_time, now)
        return planned if planned > now else now + self.interval


class Schedule:
    """The jobs of one scheduler process. `stop` set means: finish what is begun, begin nothing."""

    def __init__(self, engine: Engine, stop: threading.Event, *, tick_seconds: float = 1.0) -> None:
        self._engine = engine
        self._stop = stop
        self._pulse_at = time.monotonic()
        self._tick = timedelta(seconds=tick_seconds)
        # APScheduler plans by the host's time of day, whatever the engine's clock says.
        self._host = SystemClock()
        self._ticks = ticks = Ticks(engine, stop, self._pulse)
        self._ears = Ears(engine, stop, self.look)
        heart = Heartbeat(engine, self._known)
        jobs: list[tuple[Callable[[], object], float]] = [
            (self.fire_due_timers, tick_seconds),
            (ticks.deliver_outbox, tick_seconds),
            (ticks.start_waiting_orders, WAITING_ORDERS_SECONDS),
            (ticks.recount_deadlines, RECOUNT_SECONDS),
            (ticks.run_periodic, PERIODIC_SECONDS),
            (heart.beat, HEARTBEAT_SECONDS),
            (heart.check_self, SELF_CHECK_SECONDS),
        ]
        self._scheduler = BackgroundScheduler(timezone="UTC", executors={"default": ThreadPoolExecutor(len(jobs))})
        self._scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        for job, seconds in jobs:
            self._scheduler.add_job(
                job,
                Every(seconds=seconds, timezone="UTC"),
                id=job.__name__,
                next_run_time=self._host.now(),
                **NEVER_SKIP,
            )

    def start(self) -> None:
        """Begin to tick, and to listen where the database tells."""
        self._scheduler.start()
        if self._engine.can_listen:
            self._ears.start()
        log.info("scheduler started", action="scheduler.started", worker=self._engine.worker)

    def stop(self) -> None:
        """Let the running ticks finish what they hold, then end."""
        self._stop.set()
        self._scheduler.shutdown(wait=True)
        if self._ears.is_alive():
            self._ears.join()
        try:
            self._engine.leave()
        except EngineError as error:  # then its last heartbeat is missed for a while, which is only right
            log.warning("could not say goodbye", action="scheduler.silent_end", code=error.code)
        self._engine.close()
        log.info("scheduler stopped", action="scheduler.stopped")

    def jobs(self) -> list[Job]:
        """What will run, and how often."""
        return list(self._scheduler.get_jobs())

    def is_alive(self) -> bool:
        """Has the timer tick shown life lately? A dead APScheduler thread is silent otherwise."""
        return time.monotonic() - self._pulse_at < DEAD_AFTER_SECONDS

    def fire_due_timers(self) -> None:
        """Fire what is due, and be back when the next one is, if that is before the next tick."""
        self._ticks.fire_due_timers()
        next_at = self._engine.next_timer_at()
        if next_at is None or self._stop.is_set():
            return
        wait = next_at - self._engine.clock.now()
        if wait < self._tick:
            self._run_at(FIRE, max(wait, timedelta(0)))

    def look(self) -> None:
        """Look for due timers now."""
        self._run_at(FIRE, timedelta(0))

    def mend(self) -> None:
        """A job that is planned further ahead than its interval was planned before the host's clock was set back: it
        would wait for the old time to come again."""
        now = self._host.now()
        lost = [job.id for job in self.jobs() if job.next_run_time - now > job.trigger.interval + SLACK]
        for job_id in lost:
            self._run_at(job_id, timedelta(0))
        if lost:
            log.warning("jobs waited for a time before the clock was set back", action="scheduler.mended", jobs=lost)

    def _run_at(self, job_id: str, wait: timedelta) -> None:
        try:
            self._scheduler.modify_job(job_id, next_run_time=self._host.now() + wait)
        except JobLookupError:
            log.debug("the scheduler has stopped", action="scheduler.gone")

    def _known(self) -> dict[str, Any]:
        """What the heartbeat tells besides."""
        return {"listening": self._ears.listening if self._engine.can_listen else None, "fires": self._ticks.fires()}

    def _pulse(self) -> None:
        self._pulse_at = time.monotonic()


def _complain(event: JobExecutionEvent) -> None:
    log.error("tick failed", action="scheduler.tick_failed", job=event.job_id, error=str(event.exception or "missed"))
