"""The table of built-in functions and how any function is called; the functions themselves are in `builtins`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import Date, DateTime, DaysTime, Time, YearsMonths
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Function, Range, Value, to_feel, to_plain

_CLASSES: dict[str, tuple[type, ...]] = {
    "number": (Decimal,),
    "integer": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "list": (list,),
    "context": (dict,),
    "function": (Function,),
    "range": (Range,),
    "date": (Date, DateTime),
    "plain date": (Date,),
    "datetime": (DateTime, Date),
    "time": (Time,),
    "duration": (DaysTime, YearsMonths),
    "days": (DaysTime,),
}


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter: its name in the specification, what it takes, and whether it (or null for it) may be left out."""

    name: str
    kind: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a built-in function. `rest` lets the last parameter repeat (`min(1, 2, 3)`)."""

    params: tuple[Param, ...]
    work: Callable[..., Value]
    rest: bool


BUILTINS: dict[str, list[Overload]] = {}


def builtin(name: str, *params: str, rest: bool = False) -> Callable[[Callable[..., Value]], Callable[..., Value]]:
    """Registers `work(run, *arguments)` under a name; a parameter is written "start position?: integer"."""
    parsed = []
    for text in params:
        label, _, kind = text.partition(":")
        parsed.append(Param(label.strip().rstrip("?"), kind.strip() or "any", label.strip().endswith("?")))

    def register(work: Callable[..., Value]) -> Callable[..., Value]:
        BUILTINS.setdefault(name, []).append(Overload(tuple(parsed), work, rest))
        return work

    return register


def builtin_value(run: Run, name: str) -> Function | None:
    """The function of that name: of the business first, then built in."""
    outer = run.functions.get(name)
    if outer is not None:
        return _business_function(name, outer)
    if name in BUILTINS:
        params = tuple(param.name for param in BUILTINS[name][0].params)
        return Function(name, params, _builtin_call(name), by_name=_builtin_by_name(name))
    return None


def _business_function(name: str, work: Callable[..., Any]) -> Function:
    return Function(
        name,
        (),
        lambda run, values: _business(name, work, values, {}),
        by_name=lambda run, values: _business(name, work, [], values),
    )


def _business(name: str, work: Callable[..., Any], values: list[Value], named: Mapping[str, Value]) -> Value:
    """A function of the business: it knows Python's dates, not ours, and what it cannot take is null."""
    try:
        return to_feel(work(*map(to_plain, values), **{key: to_plain(value) for key, value in named.items()}))
    except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as why:
        raise NullResult(f"函数 {name} 不能这样使用：{why}") from why


def _builtin_call(name: str) -> Callable[[Run, list[Value]], Value]:
    return lambda run, values: call_overloads(run, name, values)


def _builtin_by_name(name: str) -> Callable[[Run, Mapping[str, Value]], Value]:
    return lambda run, values: _builtin_named(run, name, values)


def call_positional(run: Run, target: Value, values: list[Value]) -> Value:
    """Calls a function value. Raises NullResult if it is none or the arguments do not fit."""
    if type(target) is not Function:
        raise NullResult(f"{name_of(target)} 不是函数")
    return target.call(run, values)


def call_named(run: Run, target: Value, values: Mapping[str, Value]) -> Value:
    """Calls with named arguments, those left out being null; of a built-in function, the overload with these names."""
    if type(target) is not Function:
        raise NullResult(f"{name_of(target)} 不是函数")
    if target.by_name is not None:
        return target.by_name(run, values)
    if not set(values) <= set(target.params):
        raise NullResult(f"参数名应为 {'、'.join(target.params)}")
    return target.call(run, [values.get(name) for name in target.params])


def _builtin_named(run: Run, name: str, values: Mapping[str, Value]) -> Value:
    """Of the overloads that have these parameter names, the first whose types fit."""
    why = f"函数 {name} 没有这样的参数名"
    for overload in BUILTINS[name]:
        names = [param.name for param in overload.params]
        if not set(values) <= set(names):
            continue
        bound = _bind(overload, [values.get(each) for each in names])
        if not isinstance(bound, str):
            return overload.work(run, *bound)
        why = f"函数 {name}：{bound}"
    raise NullResult(why)


def call_overloads(run: Run, name: str, values: list[Value]) -> Value:
    """Calls a built-in function with positional arguments: the first overload that takes them."""
    why = f"函数 {name} 的参数个数不对"
    for overload in BUILTINS[name]:
        bound = _bind(overload, values)
        if isinstance(bound, str):
            why = f"函数 {name}：{bound}" if bound else why
            continue
        return overload.work(run, *bound)
    raise NullResult(why)


def _bind(overload: Overload, values: list[Value]) -> list[Value] | str:
    """The arguments as the overload takes them, or why not ("" if their number is wrong)."""
    params = overload.params
    if overload.rest:
        values = _gather(params, values)
    least = sum(not param.optional for param in params)
    if not least <= len(values) <= len(params):
        return ""
    bound: list[Value] = []
    for param, value in zip(params, values, strict=False):
        if value is None and param.optional:
            bound.append(None)
            continue
        fitted = fit(value, param.kind)
        if fitted is NO_FIT:
            return f"参数 {param.name} 的类型 {name_of(value)} 不符"
        bound.append(fitted)
    bound.extend([None] * (len(params) - len(bound)))
    return bound


def _gather(params: tuple[Param, ...], values: list[Value]) -> list[Value]:
    """`min(1, 2)` as `min([1, 2])`; for more than one parameter the last takes the rest as a list."""
    if len(params) == 1:
        if not values or (len(values) == 1 and (type(values[0]) is list or values[0] is None)):
            return values
        return [list(values)]
    fixed = len(params) - 1
    return [*values[:fixed], list(values[fixed:])] if len(values) > fixed else values


NO_FIT = object()


def fit(value: Value, kind: str) -> Value:
    """The value as that kind (a list of one is its element, a value a list of one), or `NO_FIT`."""
    if kind == "any":
        return value
    classes = _CLASSES[kind]
    if type(value) not in classes:
        if type(value) is list and len(value) == 1 and type(value[0]) in classes:
            value = value[0]
        elif kind == "list" and value is not None:
            return [value]
        else:
            return NO_FIT
    return value
