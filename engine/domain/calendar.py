"""Working days by the State Council calendar: count them, add them, say why. Never reads the clock; years without an
official notice are answered provisionally and say so."""

from __future__ import annotations

import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from engine.errors import Fault, Invalid

OFFICIAL = "OFFICIAL"
PROVISIONAL = "PROVISIONAL"
MAX_WORKDAYS = 2_500
"""Ten years of working days: a longer span is a mistake, not a deadline."""

_WEEKDAYS = "一二三四五六日"
_FIXED_HOLIDAYS = {
    (1, 1): "元旦",
    (5, 1): "劳动节",
    (5, 2): "劳动节",
    (10, 1): "国庆节",
    (10, 2): "国庆节",
    (10, 3): "国庆节",
}
"""Statutory days with a fixed solar date (State Council decree 795): all that is certain of a year without a notice."""
_MAY_2_SINCE = 2025
"""Decree 795 added the second of May as of 2025."""


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's exceptions from Monday to Friday, as its notice (or, provisionally, the statute) names them."""

    year: int
    version: int
    status: str
    holidays: Mapping[date, str]
    makeup_days: Mapping[date, str]
    source: str = ""

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day of the year."""
        return day in self.makeup_days or (day.weekday() < 5 and day not in self.holidays)

    def note(self, day: date) -> str:
        """Name of the holiday or make-up day, or nothing."""
        return self.makeup_days.get(day) or self.holidays.get(day, "")

    @property
    def label(self) -> str:
        """How explanations cite this year: `日历 2026 v1`."""
        return f"日历 {self.year} v{self.version}" + ("（暂定）" if self.status == PROVISIONAL else "")


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day as the database keeps it."""

    on: date
    is_workday: bool
    note: str
    status: str


def days_of(year: CalendarYear) -> list[CalendarDay]:
    """Every day of the year, for the calendar table."""
    first = date(year.year, 1, 1)
    n_days = (date(year.year + 1, 1, 1) - first).days
    days = (first + timedelta(days=offset) for offset in range(n_days))
    return [CalendarDay(day, year.is_workday(day), year.note(day), year.status) for day in days]


def read_year(text: str) -> CalendarYear:
    """Read processes/calendars/YYYY.toml; raises Invalid with what is wrong in it."""
    try:
        raw = tomllib.loads(text)
        year = CalendarYear(
            raw["year"],
            raw["version"],
            raw["status"],
            _dated(raw["holidays"]),
            _dated(raw["makeup_days"]),
            raw["source"],
        )
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise Invalid(f"工作日历文件无法读取：{error}", field="calendar") from error
    faults = list(_year_faults(year))
    if faults:
        raise Invalid(f"{year.year} 年工作日历有误", field="calendar", faults=faults)
    return year


def statutory_days(year: int) -> dict[date, str]:
    """The days with a fixed solar date on which nobody works in this year, whatever a notice moves."""
    since = year >= _MAY_2_SINCE
    return {date(year, *on): name for on, name in _FIXED_HOLIDAYS.items() if since or on != (5, 2)}


def provisional_year(year: int) -> CalendarYear:
    """Monday to Friday without the fixed statutory days: the answer until the notice for this year is entered."""
    return CalendarYear(year, 0, PROVISIONAL, statutory_days(year), {}, "法定固定节日，尚无国务院办公厅通知")


def turned_days(before: CalendarYear, after: CalendarYear) -> list[date]:
    """The days of a year that are working days by one of the two and not by the other."""
    return [day.on for day in days_of(before) if after.is_workday(day.on) != day.is_workday]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """All known years; unknown ones are provisional. Immutable apart from its own cache of counted days."""

    years: Mapping[int, CalendarYear]
    _counted: dict[int, list[date]] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, years: Iterable[CalendarYear]) -> WorkingCalendar:
        """Of the given years; the highest version of a year wins."""
        return cls({year.year: year for year in sorted(years, key=lambda y: (y.year, y.version))})

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> WorkingCalendar:
        """Of the contents of calendar files."""
        return cls.of(read_year(text) for text in texts)

    @classmethod
    def from_days(cls, days: Iterable[CalendarDay], versions: Mapping[int, int]) -> WorkingCalendar:
        """Of the rows of the calendar table; `versions` gives each year's version."""
        by_year: dict[int, list[CalendarDay]] = {}
        for day in days:
            by_year.setdefault(day.on.year, []).append(day)
        return cls.of(_from_rows(year, versions.get(year, 1), rows) for year, rows in by_year.items())

    def year(self, year: int) -> CalendarYear:
        """The table of a year, provisional if no notice is known."""
        return self.years.get(year) or provisional_year(year)

    def is_workday(self, day: date) -> bool:
        """Whether people work on this day."""
        return self.year(day.year).is_workday(day)

    def add_workdays(self, start: date, n_workdays: int) -> date:
        """The n-th working day after `start`, which itself is never counted (民法典 art. 201, 203).

        A start on a holiday needs no rule of its own: day 1 is the first working day after it. 0 gives `start`.
        """
        _check_span(n_workdays)
        if n_workdays == 0:
            return start
        year, left = start.year, n_workdays + bisect_right(self._workdays(start.year), start)
        while left > len(self._workdays(year)):
            left -= len(self._workdays(year))
            year += 1
        return self._workdays(year)[left - 1]

    def subtract_workdays(self, end: date, n_workdays: int) -> date:
        """The n-th working day before `end`, which itself is not counted. 0 gives `end`."""
        _check_span(n_workdays)
        if n_workdays == 0:
            return end
        year, left = end.year, n_workdays
        before = bisect_left(self._workdays(year), end)
        while left > before:
            left -= before
            year -= 1
            before = len(self._workdays(year))
        return self._workdays(year)[before - left]

    def workdays_between(self, start: date, end: date) -> int:
        """Number of working days d with start < d <= end; 0 if `end` is not after `start`."""
        if end <= start:
            return 0
        inner = sum(len(self._workdays(year)) for year in range(start.year, end.year))
        return inner + bisect_right(self._workdays(end.year), end) - bisect_right(self._workdays(start.year), start)

    def explain(self, start: date, n_workdays: int) -> dict[str, Any]:
        """Why `add_workdays` gives what it gives: JSON with the inputs, the special days on the way and a sentence."""
        due = self.add_workdays(start, n_workdays)
        years = [self.year(year) for year in range(start.year, due.year + 1)]
        span = [start + timedelta(days=offset) for offset in range(1, (due - start).days + 1)]
        makeup = [day for day in span if day in self.year(day.year).makeup_days]
        off = [day for day in span if day in self.year(day.year).holidays and day not in makeup]
        return {
            "rule": "workdays_after_start",
            "start_on": start.isoformat(),
            "workdays": n_workdays,
            "due_on": due.isoformat(),
            "makeup_days": [day.isoformat() for day in makeup],
            "holidays": [day.isoformat() for day in off],
            "calendar": [{"year": y.year, "version": y.version, "status": y.status} for y in years],
            "provisional": any(y.status == PROVISIONAL for y in years),
            "text": "；".join(self._sentence(start, n_workdays, due, makeup, off)),
        }

    def _sentence(self, start: date, n: int, due: date, makeup: list[date], off: list[date]) -> Iterable[str]:
        yield f"自 {start} 次日起第{n}个工作日为 {due}"
        if makeup:
            yield "、".join(f"{day:%m-%d}（周{_WEEKDAYS[day.weekday()]}）" for day in makeup) + "为调休上班日"
        for first, last in _runs(off):
            name = self.year(first.year).note(first)
            yield (f"{first:%m-%d}" if first == last else f"{first:%m-%d} 至 {last:%m-%d}") + f" 为{name}假期"
        yield "、".join(self.year(year).label for year in range(start.year, due.year + 1))

    def _workdays(self, year: int) -> list[date]:
        counted = self._counted.get(year)
        if counted is None:
            counted = [day.on for day in days_of(self.year(year)) if day.is_workday]
            self._counted[year] = counted
        return counted


def _check_span(n_workdays: int) -> None:
    if isinstance(n_workdays, bool) or not 0 <= n_workdays <= MAX_WORKDAYS:
        raise Invalid(f"工作日数应在 0 至 {MAX_WORKDAYS} 之间", field="workdays")


def _dated(days: Mapping[str, str]) -> dict[date, str]:
    return {date.fromisoformat(day): str(name) for day, name in days.items()}


def _year_faults(year: CalendarYear) -> Iterable[Fault]:
    if year.status not in {OFFICIAL, PROVISIONAL}:
        yield Fault("status", "bad_status", "状态只能是 OFFICIAL 或 PROVISIONAL")
    for day in (*year.holidays, *year.makeup_days):
        if day.year != year.year:
            yield Fault(day.isoformat(), "wrong_year", f"{day} 不在 {year.year} 年")
    for day in year.makeup_days:
        if day.weekday() < 5 or day in year.holidays:
            yield Fault(day.isoformat(), "bad_makeup_day", f"{day} 不是可调休的周末")


def _from_rows(year: int, version: int, rows: list[CalendarDay]) -> CalendarYear:
    holidays = {row.on: row.note for row in rows if not row.is_workday and (row.note or row.on.weekday() < 5)}
    makeup = {row.on: row.note for row in rows if row.is_workday and row.on.weekday() >= 5}
    status = PROVISIONAL if any(row.status == PROVISIONAL for row in rows) else OFFICIAL
    return CalendarYear(year, version, status, holidays, makeup, "calendar table")


def _runs(days: list[date]) -> Iterable[tuple[date, date]]:
    start = 0
    for index in range(1, len(days) + 1):
        if index == len(days) or (days[index] - days[index - 1]).days > 1:
            yield days[start], days[index - 1]
            start = index
