"""What is due next, what is late and why, and who keeps time: schedulers, clocks, work of every day and month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from flask import render_template, request

from engine import watch
from engine.clock import SHANGHAI
from engine.policy import Permission
from engine.queries import timers as queries
from engine.queries.timers import N_PAGE, TimerLine
from engine.queries.view import View
from web import guard
from web.accounts import actor, engine

timers = guard.Blueprint("timers", __name__, enable_openapi=False)

SHOWN = ("late", "today", "week")


@dataclass(frozen=True, slots=True)
class Day:
    """The timers of one day, and how far off it is."""

    on: date
    lines: list[TimerLine]


@timers.get("/admin/timers", needs=Permission.TIMER_READ)
def index() -> str:
    """One page of what is late, due today or due within a week."""
    wanted = request.args.get("show", "today")
    shown = wanted if wanted in SHOWN else "today"
    with engine().read() as view:
        lines = _lines(view, shown, request.args.get("after", ""))
        looked, n_overdue = watch.look(view), len(queries.overdue(view, actor(), limit=N_PAGE))
        reasons = {line.id: _reasons(line, view.now, looked) for line in lines} if shown == "late" else {}
        now = view.now
    return render_template(
        "timers.html",
        shown=shown,
        days=list(_by_day(lines)),
        reasons=reasons,
        watch=looked,
        now=now,
        n_overdue=f"{n_overdue}+" if n_overdue == N_PAGE else str(n_overdue),
        following=lines[-1].cursor if len(lines) == N_PAGE else None,
    )


def _lines(view: View, shown: str, after: str) -> list[TimerLine]:
    if shown == "late":
        return queries.overdue(view, actor(), after=after, limit=N_PAGE)
    today = view.now.astimezone(SHANGHAI).date()
    last = today + timedelta(days=1 if shown == "today" else 7)
    # what is due at midnight belongs to the day that ends
    return queries.upcoming(view, actor(), datetime.combine(last, time(0), SHANGHAI), after=after, limit=N_PAGE)


def _by_day(lines: Iterable[TimerLine]) -> Iterable[Day]:
    for on, group in groupby(lines, key=lambda line: _day_of(line.due_at)):
        yield Day(on, list(group))


def _day_of(due_at: datetime) -> date:
    local = due_at.astimezone(SHANGHAI)
    return local.date() - timedelta(days=1) if local.time() == time(0) else local.date()


def _reasons(line: TimerLine, now: datetime, looked: watch.Watch) -> list[str]:
    """What holds the whole up comes first; a timer that nothing holds up is in the queue."""
    whole = ["CLOCK_OFF"] if looked.clock_off else []
    if all(each.is_silent for each in looked.schedulers):
        whole.append("NO_SCHEDULER")
    return [*whole, *line.reasons(now)] or ["QUEUED"]
