"""Closures for calls, function definitions and unary tests; arguments are bound here, built-in work is elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from engine.kernel.feel import compare, tree
from engine.kernel.feel.codegen import compile_node, compiles
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.infer import kind_of
from engine.kernel.feel.runtime import Check, Code, Frame, Run
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
from engine.kernel.feel.values import Function, Range, Value
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
    built_in, overloads = _known(node)
    steps = DEAR.get(built_in.name, _USUAL) if built_in is not None else _USUAL

    def code(frame: Frame) -> Value:
        run = frame.run
        target = function(frame)
        values = [argument(frame) for argument in arguments]
        run.tick(steps)
        for value in values:
            if type(value) is str and len(value) > _LONG:
                run.tick(len(value) // _LONG)
        run.enter()
        source = run.source
        try:
            if target is built_in:
                for each in overloads:
                    bound = _bound(each.params, values)
                    if bound is not None:
                        return each.work(run, *bound, *each.rest)
            if names:
                return call_named(run, target, dict(zip(names, values, strict=True)))
            return call_positional(run, target, values)
        except NullResult as why:
            run.source = source
            run.note(position, why.reason)
            return None
        finally:
            run.depth -= 1

    return code


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


def _known(node: tree.Call) -> tuple[Function | None, list[_Ready]]:
    """The built-in function that is called unless the scope hides it, and its overloads for so many arguments.

    None beyond one that gathers its arguments: the table of functions does that, and what fits none of these.
    """
    name = node.function.name if isinstance(node.function, tree.Name) else ""
    if name not in BUILTINS or node.names:
        return None, []
    n = len(node.arguments)
    ready: list[_Ready] = []
    for each in BUILTINS[name]:
        if each.rest:
            break
        if sum(not param.optional for param in each.params) <= n <= len(each.params):
            ready.append(_Ready(each.params[:n], (None,) * (len(each.params) - n), each.work))
    return _built_in(name), ready


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

    def code(frame: Frame) -> Value:
        scope: Frame | None = frame
        while scope is not None:
            value = scope.vars.get(key)
            if type(value) is Function:
                return value
            scope = scope.up
        if built_in is not None and key not in frame.run.functions:
            return built_in
        function = builtin_value(frame.run, key)
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
    told = result or kind_of(node.body, dict(node.params))

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

        return Function("", params, invoke, kinds, told)

    return code


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


# ---- unary tests -----------------------------------------------------------------------------------------------------


@compiles(tree.In)
def membership(node: tree.In) -> Code:
    """`x in candidate` and `x in (tests)`; a value of another kind than what is asked for is not in."""
    operand, position = compile_node(node.operand), node.pos
    check = compile_tests(node.tests) if node.candidate is None else _in_candidate(compile_node(node.candidate))

    def code(frame: Frame) -> Value:
        value = operand(frame)
        result = check(frame, value)
        if result is None:
            if node.tests and value is not None:
                return False
            frame.run.note(position, f"无法判断 {name_of(value)} 是否符合条件")
        return result

    return code


def _in_candidate(candidate: Code) -> Check:
    return lambda frame, value: compare.is_in(value, candidate(frame), frame.run)


def compile_tests(tests: tuple[tree.Test, ...]) -> Check:
    """Whether a value passes any of the tests."""
    checks = [_test(test) for test in tests]
    if len(checks) == 1:
        return checks[0]

    def check(frame: Frame, value: Value) -> bool | None:
        result: bool | None = False
        for each in checks:
            passed = each(frame, value)
            if passed:
                return True
            if passed is None:
                result = None
        return result

    return check


def _test(test: tree.Test) -> Check:
    if test.asks:
        return _asking(test)
    if isinstance(test.operand, tree.Constant):
        return _constant_test(test.operator, test.operand.value)
    operand, operator = compile_node(test.operand), test.operator
    if operator:
        return lambda frame, value: _related(operator, value, operand(frame), frame.run)
    return lambda frame, value: _plain(value, operand(frame), frame.run)


def _related(operator: str, value: Value, bound: Value, run: Run) -> bool | None:
    if operator == "=":
        return compare.equal(value, bound, run)
    if operator == "!=":
        same = compare.equal(value, bound, run)
        return None if same is None else not same
    if operator in ("<", ">="):
        before = compare.less(value, bound)
        return before if operator == "<" or before is None else not before
    after = compare.less(bound, value)
    return after if operator == ">" or after is None else not after


def _plain(value: Value, answer: Value, run: Run) -> bool | None:
    """A cell without `?`: its value, a list or range that holds the input, or a truth of its own."""
    if type(answer) is bool and type(value) is not bool:
        return answer
    return compare.member(value, answer, run)


def _constant_test(operator: str, bound: Value) -> Check:
    if operator:
        if type(bound) is Decimal and operator in ("<", ">=", ">", "<="):
            return _number_test(operator, bound)
        return lambda frame, value: _related(operator, value, bound, frame.run)
    if type(bound) in (str, Decimal):
        kind = type(bound)
        return lambda frame, value: value == bound if type(value) is kind else (None if value is not None else False)
    if type(bound) is Range and type(bound.start) is Decimal and type(bound.end) is Decimal:
        return _interval_test(bound)
    return lambda frame, value: compare.member(value, bound, frame.run)


def _number_test(operator: str, bound: Decimal) -> Check:
    if operator == "<":
        return lambda frame, value: value < bound if type(value) is Decimal else None
    if operator == "<=":
        return lambda frame, value: value <= bound if type(value) is Decimal else None
    if operator == ">":
        return lambda frame, value: value > bound if type(value) is Decimal else None
    return lambda frame, value: value >= bound if type(value) is Decimal else None


def _interval_test(span: Range) -> Check:
    """`[a..b]` with two numbers."""
    low, high, from_low, to_high = span.start, span.end, span.start_included, span.end_included

    def check(frame: Frame, value: Value) -> bool | None:
        if type(value) is not Decimal:
            return compare.member(value, span, frame.run)
        return bool((low <= value if from_low else low < value) and (value <= high if to_high else value < high))

    return check


def _asking(test: tree.Test) -> Check:
    """A cell with `?`: its own truth counts; if it is no boolean, the value is compared with it."""
    operand, operator = compile_node(test.operand), test.operator

    def check(frame: Frame, value: Value) -> bool | None:
        answer = operand(Frame({"?": value}, frame, frame.run))
        if operator:
            return _related(operator, value, answer, frame.run)
        if type(answer) is bool or answer is None:
            return answer
        return compare.member(value, answer, frame.run)

    return check
