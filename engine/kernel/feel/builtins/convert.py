"""Conversion functions of FEEL: to numbers and strings, to dates, times and durations."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, DecimalException

from engine.kernel.feel import temporal
from engine.kernel.feel.builtins.numbers import whole
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import (
    SECOND,
    UTC,
    Date,
    DateTime,
    DaysTime,
    Time,
    YearsMonths,
    Zone,
    date_of,
    day_in,
    time_of,
    zone_named,
)
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.text import text_of
from engine.kernel.feel.values import NUMBERS, Value

_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{1,5})?")


@builtin("number", "from: string", "grouping separator?: string", "decimal separator?: string")
def number(run: Run, text: str, grouping: str | None, point: str | None) -> Decimal:
    """`number("1 000,5", " ", ",")`."""
    if grouping not in (None, " ", ",", ".") or point not in (None, ",", ".") or (grouping and grouping == point):
        raise NullResult("千位分隔符应为空格、逗号或句点，小数点应为逗号或句点，两者不同")
    plain = text.replace(grouping, "") if grouping else text
    if point and point != ".":
        if "." in plain:
            raise NullResult("不是数字")
        plain = plain.replace(point, ".")
    if len(plain) > 1_000 or not _NUMBER.fullmatch(plain):
        raise NullResult(f"“{text[:40]}”不是数字")
    try:
        return NUMBERS.create_decimal(plain)
    except DecimalException:
        raise NullResult("数字超出范围") from None


@builtin("number", "from: number")
def number_of_number(run: Run, value: Decimal) -> Decimal:
    """A number is one already."""
    return value


@builtin("string", "from")
def string(run: Run, value: Value) -> str | None:
    """The canonical text of a value; null of null."""
    if value is None:
        return None
    return run.text(text_of(value, run))


def _read(text: str, reader: Callable[[str], Value], what: str) -> Value:
    value = reader(text)
    if value is None:
        raise NullResult(f"“{text[:40]}”不是{what}")
    return value


# ---- dates and times -------------------------------------------------------------------------------------------------


@builtin("date", "from: string")
def date_of_text(run: Run, text: str) -> Value:
    """`date("2026-02-28")`."""
    return _read(text, temporal.parse_date, "日期")


@builtin("date", "from: date")
def date_of_value(run: Run, value: Date | DateTime) -> Date:
    """The day of a date-time."""
    return day_in(value)


@builtin("date", "year: number", "month: number", "day: number")
def date_of_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date:
    """`date(2026, 2, 28)`."""
    found = date_of(whole(year, "year"), whole(month, "month"), whole(day, "day"))
    if found is None:
        raise NullResult("没有这一天")
    return found


@builtin("date and time", "from: string")
def instant_of_text(run: Run, text: str) -> Value:
    """`date and time("2026-02-28T09:00:00+08:00")`."""
    return _read(text, temporal.parse_datetime, "日期时间")


@builtin("date and time", "date: date", "time: time")
def instant_of_both(run: Run, day: Date | DateTime, at: Time) -> DateTime:
    """The day of the one, the hour and zone of the other."""
    return DateTime(day_in(day), at.nanos, at.zone)


_PARTS = tuple(f"{part}: number" for part in ("year", "month", "day", "hour", "minute", "second"))


@builtin("date and time", *_PARTS)
@builtin("date and time", *_PARTS, "offset?: days")
@builtin("date and time", *_PARTS, "timezone?: string")
def instant_of_parts(run: Run, *parts: Value) -> DateTime:
    """Year to second, and an offset or the name of a zone."""
    year, month, day, hour, minute, second = parts[:6]
    place = _place(parts[6]) if len(parts) > 6 and parts[6] is not None else None
    at = _clock(hour, minute, second, place)
    return DateTime(date_of_parts(run, year, month, day), at.nanos, at.zone)


@builtin("time", "from: string")
def time_of_text(run: Run, text: str) -> Value:
    """`time("09:00:00")`."""
    return _read(text, temporal.parse_time, "时间")


@builtin("time", "from: time")
@builtin("time", "from: datetime")
def time_of_value(run: Run, value: Time | Date | DateTime) -> Time:
    """The hour of a date-time with its zone; of a date, midnight in UTC."""
    if isinstance(value, Time):
        return value
    return Time(value.nanos, value.zone) if isinstance(value, DateTime) else Time(0, UTC)


@builtin("time", "hour: number", "minute: number", "second: number", "offset?: days")
def time_of_parts(run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysTime | None) -> Time:
    """`time(9, 0, 0, duration("PT8H"))`."""
    return _clock(hour, minute, second, _place(offset) if offset is not None else None)


def _clock(hour: Decimal, minute: Decimal, second: Decimal, place: Zone | None) -> Time:
    seconds = whole(second, "second")
    nanos = int((second - seconds) * SECOND)
    found = time_of(whole(hour, "hour"), whole(minute, "minute"), seconds, nanos, place)
    if found is None:
        raise NullResult("没有这个时间")
    return found


def _place(given: DaysTime | str) -> Zone:
    if isinstance(given, str):
        found = zone_named(given)
        if found is None:
            raise NullResult(f"未知的时区“{given[:40]}”")
        return found
    if abs(given.nanos) > 14 * 3600 * SECOND:
        raise NullResult("时区偏移超过 14 小时")
    return Zone(given.nanos // SECOND)


# ---- durations -------------------------------------------------------------------------------------------------------


@builtin("duration", "from: string")
def duration(run: Run, text: str) -> Value:
    """`duration("P1DT2H")`."""
    return _read(text, temporal.parse_duration, "时长")


@builtin("duration", "from: duration")
def duration_of_value(run: Run, value: DaysTime | YearsMonths) -> Value:
    """A duration is one already."""
    return value


@builtin("years and months duration", "from: date", "to: date")
def months_between(run: Run, start: Date | DateTime, end: Date | DateTime) -> YearsMonths:
    """Whole months from one day to another, cut towards zero."""
    first, last = day_in(start), day_in(end)
    if last < first:
        return YearsMonths(-months_between(run, last, first).months)
    months = (last.year - first.year) * 12 + last.month - first.month
    return YearsMonths(months - (last.day < first.day))
