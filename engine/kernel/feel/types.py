"""FEEL types: which value is an instance of which, and the conversions the specification makes silently."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Protocol

from engine.kernel.feel.moments import UTC, Date, DateTime, DaysTime, Time, YearsMonths
from engine.kernel.feel.values import Function, Range, Value


@dataclass(frozen=True, slots=True)
class Kind:
    """A type by name, or `list`/`range`/`context`/`function` with what they are made of.

    `parts` holds the element type of a list or range, the entry types of a context (with `keys`), the parameter types
    of a function, whose result type is `result`. `allowed` tells which values an item definition lets in.
    """

    name: str
    parts: tuple[Kind, ...] = ()
    keys: tuple[str, ...] = ()
    result: Kind | None = None
    allowed: Callable[[Value, Any], bool] | None = field(default=None, compare=False)


class Budget(Protocol):
    """What counts the steps of an evaluation; a `Run`."""

    def tick(self, count: int = 1) -> None:
        """Raises FeelBudget when there are too many."""


ANY = Kind("Any")
BASIC = {
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "date and time": (DateTime,),
    "days and time duration": (DaysTime,),
    "years and months duration": (YearsMonths,),
    "list": (list,),
    "context": (dict,),
    "function": (Function,),
    "range": (Range,),
}
ALIASES = {
    "any": "Any",
    "null": "Null",
    "dateTime": "date and time",
    "date_and_time": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "days_and_time_duration": "days and time duration",
    "years_and_months_duration": "years and months duration",
    "integer": "number",
    "double": "number",
    "long": "number",
}
"""Spellings of DMN 1.1 files and of other modelers."""

Types = Mapping[str, Kind]


def name_of(value: Value) -> str:
    """The name of the value's own type."""
    if value is None:
        return "Null"
    for name, classes in BASIC.items():
        if type(value) in classes:
            return name
    return "Any"


def is_basic(name: str) -> bool:
    """Whether it is a type of FEEL itself."""
    return name in BASIC or name in ("Any", "Null")


def resolve(kind: Kind, types: Types) -> Kind:
    """The type that a user-defined name stands for; itself if it is built in or unknown."""
    for _ in range(32):
        if is_basic(kind.name):
            return kind
        if kind.name in types:
            kind = types[kind.name]
        elif kind.name in ALIASES:
            return Kind(ALIASES[kind.name])
        else:
            return kind
    return kind


def is_known(kind: Kind, types: Types) -> bool:
    """Whether the type means anything; a list, range, context or function must say of what."""
    kind = resolve(kind, types)
    if kind.name in ("list", "range", "context", "function"):
        return bool(kind.parts or kind.result)
    return is_basic(kind.name)


def instance_of(value: Value, kind: Kind, types: Types, run: Budget) -> bool:
    """`value instance of kind`; null is an instance of nothing but Null (and is let in by `conforms`)."""
    kind = resolve(kind, types)
    name = kind.name
    if name == "Any":
        return value is not None
    if name == "Null":
        return value is None
    classes = BASIC.get(name)
    if classes is None or type(value) not in classes:
        return False
    if (kind.parts or kind.keys or kind.result) and not _parts_fit(value, kind, types, run):
        return False
    return kind.allowed is None or kind.allowed(value, run)


def _parts_fit(value: Value, kind: Kind, types: Types, run: Budget) -> bool:
    if kind.name == "list":
        run.tick(len(value))
        return all(conforms(item, kind.parts[0], types, run) for item in value)
    if kind.name == "range":
        return all(conforms(bound, kind.parts[0], types, run) for bound in (value.start, value.end))
    if kind.name == "context":
        run.tick(len(kind.keys))
        pairs = zip(kind.keys, kind.parts, strict=True)
        return all(key in value and conforms(value[key], part, types, run) for key, part in pairs)
    return _function_fits(value, kind, types)


def _function_fits(value: Function, kind: Kind, types: Types) -> bool:
    """Contravariant in its parameters, covariant in its result; an untyped parameter takes Any."""
    own = tuple(part or ANY for part in value.kinds) or (ANY,) * len(value.params)
    if len(own) != len(kind.parts):
        return False
    if not all(subtype(asked, given, types) for asked, given in zip(kind.parts, own, strict=True)):
        return False
    return kind.result is None or subtype(value.result or ANY, kind.result, types)


def subtype(kind: Kind, of: Kind, types: Types) -> bool:
    """Whether every value of `kind` is one of `of`."""
    kind, of = resolve(kind, types), resolve(of, types)
    if of.name == "Any" or kind == of or kind.name == "Null":
        return True
    if kind.name != of.name:
        return False
    if kind.name == "context":
        own = dict(zip(kind.keys, kind.parts, strict=True))
        return all(key in own and subtype(own[key], part, types) for key, part in zip(of.keys, of.parts, strict=True))
    if kind.name == "function":
        if len(kind.parts) != len(of.parts):
            return False
        pairs = zip(of.parts, kind.parts, strict=True)
        fits = all(subtype(asked, given, types) for asked, given in pairs)
        return fits and subtype(kind.result or ANY, of.result or ANY, types)
    if not of.parts:
        return True
    return bool(kind.parts) and subtype(kind.parts[0], of.parts[0], types)


def conforms(value: Value, kind: Kind, types: Types, run: Budget) -> bool:
    """Whether a variable of that type may hold the value: any type may hold null."""
    return value is None or instance_of(value, kind, types, run)


def coerce(value: Value, kind: Kind, types: Types, run: Budget) -> tuple[Value, bool]:
    """The value as that type and True, or (None, False) if it is none.

    Specification 10.3.2.9.4: a value becomes a list of one, a list of one its element, a date the midnight in UTC.
    """
    if conforms(value, kind, types, run):
        return value, True
    wanted = resolve(kind, types)
    if type(value) is list and len(value) == 1 and conforms(value[0], wanted, types, run):
        return value[0], True
    if wanted.name == "list" and type(value) is not list and conforms([value], wanted, types, run):
        return [value], True
    if wanted.name == "date and time" and type(value) is Date:
        return DateTime(value, 0, UTC), True
    return None, False
