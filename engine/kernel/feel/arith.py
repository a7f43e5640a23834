"""Arithmetic of FEEL: numbers, strings, dates and durations. What has no result raises NullResult with the reason."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

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
    at_instant,
    day_at,
    instant,
    later_months,
    span,
    time_offset,
)
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import NUMBERS, Value

MAX_EXPONENT = 999_999_999
MAX_MONTHS = 10**13
_SPANS = (DaysTime, YearsMonths)


def refuse(sign: str, left: Value, right: Value) -> NullResult:
    """No such operation between these two kinds."""
    return NullResult(f"{name_of(left)} {sign} {name_of(right)} 没有意义")


def add(run: Run, left: Value, right: Value) -> Value:
    """`left + right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.add, left, right)
    if kind is str and other is str:
        return run.text(left + right)
    if other in _SPANS and kind not in _SPANS:
        return shift(left, right)
    if kind in _SPANS and other not in _SPANS:
        return shift(right, left)
    if kind is DaysTime and other is DaysTime:
        return span(left.nanos + right.nanos)
    if kind is YearsMonths and other is YearsMonths:
        return _months(left.months + right.months)
    raise refuse("+", left, right)


def subtract(run: Run, left: Value, right: Value) -> Value:
    """`left - right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.subtract, left, right)
    if kind is DaysTime and other is DaysTime:
        return span(left.nanos - right.nanos)
    if kind is YearsMonths and other is YearsMonths:
        return _months(left.months - right.months)
    if kind in (Date, DateTime) and other in (Date, DateTime):
        return _between(left, right)
    if kind is Time and other is Time:
        return _between_times(left, right)
    if other in _SPANS and kind not in _SPANS:
        return shift(left, negate(right))
    raise refuse("-", left, right)


def multiply(run: Run, left: Value, right: Value) -> Value:
    """`left * right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.multiply, left, right)
    if other is Decimal and kind in _SPANS:
        return _scale(left, Fraction(right) if -50 < right.adjusted() < 50 else None)
    if kind is Decimal and other in _SPANS:
        return multiply(run, right, left)
    raise refuse("*", left, right)


def divide(run: Run, left: Value, right: Value) -> Value:
    """`left / right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.divide, left, right)
    if other is Decimal and kind in _SPANS:
        if not right:
            raise NullResult("除数为零")
        return _scale(left, 1 / Fraction(right) if -50 < right.adjusted() < 50 else None)
    if kind is other and kind is DaysTime and right.nanos:
        return NUMBERS.divide(Decimal(left.nanos), Decimal(right.nanos))
    if kind is other and kind is YearsMonths and right.months:
        return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
    raise refuse("/", left, right)


def power(run: Run, left: Value, right: Value) -> Value:
    """`left ** right`."""
    if type(left) is not Decimal or type(right) is not Decimal:
        raise refuse("**", left, right)
    if abs(right) > MAX_EXPONENT:
        raise NullResult("指数过大")
    if not left and right < 0:
        raise NullResult("除数为零")
    return _decimal(NUMBERS.power, left, right) if left or right else Decimal(1)


def negate(value: Value) -> Value:
    """Unary minus."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is DaysTime:
        return DaysTime(-value.nanos)
    if type(value) is YearsMonths:
        return YearsMonths(-value.months)
    raise NullResult(f"{name_of(value)} 不能取负")


OPERATORS: dict[str, Callable[[Run, Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}


def _decimal(operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal) -> Decimal:
    try:
        return operation(left, right)
    except decimal.DivisionByZero:
        raise NullResult("除数为零") from None
    except decimal.Overflow:
        raise NullResult("结果超出数字范围") from None
    except decimal.InvalidOperation:
        raise NullResult("没有数值结果") from None


def _months(months: int) -> YearsMonths:
    if abs(months) > MAX_MONTHS:
        raise NullResult("时长超出范围")
    return YearsMonths(months)


def shift(value: Value, by: DaysTime | YearsMonths) -> Value:
    """A date, time or date-time later by a duration; months end at the month's last day."""
    kind = type(value)
    if kind is Time and type(by) is DaysTime:
        return Time((value.nanos + by.nanos) % DAY, value.zone)
    if kind not in (Date, DateTime):
        raise refuse("+", value, by)
    if isinstance(by, YearsMonths):
        return (
            later_months(value, by.months) if kind is Date else value._replace(day=later_months(value.day, by.months))
        )
    if kind is Date:
        return day_at((instant(DateTime(value, 0)) + by.nanos) // DAY)
    return at_instant(instant(value) + by.nanos, value.zone)


def _between(left: Date | DateTime, right: Date | DateTime) -> DaysTime:
    """The time from `right` to `left`; beside a date-time, a date counts as its midnight in UTC."""
    one, other = (DateTime(each, 0, UTC) if isinstance(each, Date) else each for each in (left, right))
    if (one.zone is None) != (other.zone is None):
        raise NullResult("带时区与不带时区的时刻不能相减")
    return span(instant(one) - instant(other))


def _between_times(left: Time, right: Time) -> DaysTime:
    """Beside a zoned time, a local one is taken to be in the same zone."""
    local = left.zone is None or right.zone is None
    return span(left.nanos - right.nanos - (0 if local else time_offset(left) - time_offset(right)) * SECOND)


def _scale(value: DaysTime | YearsMonths, factor: Fraction | None) -> Value:
    if factor is None:
        raise NullResult("时长的倍数超出范围")
    if isinstance(value, YearsMonths):
        return _months(int(value.months * factor))
    return span(int(value.nanos * factor))
