"""Closures for calls and function definitions; arguments are bound here, built-in work is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.kernel.feel import tree
from engine.kernel.feel.codegen import compile_node, compiles
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.infer import kind_of
from engine.kernel.feel.runtime import Code, Frame, Run
from engine.kernel.feel.table import (
    BUILTINS,
    NO_FIT,
    Param,
    builtin_value,
    call_named,
    call_positional,
    fit,
)
from engine.kernel.feel.types import coerce, name_of
from engine.kernel.feel.values import Function, Order, Value
from engine.kernel.feel.walk import steps_of

_USUAL = 2
DEAR = {
    "date and time": 20, "even": 5, "exp": 20, "log": 30, "modulo": 15, "odd": 5, "range": 60, "replace": 5, "split": 5,
    "sqrt": 5, "time": 20, "week of year": 5,
}  # fmt: skip
"""Steps of a call of these, whose work takes that much longer than that of the others."""
_LONG = 100
"""Characters of a string that are worth a step, whatever is done with it."""


@compiles(tree.Call)
def call(node: tree.Call) -> Code:
    """`f(a, b)` or `f(x: a, y: b)`."""
    function, names, position = _callee(node.function), node.names, node.pos
    arguments = [compile_node(argument) for argument in node.arguments]

    def code(frame: Frame) -> Value:
        run = frame.run
        target = function(frame)
        values = [argument(frame) for argument in arguments]
        run.tick(DEAR.get(target.name, _USUAL) if type(target) is Function else _USUAL)
        _weigh(run, values)
        run.enter()
        source = run.source
        try:
            if names:
                return call_named(run, target, dict(zip(names, values, strict=True)))
            return call_positional(run, target, values)
        except NullResult as why:
            run.source = source
            run.note(position, why.reason)
            return None
        finally:
            run.depth -= 1

    known = _built_in(node.function.name) if isinstance(node.function, tree.Name) and not names else None
    return code if known is None else _known_call(node, arguments, known, code)


def _weigh(run: Run, values: list[Value]) -> None:
    for value in values:
        if type(value) is str and len(value) > _LONG:
            run.tick(len(value) // _LONG)


def _known_call(node: tree.Call, arguments: list[Code], known: Function, otherwise: Code) -> Code:
    """A short way to a built-in function, unless the scope or the business has another one of that name."""
    name, position, steps = known.name, node.pos, DEAR.get(known.name, _USUAL)
    overloads = _ready(name, len(arguments))

    def code(frame: Frame) -> Value:
        run = frame.run
        if name in run.functions or _is_hidden(frame, name):
            return otherwise(frame)
        values = [argument(frame) for argument in arguments]
        run.tick(steps)
        _weigh(run, values)
        source = run.source
        try:
            for each in overloads:
                bound = _bound(each.params, values)
                if bound is not None:
                    return each.work(run, *bound, *each.rest)
            return call_positional(run, known, values)
        except NullResult as why:
            run.source = source
            run.note(position, why.reason)
            return None

    return code


def _is_hidden(frame: Frame, name: str) -> bool:
    scope: Frame | None = frame
    while scope is not None:
        if type(scope.vars.get(name)) is Function:
            return True
        scope = scope.up
    return False


# ---- built-in functions ----------------------------------------------------------------------------------------------

_BUILT_IN: dict[str, Function] = {}


def _built_in(name: str) -> Function | None:
    """The built-in function of that name, always the same value."""
    found = _BUILT_IN.get(name)
    if found is None:
        found = builtin_value(Run(), name)
        if found is not None:
            _BUILT_IN[name] = found
    return found


@dataclass(frozen=True, slots=True)
class _Ready:
    """An overload for a known number of positional arguments; `rest` are nulls for the parameters left out."""

    params: tuple[Param, ...]
    rest: tuple[None, ...]
    work: Callable[..., Value]


def _ready(name: str, n: int) -> list[_Ready]:
    """The overloads for so many arguments.

    None beyond one that gathers its arguments: the table of functions does that, and what fits none of these.
    """
    ready: list[_Ready] = []
    for each in BUILTINS[name]:
        if each.rest:
            break
        if sum(not param.optional for param in each.params) <= n <= len(each.params):
            ready.append(_Ready(each.params[:n], (None,) * (len(each.params) - n), each.work))
    return ready


def _bound(params: tuple[Param, ...], values: list[Value]) -> list[Value] | None:
    """The arguments as these parameters take them; None if one does not fit."""
    bound: list[Value] = []
    for param, value in zip(params, values, strict=True):
        fitted = value if value is None and param.optional else fit(value, param.kind)
        if fitted is NO_FIT:
            return None
        bound.append(fitted)
    return bound


def _callee(node: tree.Node) -> Code:
    """What is called. A variable that holds no function does not hide the function of that name (`date`, `count`)."""
    if not isinstance(node, tree.Name):
        return compile_node(node)
    key, position = node.name, node.pos
    built_in = _built_in(key)
    latest: tuple[object, Function | None] = (None, built_in)

    def code(frame: Frame) -> Value:
        nonlocal latest
        scope: Frame | None = frame
        while scope is not None:
            value = scope.vars.get(key)
            if type(value) is Function:
                return value
            scope = scope.up
        given, function = latest
        work = frame.run.functions.get(key)
        if work is not given:  # the business hands in the same functions again and again
            function = builtin_value(frame.run, key) if work is not None else built_in
            latest = (work, function)
        if function is None:
            frame.run.note(position, f"没有名为“{key}”的函数")
        return function

    return code


@compiles(tree.Lambda)
def definition(node: tree.Lambda) -> Code:
    """A function value that keeps the scope it was made in."""
    params = tuple(name for name, _ in node.params)
    kinds = tuple(kind for _, kind in node.params)
    if node.body is None:
        return _external(node.pos)
    body, result, steps = compile_node(node.body), node.result, steps_of(node.body)
    told, order = result or kind_of(node.body, dict(node.params)), _order(node)

    def code(frame: Frame) -> Value:
        def invoke(run: Run, values: list[Value]) -> Value:
            if len(values) != len(params):
                raise NullResult(f"函数需要 {len(params)} 个参数，给了 {len(values)} 个")
            scope = {
                name: value if kind is None else _typed(run, value, kind, name)
                for name, kind, value in zip(params, kinds, values, strict=True)
            }
            run.tick(steps)
            answer = body(Frame(scope, frame, run))
            return answer if result is None else _typed(run, answer, result, "结果")

        return Function("", params, invoke, kinds, told, order(frame) if order is not None else None)

    return code


def _order(node: tree.Lambda) -> Callable[[Frame], Order] | None:
    """Of `function(a, b) a.x < b.x`, what makes its order in a scope; None of all others."""
    body = node.body
    if not isinstance(body, tree.Comparison) or body.operator not in ("<", ">"):
        return None
    if len(node.params) != 2 or any(kind is not None for _, kind in node.params):
        return None
    (first, path), (second, other) = _trail(body.left), _trail(body.right)
    names = [name for name, _ in node.params]
    if path != other or sorted((first, second)) != sorted(set(names)) or not first:
        return None
    key, descending = compile_node(body.left), (body.operator == ">") == (first == names[0])
    return lambda frame: Order(lambda run, item: key(Frame({first: item}, frame, run)), descending)


def _trail(node: tree.Node) -> tuple[str, tuple[str, ...]]:
    """The variable that a path starts from and the names on it; "" if the node is no path."""
    names: list[str] = []
    while isinstance(node, tree.Path):
        names.append(node.name)
        node = node.operand
    return (node.name if isinstance(node, tree.Name) else "", tuple(names))


def _typed(run: Run, value: Value, kind: object, name: str) -> Value:
    fitted, fits = coerce(value, kind, run.types, run)  # type: ignore[arg-type]
    if not fits:
        raise NullResult(f"“{name}”的类型不符：{name_of(value)}")
    return fitted


def _external(position: int) -> Code:
    def code(frame: Frame) -> Value:
        frame.run.note(position, "不支持外部函数（Java、PMML）")
        return None

    return code
