"""What stands behind the dot: entries of contexts and the parts of dates, times, durations and ranges."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from engine.kernel.feel import moments
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import DAY, SECOND, Date, DateTime, DaysTime, Time, YearsMonths, Zone
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import NUMBERS, Range, Value

_Part = Callable[[Any], Value]


def property_of(value: Value, name: str) -> Value:
    """`value.name`. Raises NullResult if there is no such part."""
    kind = type(value)
    if kind is dict:
        if name in value:
            return value[name]
        raise NullResult(f"没有名为“{name}”的项")
    part = _PARTS.get(kind, {}).get(name)
    if part is None:
        raise NullResult(f"空值没有“{name}”" if value is None else f"{name_of(value)} 没有“{name}”")
    return part(value)


def _seconds(nanos: int) -> Decimal:
    whole, rest = divmod(nanos, SECOND)
    return Decimal(whole) + Decimal(rest).scaleb(-9) if rest else Decimal(whole)


def _signed(part: Callable[[int], Decimal]) -> _Part:
    """A part of a span: of its size, with its sign."""

    def signed(value: DaysTime) -> Decimal:
        size = part(abs(value.nanos))
        return NUMBERS.minus(size) if value.nanos < 0 else size

    return signed


def _of_months(total: int, part: int) -> Decimal:
    return Decimal(-part if total < 0 else part)


def _zone_name(zone: Zone | None) -> str | None:
    return zone.name if zone is not None and zone.name else None


def _offset(value: DateTime | Time) -> DaysTime | None:
    """Null of a local value; of a time of day in a zone without a fixed offset, that of the reference day."""
    if value.zone is None:
        return None
    if isinstance(value, DateTime):
        return DaysTime(moments.offset_at(value.zone, value.day, value.nanos) * SECOND)
    return DaysTime(moments.time_offset(value) * SECOND)


_DAY: dict[str, Callable[[Date], Value]] = {
    "year": lambda day: Decimal(day.year),
    "month": lambda day: Decimal(day.month),
    "day": lambda day: Decimal(day.day),
    "weekday": lambda day: Decimal(moments.weekday(day)),
}
_CLOCK: dict[str, _Part] = {
    "hour": lambda value: Decimal(value.nanos // SECOND // 3600),
    "minute": lambda value: Decimal(value.nanos // SECOND // 60 % 60),
    "second": lambda value: _seconds(value.nanos % (60 * SECOND)),
    "time offset": _offset,
    "timezone": lambda value: _zone_name(value.zone),
}


def _day_part(part: Callable[[Date], Value]) -> _Part:
    return lambda value: part(value.day)


_PARTS: dict[type, dict[str, _Part]] = {
    Date: dict(_DAY),
    Time: _CLOCK,
    DateTime: _CLOCK | {name: _day_part(part) for name, part in _DAY.items()},
    DaysTime: {
        "days": _signed(lambda nanos: Decimal(nanos // DAY)),
        "hours": _signed(lambda nanos: Decimal(nanos % DAY // (3600 * SECOND))),
        "minutes": _signed(lambda nanos: Decimal(nanos % (3600 * SECOND) // (60 * SECOND))),
        "seconds": _signed(lambda nanos: _seconds(nanos % (60 * SECOND))),
    },
    YearsMonths: {
        "years": lambda value: _of_months(value.months, abs(value.months) // 12),
        "months": lambda value: _of_months(value.months, abs(value.months) % 12),
    },
    Range: {
        "start": lambda value: value.start,
        "end": lambda value: value.end,
        "start included": lambda value: value.start_included,
        "end included": lambda value: value.end_included,
    },
}
