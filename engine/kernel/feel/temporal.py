"""Dates, times and durations as FEEL writes them: strict parsing and canonical text; it adds nothing up.

Grammar: ISO 8601 / XML Schema with FEEL's `@Zone/Name`. Years 0001 to 9999 and microseconds, as Python has them; what
lies outside is null. Parsers return None for a text that is not one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from engine.kernel.feel.values import Value, YearsMonths

_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_TIME = re.compile(
    r"(\d\d):(\d\d):(\d\d)(?:\.(\d{1,18}))?(Z|[+-]\d\d:\d\d(?::\d\d)?|@[A-Za-z][\w+\-/]{0,40})?", re.ASCII
)
_DAYS = re.compile(
    r"(-)?P(?:(\d{1,12})D)?(?:(T)(?:(\d{1,15})H)?(?:(\d{1,15})M)?(?:(\d{1,15})(?:\.(\d{0,18}))?S)?)?", re.ASCII
)
_MONTHS = re.compile(r"(-)?P(?:(\d{1,12})Y)?(?:(\d{1,12})M)?", re.ASCII)
MAX_MONTHS = 12 * 999_999_999


def parse_date(text: str) -> date | None:
    """`2026-02-28`."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo | None:
    """A zone of the IANA database by its name, or None."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _offset(text: str) -> tzinfo | None:
    """`Z`, `+08:00`, `+08:00:30` or `@Asia/Shanghai`; None if out of bounds or unknown."""
    if text == "Z":
        return UTC
    if text[0] == "@":
        return zone(text[1:])
    hours, minutes, *seconds = (int(part) for part in text[1:].split(":"))
    if hours > 14 or minutes > 59 or (seconds and seconds[0] > 59):
        return None
    return offset_of((-1 if text[0] == "-" else 1) * (hours * 3600 + minutes * 60 + (seconds[0] if seconds else 0)))


def offset_of(seconds: int) -> tzinfo:
    """The fixed zone that many seconds east of Greenwich."""
    return timezone(timedelta(seconds=seconds)) if seconds else UTC


def parse_time(text: str) -> time | None:
    """`09:00:00`, with fraction and with offset or zone if given."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    place = _offset(found[5]) if found[5] else None
    if found[5] and place is None:
        return None
    micros = int(((found[4] or "") + "000000")[:6])
    try:
        return time(int(found[1]), int(found[2]), int(found[3]), micros, tzinfo=place)
    except ValueError:
        return None


def parse_datetime(text: str) -> datetime | None:
    """`2026-02-28T09:00:00+08:00`, or a date alone, which is its midnight without a zone."""
    day, mark, hour = text.partition("T")
    on = parse_date(day)
    at = parse_time(hour) if mark else time()
    return datetime.combine(on, at) if on is not None and at is not None else None


def parse_duration(text: str) -> timedelta | YearsMonths | None:
    """`P1DT2H` or `P1Y2M`; a text that mixes both kinds is none."""
    found = _MONTHS.fullmatch(text)
    if found and (found[2] or found[3]):
        months = int(found[2] or 0) * 12 + int(found[3] or 0)
        return YearsMonths(-months if found[1] else months) if months <= MAX_MONTHS else None
    found = _DAYS.fullmatch(text)
    if not found or not any(found.group(2, 4, 5, 6)) or (found[3] and not any(found.group(4, 5, 6))):
        return None
    micros = int(((found[7] or "") + "000000")[:6])
    try:
        span = timedelta(
            days=int(found[2] or 0),
            hours=int(found[4] or 0),
            minutes=int(found[5] or 0),
            seconds=int(found[6] or 0),
            microseconds=micros,
        )
    except OverflowError:
        return None
    return -span if found[1] else span


def parse_at(text: str) -> Value:
    """What `@"…"` holds: a date, time, date-time or duration; None if it is none of them."""
    for reader in (parse_date, parse_time, parse_duration, parse_datetime):
        value = reader(text)
        if value is not None:
            return value
    return None


# ---- text ------------------------------------------------------------------------------------------------------------


def _place(place: tzinfo | None) -> str:
    if place is None:
        return ""
    if isinstance(place, ZoneInfo):
        return f"@{place.key}"
    shift = place.utcoffset(None) or timedelta()
    total = int(shift.total_seconds())
    if not total:
        return "Z"
    sign, total = ("-", -total) if total < 0 else ("+", total)
    seconds = f":{total % 60:02d}" if total % 60 else ""
    return f"{sign}{total // 3600:02d}:{total % 3600 // 60:02d}{seconds}"


def _fraction(micros: int) -> str:
    return f".{micros:06d}".rstrip("0") if micros else ""


def format_time(value: time | datetime) -> str:
    """`09:00:00+08:00`; a fraction without trailing zeros."""
    clock = f"{value.hour:02d}:{value.minute:02d}:{value.second:02d}"
    return clock + _fraction(value.microsecond) + _place(value.tzinfo)


def format_datetime(value: datetime) -> str:
    """`2026-02-28T09:00:00+08:00`."""
    return f"{value.date().isoformat()}T{format_time(value)}"


def format_days(value: timedelta) -> str:
    """`P1DT2H3M4.5S`; nothing is `PT0S`."""
    sign, span = ("-", -value) if value < timedelta() else ("", value)
    clock = span.seconds
    seconds = f"{clock % 60}{_fraction(span.microseconds)}"
    parts = ((clock // 3600, "H"), (clock % 3600 // 60, "M"))
    late = "".join(f"{amount}{unit}" for amount, unit in parts if amount) + (f"{seconds}S" if seconds != "0" else "")
    days = f"{span.days}D" if span.days else ""
    return f"{sign}P{days}" + (f"T{late}" if late else "") if days or late else "PT0S"


def format_months(value: YearsMonths) -> str:
    """`P1Y2M`; nothing is `P0M`."""
    sign, total = ("-", -value.months) if value.months < 0 else ("", value.months)
    years, months = divmod(total, 12)
    return (f"{sign}P" + (f"{years}Y" if years else "") + (f"{months}M" if months else "")) if total else "P0M"
