"""Closures for unary tests: the cells of decision tables, and `in`. Constants take a short way; calls are elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from engine.kernel.feel import compare, tree
from engine.kernel.feel.codegen import compile_node, compiles
from engine.kernel.feel.runtime import Check, Code, Frame, Run
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Range, Value


@compiles(tree.In)
def membership(node: tree.In) -> Code:
    """`x in candidate` and `x in (tests)`; a value of another kind than what is asked for is not in."""
    operand, position = compile_node(node.operand), node.pos
    check = compile_tests(node.tests) if node.candidate is None else _in_candidate(node.candidate)

    def code(frame: Frame) -> Value:
        value = operand(frame)
        result = check(frame, value)
        if result is None:
            if node.tests and value is not None:
                return False
            frame.run.note(position, f"无法判断 {name_of(value)} 是否符合条件")
        return result

    return code


def _in_candidate(node: tree.Node) -> Check:
    if isinstance(node, tree.Constant) and _is_interval(node.value):
        return _interval_test(node.value, compare.is_in)
    candidate = compile_node(node)
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
    if _is_interval(bound):
        return _interval_test(bound, compare.member)
    return lambda frame, value: compare.member(value, bound, frame.run)


def _number_test(operator: str, bound: Decimal) -> Check:
    if operator == "<":
        return lambda frame, value: value < bound if type(value) is Decimal else None
    if operator == "<=":
        return lambda frame, value: value <= bound if type(value) is Decimal else None
    if operator == ">":
        return lambda frame, value: value > bound if type(value) is Decimal else None
    return lambda frame, value: value >= bound if type(value) is Decimal else None


def _is_interval(value: Value) -> bool:
    return type(value) is Range and type(value.start) is Decimal and type(value.end) is Decimal


def _interval_test(span: Range, otherwise: Callable[[Value, Value, Run], bool | None]) -> Check:
    """`[a..b]` with two numbers; `otherwise` for values that are none."""
    low, high, from_low, to_high = span.start, span.end, span.start_included, span.end_included

    def check(frame: Frame, value: Value) -> bool | None:
        if type(value) is not Decimal:
            return otherwise(value, span, frame.run)
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
