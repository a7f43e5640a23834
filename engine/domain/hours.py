"""Business hours of a hall: when it opens and closes on a working day. Pure; holidays come in with the calendar.

A simple model: one opening and one closing a day, no lunch. A make-up day that has no hours of its own is worked by the
first pattern, because people then work as on an ordinary day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.errors import Invalid

MAX_HOURS = 3_000
"""About a year of a hall's open hours: a longer span is a mistake, not a deadline."""
_PATTERN = re.compile(r"([1-7])-([1-7]) ([0-2]\d:[0-5]\d)-([0-2]\d:[0-5]\d)")
_MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening and closing by weekday (1 is Monday); `usual` on working days that it does not name. A closing at 00:00
    is the end of the day."""

    usual: tuple[time, time]
    by_weekday: Mapping[int, tuple[time, time]]
    name: str = ""

    def opens(self, day: date) -> datetime:
        """When the hall opens, if the day is a working day."""
        return datetime.combine(day, self._of(day)[0], SHANGHAI)

    def closes(self, day: date) -> datetime:
        """When it closes."""
        at = self._of(day)[1]
        return datetime.combine(day + timedelta(days=at == _MIDNIGHT), at, SHANGHAI)

    def _of(self, day: date) -> tuple[time, time]:
        return self.by_weekday.get(day.isoweekday(), self.usual)


ALWAYS = Hours((_MIDNIGHT, _MIDNIGHT), {})
"""Of a hall that tells no hours: its day ends when the day ends."""


def read_hours(patterns: Iterable[str], name: str = "") -> Hours:
    """`["1-5 08:30-17:00", "6-7 09:00-16:00"]` as a type. Raises Invalid with what is wrong."""
    by_weekday: dict[int, tuple[time, time]] = {}
    usual: tuple[time, time] | None = None
    for pattern in patterns:
        found = _PATTERN.fullmatch(pattern) if isinstance(pattern, str) else None
        if found is None:
            raise Invalid(f"营业时间应如“1-5 08:30-17:00”：{pattern}", field="hours")
        first, last = int(found[1]), int(found[2])
        try:
            opens, closes = time.fromisoformat(found[3]), time.fromisoformat(found[4])
        except ValueError as error:
            raise Invalid(f"营业时间不是钟点：{pattern}", field="hours") from error
        days = range(first, last + 1)
        if not days or opens >= closes or any(day in by_weekday for day in days):
            raise Invalid(f"营业时间前后颠倒或有重叠：{pattern}", field="hours")
        usual = usual or (opens, closes)
        by_weekday |= dict.fromkeys(days, (opens, closes))
    if usual is None:
        raise Invalid("营业时间是空的", field="hours")
    return Hours(usual, by_weekday, name)


def add_hours(start: datetime, n_hours: Decimal, hours: Hours, calendar: WorkingCalendar) -> datetime:
    """The instant at which so many open hours have passed since `start`; a closing that is just reached counts.

    Raises Invalid for a number that is not above 0 or above MAX_HOURS.
    """
    if not 0 < n_hours <= MAX_HOURS:
        raise Invalid(f"营业小时数应大于 0，不超过 {MAX_HOURS}", field="hours")
    left = timedelta(seconds=float(n_hours * 3600))
    at = start.astimezone(SHANGHAI)
    day = at.date()
    while True:
        if calendar.is_workday(day):
            begin, end = max(at, hours.opens(day)), hours.closes(day)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        day = calendar.add_workdays(day, 1)


def explain_hours(start: datetime, n_hours: Decimal, hours: Hours, calendar: WorkingCalendar) -> dict[str, Any]:
    """Why `add_hours` gives what it gives: JSON with the inputs, the special days on the way and a sentence."""
    due = add_hours(start, n_hours, hours, calendar)
    from_day = start.astimezone(SHANGHAI).date()
    days = calendar.explain(from_day, calendar.workdays_between(from_day, due.date()))
    hall = f"（{hours.name}{_said(hours, due.date())}）"
    text = f"自 {start.astimezone(SHANGHAI):%Y-%m-%d %H:%M} 起满 {n_hours} 个营业小时为 {due:%Y-%m-%d %H:%M}{hall}"
    return {
        "rule": "business_hours",
        "start_at": start.isoformat(),
        "hours": str(n_hours),
        "due_at": due.isoformat(),
        "makeup_days": days["makeup_days"],
        "holidays": days["holidays"],
        "calendar": days["calendar"],
        "provisional": days["provisional"],
        "text": "；".join((text, *days["text"].split("；")[1:])),
    }


def business_end(day: date, hours: Hours, calendar: WorkingCalendar) -> dict[str, Any]:
    """The close of business of a day, or of the first working day after a rest day (民法典 art. 203), and why."""
    on = day if calendar.is_workday(day) else calendar.add_workdays(day, 1)
    due = hours.closes(on)
    text = f"{on} 营业结束{_said(hours, on)}" + (f"（{hours.name}）" if hours.name else "")
    if on != day:
        text = f"{day} 不是工作日，顺延至其后第一个工作日；{text}"
    told = {"rule": "business_end", "day": str(day), "due_on": str(on), "due_at": due.isoformat(), "text": text}
    return {"due": due, "why": told}


def _said(hours: Hours, day: date) -> str:
    return f" {hours.opens(day):%H:%M} 至 " + (
        "24:00" if hours.closes(day).date() > day else f"{hours.closes(day):%H:%M}"
    )
