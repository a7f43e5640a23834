"""Arithmetic of FEEL: numbers, strings, dates and durations. What has no result raises NullResult with the reason."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from fractions import Fraction

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import NUMBERS, Value, YearsMonths

MAX_EXPONENT = 100_000
_DAY_MICROS = 86_400_000_000


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
    if other in (timedelta, YearsMonths) and kind not in (timedelta, YearsMonths):
        return shift(left, right)
    if kind in (timedelta, YearsMonths) and other not in (timedelta, YearsMonths):
        return shift(right, left)
    if kind is timedelta and other is timedelta:
        return _bounded(lambda: left + right)
    if kind is YearsMonths and other is YearsMonths:
        return YearsMonths(left.months + right.months)
    raise refuse("+", left, right)


def subtract(run: Run, left: Value, right: Value) -> Value:
    """`left - right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.subtract, left, right)
    if kind is timedelta and other is timedelta:
        return _bounded(lambda: left - right)
    if kind is YearsMonths and other is YearsMonths:
        return YearsMonths(left.months - right.months)
    if kind in (date, datetime) and other in (date, datetime):
        return _between(left, right)
    if kind is time and other is time:
        return _bounded(lambda: _span_of_day(left, right))
    if other is timedelta and kind is not YearsMonths:
        return shift(left, _bounded(lambda: -right))
    if other is YearsMonths and kind is not timedelta:
        return shift(left, YearsMonths(-right.months))
    raise refuse("-", left, right)


def multiply(run: Run, left: Value, right: Value) -> Value:
    """`left * right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.multiply, left, right)
    if other is Decimal and kind in (timedelta, YearsMonths):
        return _scale(left, Fraction(right) if -50 < right.adjusted() < 50 else None)
    if kind is Decimal and other in (timedelta, YearsMonths):
        return multiply(run, right, left)
    raise refuse("*", left, right)


def divide(run: Run, left: Value, right: Value) -> Value:
    """`left / right`."""
    kind, other = type(left), type(right)
    if kind is Decimal and other is Decimal:
        return _decimal(NUMBERS.divide, left, right)
    if other is Decimal and kind in (timedelta, YearsMonths):
        if not right:
            raise NullResult("除数为零")
        return _scale(left, 1 / Fraction(right) if -50 < right.adjusted() < 50 else None)
    if kind is other and kind is timedelta and right:
        micro = timedelta(microseconds=1)
        return NUMBERS.divide(Decimal(left // micro), Decimal(right // micro))
    if kind is other and kind is YearsMonths and right.months:
        return NUMBERS.divide(Decimal(left.months), Decimal(right.months))
    raise refuse("/", left, right)


def power(run: Run, left: Value, right: Value) -> Value:
    """`left ** right`."""
    if type(left) is not Decimal or type(right) is not Decimal:
        raise refuse("**", left, right)
    if abs(right) > MAX_EXPONENT:
        raise NullResult("指数过大")
    return _decimal(NUMBERS.power, left, right) if left or right else Decimal(1)


def negate(value: Value) -> Value:
    """Unary minus."""
    if type(value) is Decimal:
        return NUMBERS.minus(value)
    if type(value) is timedelta:
        return _bounded(lambda: -value)
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


def _bounded(work: Callable[[], Value]) -> Value:
    try:
        return work()
    except (OverflowError, ValueError):
        raise NullResult("日期或时长超出范围") from None


def shift(value: Value, span: timedelta | YearsMonths) -> Value:
    """A date, time or date-time later by a duration; months end at the month's last day."""
    if type(value) is time and type(span) is timedelta:
        return _later_time(value, span)
    if type(value) not in (date, datetime):
        raise refuse("+", value, span)
    if isinstance(span, YearsMonths):
        return _bounded(lambda: _later_months(value, span.months))
    if type(value) is date:
        midnight = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return _bounded(lambda: (midnight + span).date())
    if value.tzinfo is None:
        return _bounded(lambda: value + span)
    return _bounded(lambda: (value.astimezone(UTC) + span).astimezone(value.tzinfo))


def _later_time(value: time, span: timedelta) -> time:
    wall = timedelta(hours=value.hour, minutes=value.minute, seconds=value.second, microseconds=value.microsecond)
    micros = ((wall // timedelta(microseconds=1)) + (span // timedelta(microseconds=1))) % _DAY_MICROS
    seconds, micro = divmod(micros, 1_000_000)
    return time(seconds // 3600, seconds % 3600 // 60, seconds % 60, micro, tzinfo=value.tzinfo)


def _later_months(value: date, months: int) -> date:
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, days_in_month(year, month + 1)))


def days_in_month(year: int, month: int) -> int:
    """28 to 31."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]


def midnight(value: date, like: tzinfo | None = None) -> datetime:
    """A date as a date-time; a date-time as it is."""
    if isinstance(value, datetime):
        return value
    return datetime(value.year, value.month, value.day, tzinfo=like)


def _between(left: date, right: date) -> timedelta:
    """The time from `right` to `left`; a date counts as its midnight in UTC beside a zoned date-time."""
    zoned = any(isinstance(each, datetime) and each.tzinfo is not None for each in (left, right))
    one, other = (midnight(each, UTC if zoned else None) for each in (left, right))
    if (one.tzinfo is None) != (other.tzinfo is None):
        raise NullResult("带时区与不带时区的时刻不能相减")
    return one.astimezone(UTC) - other.astimezone(UTC) if zoned else one - other


def _span_of_day(left: time, right: time) -> timedelta:
    if (left.tzinfo is None) != (right.tzinfo is None):
        raise NullResult("带时区与不带时区的时间不能相减")
    day = date(2000, 1, 1)
    one, other = datetime.combine(day, left), datetime.combine(day, right)
    return one.astimezone(UTC) - other.astimezone(UTC) if left.tzinfo else one - other


def _scale(value: timedelta | YearsMonths, factor: Fraction | None) -> Value:
    if factor is None:
        raise NullResult("时长的倍数超出范围")
    if isinstance(value, YearsMonths):
        return YearsMonths(int(value.months * factor))
    return _bounded(lambda: timedelta(microseconds=int((value // timedelta(microseconds=1)) * factor)))
