"""Numeric functions of FEEL: rounding, roots and remainders; no statistics of lists."""

from __future__ import annotations

import decimal
from decimal import Decimal

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import DaysTime, YearsMonths
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.values import NUMBERS, Value

_WIDE = decimal.Context(prec=13_000, Emin=-20_000, Emax=20_000, traps=[decimal.InvalidOperation])
"""Room for every digit of two numbers of 34 digits and any exponent, so that cutting and remainders are exact."""
_SCALES = range(-6111, 6177)
_UNITS = Decimal(0)


def whole(value: Decimal, name: str) -> int:
    """The number as an integer, fraction cut off. Raises NullResult if it is absurdly large."""
    if abs(value) > 10**9:
        raise NullResult(f"{name} 过大")
    return int(value)


def rounded(value: Decimal, scale: Decimal, mode: str) -> Decimal:
    """`value` with `scale` digits behind the point."""
    places = whole(scale, "scale")
    if places not in _SCALES:
        raise NullResult(f"小数位数应在 {_SCALES.start} 与 {_SCALES.stop - 1} 之间")
    if -int(value.as_tuple().exponent) <= places:
        return value
    return NUMBERS.plus(value.quantize(Decimal(1).scaleb(-places, _WIDE), mode, _WIDE))


@builtin("decimal", "n: number", "scale: number")
def decimal_(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    """Half to even."""
    return rounded(n, scale, decimal.ROUND_HALF_EVEN)


@builtin("floor", "n: number")
@builtin("floor", "n: number", "scale: number")
def floor(run: Run, n: Decimal, scale: Decimal = _UNITS) -> Decimal:
    """Towards minus infinity."""
    return rounded(n, scale, decimal.ROUND_FLOOR)


@builtin("ceiling", "n: number")
@builtin("ceiling", "n: number", "scale: number")
def ceiling(run: Run, n: Decimal, scale: Decimal = _UNITS) -> Decimal:
    """Towards plus infinity."""
    return rounded(n, scale, decimal.ROUND_CEILING)


@builtin("round up", "n: number", "scale: number")
def round_up(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    """Away from zero."""
    return rounded(n, scale, decimal.ROUND_UP)


@builtin("round down", "n: number", "scale: number")
def round_down(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    """Towards zero."""
    return rounded(n, scale, decimal.ROUND_DOWN)


@builtin("round half up", "n: number", "scale: number")
def round_half_up(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    """To the nearest, a half away from zero."""
    return rounded(n, scale, decimal.ROUND_HALF_UP)


@builtin("round half down", "n: number", "scale: number")
def round_half_down(run: Run, n: Decimal, scale: Decimal) -> Decimal:
    """To the nearest, a half towards zero."""
    return rounded(n, scale, decimal.ROUND_HALF_DOWN)


@builtin("abs", "n: number")
@builtin("abs", "n: duration")
def abs_(run: Run, n: Decimal | DaysTime | YearsMonths) -> Value:
    """Of numbers and durations."""
    return abs(n) if isinstance(n, Decimal) else type(n)(abs(n[0]))


@builtin("modulo", "dividend: number", "divisor: number")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal:
    """`dividend - divisor * floor(dividend / divisor)`: the sign of the divisor."""
    if not divisor:
        raise NullResult("除数为零")
    rest = _WIDE.remainder(dividend, divisor)
    if rest and (rest < 0) != (divisor < 0):
        rest = _WIDE.add(rest, divisor)
    return NUMBERS.plus(rest)


@builtin("sqrt", "number: number")
def sqrt(run: Run, number: Decimal) -> Decimal:
    """Null of negative numbers."""
    if number < 0:
        raise NullResult("负数没有平方根")
    return NUMBERS.sqrt(number)


@builtin("log", "number: number")
def log(run: Run, number: Decimal) -> Decimal:
    """Natural logarithm; null of what is not positive."""
    if number <= 0:
        raise NullResult("对数的真数应大于零")
    return NUMBERS.ln(number)


@builtin("exp", "number: number")
def exp(run: Run, number: Decimal) -> Decimal:
    """e to the power of the number."""
    try:
        return NUMBERS.exp(number)
    except decimal.DecimalException:
        raise NullResult("结果超出数字范围") from None


def _parity(number: Decimal) -> int:
    if number != number.to_integral_value():
        raise NullResult("奇偶只对整数有意义")
    return int(_WIDE.remainder(number, Decimal(2)))


@builtin("odd", "number: number")
def odd(run: Run, number: Decimal) -> bool:
    """Whether an integer is odd."""
    return _parity(number) != 0


@builtin("even", "number: number")
def even(run: Run, number: Decimal) -> bool:
    """Whether an integer is even."""
    return _parity(number) == 0


@builtin("random number")
def random_number(run: Run) -> Decimal:
    """Null: a decision must come out the same when it is computed again, unless the caller hands in chance itself."""
    raise NullResult("随机数不可用：同样的输入应得到同样的决定")


@builtin("not", "negand: boolean")
def not_(run: Run, negand: bool) -> bool:
    """Three-valued: null (by way of a note) of what is no boolean."""
    return not negand
