"""What is wrong with the whole now: schedulers, clocks, late timers, periodic work. For pages, metrics and /readyz."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.periodic import PERIODIC, WorkStanding, standing
from engine.queries.schedulers import Scheduler, schedulers
from engine.queries.view import View
from engine.store import clock_marks, timers
from engine.store.timers import Backlog

LATE = timedelta(seconds=60)
REMEMBERED = timedelta(days=1)
"""So long the last setting back of the clock is shown."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something a person should look at. `code` is stable; `since` and `subject` say when and whom, where known."""

    code: str
    subject: str = ""
    since: datetime | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """How time is kept, everything read in one view."""

    schedulers: list[Scheduler]
    works: list[WorkStanding]
    backlog: Backlog
    alarms: list[Alarm]

    @property
    def clock_off(self) -> bool:
        """Is some living scheduler holding everything because of its clock?"""
        return any(each.clock_off for each in self.schedulers if not each.is_silent)


def look(view: View) -> Watch:
    """Everything at once."""
    found = Watch(schedulers(view), standing(view, PERIODIC), timers.backlog(view.connection, view.now), [])
    found.alarms.extend(_alarms(view, found))
    return found


def _alarms(view: View, found: Watch) -> Iterator[Alarm]:
    yield from _of_schedulers(found)
    own = view.world.clock.skew().total_seconds()
    if view.world.is_clock_off() and not found.clock_off:
        yield Alarm("clock_off", "", None, own)
    back = clock_marks.last_set_back(view.connection)
    if back is not None and timedelta(0) <= view.now - back.at <= REMEMBERED:
        yield Alarm("clock_set_back", "", back.at, back.seconds)
    oldest = found.backlog.oldest_due_at
    if oldest is not None and view.now - oldest > LATE:
        yield Alarm("timers_late", str(found.backlog.n_due), oldest, (view.now - oldest).total_seconds())
    for work in found.works:
        if work.is_late:
            yield Alarm("periodic_late", work.name, work.next_due_at)
        if work.result.get("n_broken"):
            yield Alarm("record_broken", work.name)


def _of_schedulers(found: Watch) -> Iterator[Alarm]:
    alive = [each for each in found.schedulers if not each.is_silent]
    if not alive:
        yield Alarm("no_scheduler", "", max((each.at for each in found.schedulers), default=None))
    for each in found.schedulers:
        if each.is_silent and alive:
            yield Alarm("scheduler_silent", each.worker, each.at)
    for each in alive:
        if each.clock_off:
            yield Alarm("clock_off", each.worker, None, each.skew_s)
        if each.listening is False:
            yield Alarm("listener_lost", each.worker)
