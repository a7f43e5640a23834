"""FEEL values in Python and their JSON form; knows no expressions and reads no clock.

number = `Decimal` (34 digits, half even), string = `str`, boolean = `bool`, null = `None`, list, context = `dict`;
days, times and durations are those of `moments`. Python's own are let in and turned into these on the way.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from engine.errors import Invalid
from engine.kernel.feel import temporal
from engine.kernel.feel.errors import FeelBudget
from engine.kernel.feel.moments import Date, DateTime, DaysTime, Time, YearsMonths, from_python, to_python

Value: TypeAlias = Any
"""A FEEL value, see the module's docstring; JSON numbers are let in and turned into `Decimal` on the way."""

NUMBERS = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""IEEE 754 decimal128, as the specification asks for. Used through its methods only, so no thread can change it."""

MAX_DEPTH = 64
MAX_NODES = 50_000
MAX_BITS = 20_480
"""Bits of the largest JSON integer that is read (10 ** 6144 has 20,410); beyond it even the conversion would cost."""
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Range:
    """An interval. A bound of None is unbounded; `>5` is the open range from 5 without an end."""

    start: Value
    end: Value
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What a function `precedes(a, b)` comes down to if it compares the same part of both."""

    key: Callable[[Any, Value], Value]
    descending: bool


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function as a value: parameter names, and `call(run, arguments)`, which takes them in that order.

    `order` if it is known to be nothing but an order, so that a list can be sorted without calling it for each pair.
    `by_name` calls with named arguments, where those are not just the parameters in another order.
    """

    name: str
    params: tuple[str, ...]
    call: Callable[[Any, list[Value]], Value]
    kinds: tuple[Any, ...] = ()
    result: Any = None
    order: Order | None = None
    by_name: Callable[[Any, Mapping[str, Value]], Value] | None = None


NATIVE = frozenset({Decimal, str, bool, type(None), Date, Time, DateTime, DaysTime, YearsMonths, Range, Function})
"""Types that are FEEL values as they stand; `list` and `dict` must be looked into."""


def number(value: int | float) -> Decimal | None:
    """A Python number as a FEEL number; None for what FEEL cannot hold (not a number, infinite, too large)."""
    if isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise FeelBudget("整数过大")
        return NUMBERS.create_decimal(value)
    return NUMBERS.create_decimal(repr(value)) if math.isfinite(value) else None


def to_feel(value: Value, depth: int = 0, room: list[int] | None = None) -> Value:
    """A FEEL value of JSON (tags included) or of what is one already.

    Raises FeelBudget beyond `MAX_DEPTH` or `MAX_NODES`; `room` holds how many nodes are still allowed.
    """
    kind = type(value)
    if kind in NATIVE:
        return value
    if kind is int or kind is float:
        return number(value)
    if depth > MAX_DEPTH:
        raise FeelBudget("数据嵌套过深")
    if isinstance(value, dict | list | tuple):
        room = _less_room(value, room)
    if isinstance(value, dict):
        if len(value) == 1:
            ((tag, text),) = value.items()
            if isinstance(tag, str) and tag[:1] == "@":
                return _tagged(tag, text, depth)
        return {str(key): to_feel(item, depth + 1, room) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_feel(item, depth + 1, room) for item in value]
    return _other(value, depth)


def _less_room(value: Value, room: list[int] | None) -> list[int]:
    room = room or [MAX_NODES]
    room[0] -= len(value)
    if room[0] <= 0:
        raise FeelBudget(f"数据超过 {MAX_NODES} 项")
    return room


def _other(value: Value, depth: int) -> Value:
    """Subclasses of the native types (enumerations, for one) and mappings that are no dict."""
    moment = from_python(value)
    if moment is not None:
        return moment
    for base in (bool, str, Decimal, Range, Function):
        if isinstance(value, base):
            return str.__str__(value) if base is str else value
    if isinstance(value, int | float):
        return number(value)
    if hasattr(value, "keys") and hasattr(value, "__getitem__"):
        return {str(key): to_feel(value[key], depth + 1) for key in value.keys()}  # noqa: SIM118 - a bare mapping
    raise Invalid(f"无法作为 FEEL 值：{type(value).__name__}")


def _tagged(tag: str, text: Value, depth: int) -> Value:
    if tag == "@decimal" and isinstance(text, str) and len(text) < 7_000:
        try:
            return NUMBERS.create_decimal(text)
        except decimal.DecimalException:
            return None
    if tag == "@range" and isinstance(text, dict):
        start, end = to_feel(text.get("start"), depth + 1), to_feel(text.get("end"), depth + 1)
        return Range(start, end, bool(text.get("start_included")), bool(text.get("end_included")))
    readers: dict[str, Callable[[str], Value]] = {
        "@date": temporal.parse_date,
        "@time": temporal.parse_time,
        "@datetime": temporal.parse_datetime,
        "@days_time": temporal.parse_duration,
        "@years_months": temporal.parse_duration,
    }
    if tag in readers and isinstance(text, str):
        return readers[tag](text)
    raise Invalid(f"未知的值标记 {tag}")


def to_json(value: Value, depth: int = 0, room: list[int] | None = None) -> Value:
    """The JSON form of a FEEL value; what JSON lacks is tagged.

    Raises Invalid for functions, which cannot be kept, and FeelBudget beyond `MAX_DEPTH` or `MAX_NODES`: a small list
    whose parts are shared may be countless when written out.
    """
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is Decimal:
        return _json_number(value)
    if kind is int or kind is float:
        return value
    if depth > MAX_DEPTH:
        raise FeelBudget("数据嵌套过深")
    if kind is list:
        room = _less_room(value, room)
        return [to_json(item, depth + 1, room) for item in value]
    if kind is dict:
        room = _less_room(value, room)
        return {key: to_json(item, depth + 1, room) for key, item in value.items()}
    return _tag(value, depth)


def _json_number(value: Decimal) -> Value:
    if value == value.to_integral_value() and abs(value) < _EXACT:
        return int(value)
    if -300 < value.adjusted() < 300:
        short = float(value)
        if Decimal(repr(short)) == value:
            return short
    return {"@decimal": str(value)}


def _tag(value: Value, depth: int) -> Value:
    kind = type(value)
    if kind is DateTime:
        return {"@datetime": temporal.format_datetime(value)}
    if kind is Date:
        return {"@date": temporal.format_date(value)}
    if kind is Time:
        return {"@time": temporal.format_time(value)}
    if kind is DaysTime:
        return {"@days_time": temporal.format_days(value)}
    if kind is YearsMonths:
        return {"@years_months": temporal.format_months(value)}
    moment = from_python(value)
    if moment is not None:
        return _tag(moment, depth)
    if isinstance(value, Range):
        bounds = {"start": to_json(value.start, depth + 1), "end": to_json(value.end, depth + 1)}
        return {"@range": bounds | {"start_included": value.start_included, "end_included": value.end_included}}
    raise Invalid("函数不能作为变量保存")


def to_plain(value: Value, depth: int = 0, room: list[int] | None = None) -> Any:
    """The value for a Python function: dates, times and days-time durations as Python's own, at any depth.

    Raises NullResult for what Python's cannot hold, FeelBudget beyond `MAX_DEPTH` or `MAX_NODES`.
    """
    kind = type(value)
    if kind is not list and kind is not dict:
        return to_python(value)
    if depth > MAX_DEPTH:
        raise FeelBudget("数据嵌套过深")
    room = _less_room(value, room)
    if kind is list:
        return [to_plain(item, depth + 1, room) for item in value]
    return {key: to_plain(item, depth + 1, room) for key, item in value.items()}
