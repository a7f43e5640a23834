"""The timer functions that diagrams may call in FEEL: limit, warn, workdays, before, at. Pure: the instant of the
command comes in, an aware instant and its reason go out; nothing is armed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.errors import Invalid

Limits = Mapping[str, clocks.Limit] | Callable[[str], clocks.Limit | None]


def timer_functions(
    calendar: WorkingCalendar, limits: Limits, clocks_started: Mapping[str, datetime], now: datetime
) -> dict[str, Callable[..., Any]]:
    """Functions for one step of one order.

    `limits` gives a stage's limit (or nothing), `clocks_started` when a stage or "TOTAL" began: a stage that is not in
    it begins now. Each function returns a FEEL context {"due": date-time, "why": context}; all raise Invalid.
    """
    find = limits if callable(limits) else limits.get

    def found(stage: Any) -> tuple[clocks.Limit, date]:
        limit = find(stage) if isinstance(stage, str) else None
        if limit is None:
            raise Invalid(f"时限表中没有该环节的时限：{stage}", field="stage")
        return limit, _day(clocks_started.get(limit.stage, now))

    def limit(stage: Any) -> dict[str, Any]:
        """End of the last day of the stage's limit."""
        return _context(clocks.deadline(*found(stage), calendar))

    def warn(stage: Any) -> dict[str, Any]:
        """Morning of the day on which the warning share of the limit is reached."""
        return _context(clocks.warning(*found(stage), calendar))

    def workdays(n: Any) -> dict[str, Any]:
        """End of the n-th working day after today."""
        why = calendar.explain(_day(now), _count(n))
        return {"due": clocks.end_of(date.fromisoformat(why["due_on"])), "why": why}

    def before(instant: Any, span: Any) -> dict[str, Any]:
        """The same time of day, n working days earlier: of a date-time, a date (its end) or one of these contexts."""
        moment, n = _moment(instant), _count(span)
        last = moment.astimezone(SHANGHAI)
        # The end of a day belongs to that day: "one working day before Friday 24:00" is Thursday 24:00.
        if ends_day := last.time() == time(0):
            day = calendar.subtract_workdays(date.fromordinal(last.toordinal() - 1), n)
            due = clocks.end_of(day)
        else:
            day = calendar.subtract_workdays(last.date(), n)
            due = datetime.combine(day, last.time(), SHANGHAI)
        text = f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 之前第{n}个工作日为 {day}" + (
            "（当日24:00）" if ends_day else ""
        )
        return {"due": due, "why": {"rule": "workdays_before", "workdays": n, "due_on": str(day), "text": text}}

    def at(day: Any, clock_time: Any) -> dict[str, Any]:
        """A time of day ("09:00" or a FEEL time) on a date."""
        on = day.astimezone(SHANGHAI).date() if isinstance(day, datetime) and day.tzinfo else day
        if isinstance(on, datetime) or not isinstance(on, date):
            raise Invalid("at(日期, 时刻) 的第一个参数应为日期", field="at")
        due = datetime.combine(on, _time(clock_time), SHANGHAI)
        return {"due": due, "why": {"rule": "at", "text": f"{due:%Y-%m-%d %H:%M}"}}

    return {"limit": limit, "warn": warn, "workdays": workdays, "before": before, "at": at}


def _context(end: clocks.Deadline) -> dict[str, Any]:
    return {"due": end.due_at, "why": dict(end.why)}


def _day(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def _count(n: Any) -> int:
    whole = isinstance(n, int | Decimal) and not isinstance(n, bool) and n == int(n)
    if not whole or not 0 <= n <= 366:
        raise Invalid("工作日数应为 0 至 366 的整数", field="workdays")
    return int(n)


def _moment(instant: Any) -> datetime:
    value = instant.get("due") if isinstance(instant, Mapping) else instant
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return clocks.end_of(value)
    raise Invalid("before(时刻, 工作日数) 的第一个参数应为日期或带时区的时刻", field="before")


def _time(value: Any) -> time:
    try:
        read = time.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        read = None
    if not isinstance(read, time):
        raise Invalid('at(日期, 时刻) 的第二个参数应如 "09:00"', field="at")
    return read.replace(tzinfo=None)
