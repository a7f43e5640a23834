"""Runs periodic work: who inserts the row of a period runs it, missed periods late and in order.

A run whose worker died is begun again after its lease, so a work must bear being done twice; its row is finished once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import structlog

from engine.app import Engine
from engine.domain.periods import Every, Span, following, latest_due, named
from engine.store import periodic
from engine.store.locks import lock_name
from engine.store.uow import UnitOfWork

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Period:
    """What a run is told: its days, how late it is, and what the finished run before it gave ({} for the first)."""

    key: str
    first: date
    last: date
    due_at: datetime
    late_seconds: int
    attempt: int
    before: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Periodic:
    """A work: `every` "day" (done on the day, at `at`) or "month" (done on the first of the next one, at `at`)."""

    name: str
    every: Every
    at: time
    run: Callable[[Engine, Period], dict[str, Any]] = field(compare=False)


def run_due(engine: Engine, works: Sequence[Periodic], stopping: Callable[[], bool] = lambda: False) -> int:
    """Run every due period that nobody has run or is running; returns how many were finished here.

    A period that fails holds up the later ones of its own work, no others: they come in order or not at all.
    """
    n_done = 0
    if engine.world.is_clock_off():  # which day is it?
        return 0
    for work in works:
        while not stopping() and (period := _take(engine, work)) is not None:
            if not _run(engine, work, period):
                break
            n_done += 1
    return n_done


def _take(engine: Engine, work: Periodic) -> Period | None:
    """The period that is now this worker's, if there is one."""
    settings = engine.settings
    with UnitOfWork(engine.database) as uow:
        lock_name(uow, "periodic", work.name)
        now = engine.clock.now()
        until = now + timedelta(seconds=settings.periodic_lease_seconds)
        last = periodic.last(uow.connection, work.name)
        if last is not None and last.finished_at is None:
            if last.leased_until > now:
                return None
            span, attempt = named(work.every, work.at, last.period), last.n_attempts + 1
            late = _late(now, last.due_at)
            if not periodic.take_over(uow, last, engine.worker, now, until, late):
                return None
        else:
            span = _next(work, last.period if last else None, now)
            if span.due_at > now:
                return None
            late, attempt = _late(now, span.due_at) if last else 0, 1
            periodic.begin(uow, _row(work, span, engine.worker, now, until, late))
        before = periodic.last_result(uow.connection, work.name)
        uow.finish()
    return Period(span.key, span.first, span.last, span.due_at, late, attempt, before or {})


def _next(work: Periodic, last: str | None, now: datetime) -> Span:
    """A work that was never run begins with the newest period that is due: before, it was not there to be missed."""
    return following(work.every, work.at, last) if last else latest_due(work.every, work.at, now)


def _run(engine: Engine, work: Periodic, period: Period) -> bool:
    words = {"work": work.name, "period": period.key, "attempt": period.attempt}
    try:
        result = work.run(engine, period)
    except Exception as error:  # one work's fault is no reason to leave the others undone
        log.exception("periodic work failed", action="periodic.failed", **words)
        retry_at = engine.clock.now() + timedelta(seconds=engine.settings.periodic_retry_seconds)
        why = getattr(error, "code", type(error).__name__)
        with UnitOfWork(engine.database) as uow:
            periodic.fail(uow, work.name, period.key, period.attempt, why, retry_at)
            uow.finish()
        return False
    with UnitOfWork(engine.database) as uow:
        done = periodic.finish(uow, work.name, period.key, period.attempt, engine.clock.now(), result)
        uow.finish()
    if not done:
        log.warning("periodic work outlived its lease", action="periodic.lease_lost", **words)
        return False
    late = period.late_seconds > engine.settings.periodic_late_seconds
    (log.warning if late else log.info)(
        "periodic work done", action="periodic.done", late=late, late_s=period.late_seconds, **words
    )
    return True


def _row(work: Periodic, span: Span, worker: str, now: datetime, until: datetime, late: int) -> dict[str, Any]:
    return {
        "name": work.name,
        "period": span.key,
        "due_at": span.due_at,
        "started_at": now,
        "late_seconds": late,
        "worker": worker,
        "n_attempts": 1,
        "leased_until": until,
    }


def _late(now: datetime, due_at: datetime) -> int:
    return max(0, int((now - due_at).total_seconds()))
