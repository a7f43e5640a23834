"""What stands behind the dot: entries of contexts and the parts of dates, times, durations and ranges."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Range, Value, YearsMonths

_DATE = ("year", "month", "day")
_CLOCK = ("hour", "minute", "second")


def property_of(value: Value, name: str) -> Value:
    """`value.name`. Raises NullResult if there is no such part."""
    if type(value) is dict:
        if name in value:
            return value[name]
        raise NullResult(f"没有名为“{name}”的项")
    if isinstance(value, date) and (name in _DATE or name == "weekday"):
        return Decimal(value.isoweekday() if name == "weekday" else getattr(value, name))
    if isinstance(value, datetime | time):
        return _time_part(value, name)
    if type(value) is timedelta:
        return _days_part(value, name)
    if type(value) is YearsMonths and name in ("years", "months"):
        total = abs(value.months)
        part = total // 12 if name == "years" else total % 12
        return Decimal(-part if value.months < 0 else part)
    if type(value) is Range and name in ("start", "end", "start included", "end included"):
        return getattr(value, name.replace(" ", "_"))
    if value is None:
        raise NullResult(f"空值没有“{name}”")
    raise NullResult(f"{name_of(value)} 没有“{name}”")


def _time_part(value: datetime | time, name: str) -> Value:
    if name in _CLOCK:
        part = Decimal(getattr(value, name))
        return part + Decimal(value.microsecond) / 1_000_000 if name == "second" and value.microsecond else part
    if name in ("time offset", "timezone"):
        if name == "timezone":
            return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None
        return value.utcoffset()
    raise NullResult(f"{name_of(value)} 没有“{name}”")


def _days_part(value: timedelta, name: str) -> Value:
    span = abs(value)
    parts = {
        "days": span.days,
        "hours": span.seconds // 3600,
        "minutes": span.seconds % 3600 // 60,
        "seconds": span.seconds % 60,
    }
    if name not in parts:
        raise NullResult(f"{name_of(value)} 没有“{name}”")
    part = Decimal(parts[name])
    if name == "seconds" and span.microseconds:
        part += Decimal(span.microseconds) / 1_000_000
    return -part if value < timedelta() and part else part
