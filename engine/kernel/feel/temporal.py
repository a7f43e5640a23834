"""Dates, times and durations as FEEL writes them: strict parsing and canonical text; it adds nothing up.

Grammar: ISO 8601 / XML Schema with FEEL's `@Zone/Name`. Parsers return None for a text that is not one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeAlias

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import (
    DAY,
    SECOND,
    UTC,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    Zone,
    date_of,
    day_at,
    ordinal,
    span,
    time_of,
    zone_named,
)

_DATE = re.compile(r"(-?)(\d{4}|[1-9]\d{4,8})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?([Zz]|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w+\-/]{0,40})?", re.ASCII
)
_MIDNIGHT = re.compile(r"24:00:00(?:\.0+)?(?![.\d])", re.ASCII)
_DAYS = re.compile(
    r"(-)?P(?:(\d{1,13})D)?(?:(T)(?:(\d{1,15})H)?(?:(\d{1,17})M)?(?:(\d{1,18})(?:\.(\d{1,18}))?S)?)?", re.ASCII
)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
MAX_OFFSET = 14 * 3600
"""Seconds, either way; XML Schema's bound."""
MAX_MONTHS = 12 * 999_999_999_999

Moment: TypeAlias = Date | Time | DateTime | DaysTime | YearsMonths


def parse_date(text: str) -> Date | None:
    """`2026-02-28`."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year = -int(found[2]) if found[1] else int(found[2])
    return date_of(year, int(found[3]), int(found[4]))


def _zone(text: str) -> Zone | None:
    """`Z`, `+08:00`, `+08:00:30` or `@Asia/Shanghai`; None if out of bounds or unknown."""
    if text in "Zz":
        return UTC
    if text[0] == "@":
        return zone_named(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    total = hours * 3600 + minutes * 60 + sum(seconds)
    if minutes > 59 or sum(seconds) > 59 or total > MAX_OFFSET:
        return None
    return Zone(-total if text[0] == "-" else total)


def parse_time(text: str) -> Time | None:
    """`09:00:00`, with fraction and with offset or zone if given."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    place = _zone(found[5]) if found[5] else None
    if found[5] and place is None:
        return None
    return time_of(int(found[1]), int(found[2]), int(found[3]), _nanos(found[4]), place)


def _nanos(fraction: str | None) -> int:
    return int(((fraction or "") + "000000000")[:9])


def parse_datetime(text: str) -> DateTime | None:
    """`2026-02-28T09:00:00+08:00`, or a date alone, which is its midnight without a zone.

    `24:00:00` is the midnight that ends the day, as XML Schema has it.
    """
    day, mark, hour = text.partition("T")
    on = parse_date(day)
    ends = _MIDNIGHT.match(hour)
    at = parse_time(f"00{hour[2:]}" if ends else hour) if mark else Time(0)
    if on is None or at is None:
        return None
    try:
        return DateTime(day_at(ordinal(on) + 1) if ends else on, at.nanos, at.zone)
    except NullResult:
        return None


def parse_duration(text: str) -> DaysTime | YearsMonths | None:
    """`P1DT2H` or `P1Y2M`; a text that mixes both kinds is none."""
    found = _MONTHS.fullmatch(text)
    if found and (found[2] or found[3]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearsMonths(-months if found[1] else months) if months <= MAX_MONTHS else None
    found = _DAYS.fullmatch(text)
    if not found or not any(found.group(2, 4, 5, 6)) or (found[3] and not any(found.group(4, 5, 6))):
        return None
    hours = int(found[2] or 0) * 24 + int(found[4] or 0)
    nanos = ((hours * 60 + int(found[5] or 0)) * 60 + int(found[6] or 0)) * SECOND + _nanos(found[7])
    try:
        return span(-nanos if found[1] else nanos)
    except NullResult:
        return None


@lru_cache(maxsize=1024)
def parse_at(text: str) -> Moment | None:
    """What `@"…"` holds: a date, time, date-time or duration; None if it is none of them."""
    return parse_date(text) or parse_time(text) or parse_duration(text) or parse_datetime(text)


# ---- text ------------------------------------------------------------------------------------------------------------


def _place(place: Zone | None) -> str:
    if place is None:
        return ""
    if place.name or place.seconds is None:
        return f"@{place.name}"
    if not place.seconds:
        return "Z"
    sign, total = ("-", -place.seconds) if place.seconds < 0 else ("+", place.seconds)
    seconds = f":{total % 60:02d}" if total % 60 else ""
    return f"{sign}{total // 3600:02d}:{total % 3600 // 60:02d}{seconds}"


def _fraction(nanos: int) -> str:
    return f".{nanos:09d}".rstrip("0") if nanos else ""


def _clock(nanos: int) -> str:
    seconds, rest = divmod(nanos, SECOND)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{_fraction(rest)}"


def format_date(value: Date) -> str:
    """`2026-02-28`; years of more than four digits as they are."""
    return f"{'-' if value.year < 0 else ''}{abs(value.year):04d}-{value.month:02d}-{value.day:02d}"


def format_time(value: Time) -> str:
    """`09:00:00+08:00`; a fraction without trailing zeros."""
    return _clock(value.nanos) + _place(value.zone)


def format_datetime(value: DateTime) -> str:
    """`2026-02-28T09:00:00+08:00`."""
    return f"{format_date(value.day)}T{_clock(value.nanos)}{_place(value.zone)}"


def format_days(value: DaysTime) -> str:
    """`P1DT2H3M4.5S`; nothing is `PT0S`."""
    days, clock = divmod(abs(value.nanos), DAY)
    seconds, rest = divmod(clock, SECOND)
    last = f"{seconds % 60}{_fraction(rest)}"
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"))
    late = "".join(f"{amount}{unit}" for amount, unit in parts if amount) + (f"{last}S" if last != "0" else "")
    if not days and not late:
        return "PT0S"
    return ("-P" if value.nanos < 0 else "P") + (f"{days}D" if days else "") + (f"T{late}" if late else "")


def format_months(value: YearsMonths) -> str:
    """`P1Y2M`; nothing is `P0M`."""
    sign, total = ("-", -value.months) if value.months < 0 else ("", value.months)
    years, months = divmod(total, 12)
    return (f"{sign}P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")) if total else "P0M"
