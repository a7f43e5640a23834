"""Days, times, instants and spans as FEEL knows them, with the calendar arithmetic on them; no text, no operators.

Python's own types end at year 9999 and at microseconds; the specification (DMN 1.5, 10.3.2.3.4 to 10.3.2.3.6) asks for
years of nine digits. Spans are whole nanoseconds.
"""

from __future__ import annotations

import datetime as py
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from engine.kernel.feel.errors import NullResult

MAX_YEAR = 999_999_999
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MAX_SPAN = 10**26
"""Nanoseconds; more than lie between the first and the last day."""
_CYCLE_DAYS = 146_097
_CYCLE_YEARS = 400
_MICRO = py.timedelta(microseconds=1)


class Zone(NamedTuple):
    """An offset in seconds east of Greenwich without a name, or a named zone; `seconds` is None where it varies.

    In the hour that clocks show twice, the second time round, `seconds` pins a varying zone to its later offset.
    """

    seconds: int | None
    name: str = ""


UTC = Zone(0)


class Date(NamedTuple):
    """A day of the proleptic Gregorian calendar; compares by time."""

    year: int
    month: int
    day: int


_REFERENCE_DAY = Date(1972, 12, 31)
"""The day on which XML Schema compares times of day whose zone has no fixed offset."""


class Time(NamedTuple):
    """A time of day as nanoseconds since midnight. Compare with `feel.compare`: zones count."""

    nanos: int
    zone: Zone | None = None


class DateTime(NamedTuple):
    """A date and time. Compare with `feel.compare`: zones count."""

    day: Date
    nanos: int
    zone: Zone | None = None


class DaysTime(NamedTuple):
    """A days and time duration."""

    nanos: int


class YearsMonths(NamedTuple):
    """A years and months duration."""

    months: int


# ---- calendar --------------------------------------------------------------------------------------------------------


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def date_of(year: int, month: int, day: int) -> Date | None:
    """That day; None if there is none, or the year has more than nine digits."""
    if not (-MAX_YEAR <= year <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)):
        return None
    return Date(year, month, day)


def time_of(hour: int, minute: int, second: int, nanos: int = 0, zone: Zone | None = None) -> Time | None:
    """That time of day; None if there is none."""
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59 and 0 <= nanos < SECOND):
        return None
    return Time(((hour * 60 + minute) * 60 + second) * SECOND + nanos, zone)


def ordinal(day: Date) -> int:
    """Days since 1970-01-01, in cycles of 400 years that begin on 1 March."""
    year = day.year - (day.month <= 2)
    cycle, year = divmod(year, _CYCLE_YEARS)
    of_year = (153 * ((day.month - 3) % 12) + 2) // 5 + day.day - 1
    return cycle * _CYCLE_DAYS + year * 365 + year // 4 - year // 100 + of_year - 719_468


def day_at(number: int) -> Date:
    """The inverse of `ordinal`. Raises NullResult beyond the calendar."""
    cycle, rest = divmod(number + 719_468, _CYCLE_DAYS)
    year = (rest - rest // 1460 + rest // 36_524 - rest // 146_096) // 365
    of_year = rest - (365 * year + year // 4 - year // 100)
    place = (5 * of_year + 2) // 153
    month = (place + 2) % 12 + 1
    found = date_of(cycle * _CYCLE_YEARS + year + (month <= 2), month, of_year - (153 * place + 2) // 5 + 1)
    if found is None:
        raise NullResult("日期超出范围")
    return found


_FIRST, _LAST = ordinal(Date(-MAX_YEAR, 1, 1)), ordinal(Date(MAX_YEAR, 12, 31))


def day_in(value: Date | DateTime) -> Date:
    """The day of a date-time; of a date, itself."""
    return value.day if isinstance(value, DateTime) else value


def weekday(day: Date) -> int:
    """1 is Monday."""
    return (ordinal(day) + 3) % 7 + 1


def day_of_year(day: Date) -> int:
    """1 to 366."""
    return ordinal(day) - ordinal(Date(day.year, 1, 1)) + 1


def week_of_year(day: Date) -> int:
    """By ISO 8601: the week of the year's first Thursday is the first."""
    thursday = day_at(ordinal(day) - weekday(day) + 4)
    return (day_of_year(thursday) - 1) // 7 + 1


def later_months(day: Date, months: int) -> Date:
    """So many months later; a month too short ends on its last day. Raises NullResult beyond the calendar."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if abs(year) > MAX_YEAR:
        raise NullResult("日期超出范围")
    return Date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def span(nanos: int) -> DaysTime:
    """A days and time duration. Raises NullResult if it is longer than all of the calendar."""
    if abs(nanos) > MAX_SPAN:
        raise NullResult("时长超出范围")
    return DaysTime(nanos)


# ---- zones -----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def zone_named(name: str) -> Zone | None:
    """A zone of the IANA database; None if it knows none of that name."""
    found = _zone_info(name)
    if found is None:
        return None
    fixed = found.utcoffset(None)
    return Zone(None if fixed is None else int(fixed.total_seconds()), name)


@lru_cache(maxsize=256)
def _zone_info(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def offset_at(zone: Zone, day: Date, nanos: int) -> int:
    """Seconds east of Greenwich when clocks in that zone show that time."""
    if zone.seconds is not None:
        return zone.seconds
    wall = py.datetime(*_near(day), tzinfo=_zone_info(zone.name)) + py.timedelta(microseconds=nanos // 1000)
    return _seconds(wall)


def _seconds(value: py.time | py.datetime) -> int:
    return int((value.utcoffset() or py.timedelta()).total_seconds())


def _near(day: Date) -> Date:
    """The same day of a year that Python knows and whose calendar and rules are the same."""
    if 2 <= day.year <= 9998:
        return day
    return day._replace(year=day.year % _CYCLE_YEARS + (2400 if day.year > 0 else _CYCLE_YEARS))


def time_offset(value: Time) -> int:
    """`offset_at` of a time of day, on the reference day; 0 of a local one."""
    return 0 if value.zone is None else offset_at(value.zone, _REFERENCE_DAY, value.nanos)


def instant(value: DateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00, in UTC if the value is zoned, else by its own clock."""
    wall = ordinal(value.day) * DAY + value.nanos
    return wall if value.zone is None else wall - offset_at(value.zone, value.day, value.nanos) * SECOND


def at_instant(nanos: int, zone: Zone | None) -> DateTime:
    """The inverse of `instant`. Raises NullResult beyond the calendar."""
    if zone is not None and zone.name:
        return _in_zone(nanos, zone_named(zone.name) or zone)
    wall, clock = divmod(nanos + (zone.seconds or 0) * SECOND if zone is not None else nanos, DAY)
    return DateTime(day_at(wall), clock, zone)


def _in_zone(nanos: int, zone: Zone) -> DateTime:
    days, clock = divmod(nanos, DAY)
    day = _near(day_at(min(max(days, _FIRST), _LAST)))  # the day in Greenwich may lie just beyond the calendar
    utc = py.datetime(*day, tzinfo=py.UTC) + py.timedelta(microseconds=clock // 1000)
    shift = _seconds(utc.astimezone(_zone_info(zone.name)))
    wall, clock = divmod(nanos + shift * SECOND, DAY)
    return _pinned(DateTime(day_at(wall), clock, zone), shift)


def _pinned(value: DateTime, seconds: int) -> DateTime:
    assert value.zone is not None
    if offset_at(value.zone, value.day, value.nanos) == seconds:
        return value
    return value._replace(zone=value.zone._replace(seconds=seconds))


# ---- Python's types --------------------------------------------------------------------------------------------------


def from_python(value: Any) -> Any:
    """FEEL's value of a Python date, time, date-time or timedelta; None for what is none of them."""
    if isinstance(value, py.datetime):
        made = DateTime(Date(value.year, value.month, value.day), _nanos(value), _zone_of(value))
        return made if made.zone is None or not value.fold else _pinned(made, _seconds(value))
    if isinstance(value, py.date):
        return Date(value.year, value.month, value.day)
    if isinstance(value, py.time):
        return Time(_nanos(value), _zone_of(value))
    return DaysTime(value // _MICRO * 1000) if isinstance(value, py.timedelta) else None


def _nanos(value: py.time | py.datetime) -> int:
    return ((value.hour * 60 + value.minute) * 60 + value.second) * SECOND + value.microsecond * 1000


def _zone_of(value: py.time | py.datetime) -> Zone | None:
    if value.tzinfo is None:
        return None
    if isinstance(value.tzinfo, ZoneInfo) and value.tzinfo.key:
        return zone_named(value.tzinfo.key)
    return Zone(_seconds(value))


def to_python(value: Any) -> Any:
    """The Python form of a FEEL day, time, instant or span, cut to microseconds; anything else as it is.

    Raises NullResult beyond the years 1 to 9999.
    """
    try:
        if type(value) is Date:
            return py.date(*value)
        if type(value) is Time:
            return _clock(value.nanos, value.zone)
        if type(value) is DateTime:
            made = py.datetime.combine(py.date(*value.day), _clock(value.nanos, value.zone))
            return made.replace(
                fold=int(value.zone is not None and bool(value.zone.name) and value.zone.seconds is not None)
            )
        return py.timedelta(microseconds=value.nanos // 1000) if type(value) is DaysTime else value
    except (ValueError, OverflowError):
        raise NullResult("日期或时长超出公元 1 至 9999 年") from None


def _clock(nanos: int, zone: Zone | None) -> py.time:
    seconds, rest = divmod(nanos, SECOND)
    place: py.tzinfo | None = None
    if zone is not None:
        place = _zone_info(zone.name) if zone.name else py.UTC
        if not zone.name and zone.seconds:
            place = py.timezone(py.timedelta(seconds=zone.seconds))
    return py.time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, tzinfo=place)
