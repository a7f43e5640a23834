"""Closures for constants, names, arithmetic, logic, comparison and `if`; nothing of lists or calls."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal
from operator import ge, gt, le, lt

from engine.kernel.feel import arith, compare, tree
from engine.kernel.feel.codegen import compile_node, compiles
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Code, Frame
from engine.kernel.feel.table import builtin_value
from engine.kernel.feel.types import BASIC, instance_of, is_known, name_of
from engine.kernel.feel.values import NATIVE, NUMBERS, Range, Value

_QUICK: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": NUMBERS.add,
    "-": NUMBERS.subtract,
    "*": NUMBERS.multiply,
    "/": NUMBERS.divide,
}
_SLOW = 4
_POWER = 50
"""Steps of an operation on dates, times and strings, and of a power whose exponent is no small integer."""


def _is_small(exponent: Value) -> bool:
    return type(exponent) is Decimal and -1_000 < exponent < 1_000 and exponent == exponent.to_integral_value()


@compiles(tree.Constant)
def constant(node: tree.Constant) -> Code:
    """The value itself."""
    value = node.value
    return lambda frame: value


@compiles(tree.Name)
def name(node: tree.Name) -> Code:
    """Looked up from the inside out; then among the functions of the business, then the built-in ones."""
    key, position = node.name, node.pos

    def code(frame: Frame) -> Value:
        scope: Frame | None = frame
        while scope is not None:
            names = scope.vars
            if key in names:
                value = names[key]
                return value if type(value) in NATIVE or scope.up is not None else scope.run.feel(value)
            scope = scope.up
        value = builtin_value(frame.run, key)
        if value is None:
            frame.run.note(position, f"没有名为“{key}”的变量")
        return value

    return code


@compiles(tree.Chain)
def chain(node: tree.Chain) -> Code:
    """Operands from left to right."""
    if len(node.operators) > 20:
        return _long_chain(node)
    code = compile_node(node.operands[0])
    for operator, operand in _pairs(node):
        code = _binary(operator, code, compile_node(operand), node.pos)
    return code


def _binary(operator: str, left: Code, right: Code, position: int) -> Code:
    slow, quick = arith.OPERATORS[operator], _QUICK.get(operator)

    def code(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if quick is not None and type(one) is Decimal and type(other) is Decimal:
            try:
                return quick(one, other)
            except decimal.DecimalException:
                pass  # the slow way finds the words for it
        frame.run.tick(_POWER if operator == "**" and not _is_small(other) else _SLOW)
        try:
            return slow(frame.run, one, other)
        except NullResult as why:
            frame.run.note(position, why.reason)
            return None

    return code


def _long_chain(node: tree.Chain) -> Code:
    """Thousands of operands in a loop, since nested closures would exhaust the stack."""
    first = compile_node(node.operands[0])
    pairs = [(arith.OPERATORS[sign], compile_node(part)) for sign, part in _pairs(node)]
    position, steps = node.pos, sum(_POWER if sign == "**" else 2 for sign in node.operators)

    def code(frame: Frame) -> Value:
        total = first(frame)
        frame.run.tick(steps)
        try:
            for operation, operand in pairs:
                total = operation(frame.run, total, operand(frame))
        except NullResult as why:
            frame.run.note(position, why.reason)
            return None
        return total

    return code


def _pairs(node: tree.Chain) -> zip[tuple[str, tree.Node]]:
    return zip(node.operators, node.operands[1:], strict=True)


@compiles(tree.Negation)
def negation(node: tree.Negation) -> Code:
    """Unary minus."""
    operand, position = compile_node(node.operand), node.pos

    def code(frame: Frame) -> Value:
        try:
            return arith.negate(operand(frame))
        except NullResult as why:
            frame.run.note(position, why.reason)
            return None

    return code


@compiles(tree.Logic)
def logic(node: tree.Logic) -> Code:
    """Three-valued: `and` is false as soon as one is, `or` true; what is no boolean counts as null."""
    operands = [compile_node(operand) for operand in node.operands]
    decisive = node.operator == "or"
    neutral = not decisive
    position = node.pos

    def code(frame: Frame) -> Value:
        result: bool | None = neutral
        for operand in operands:
            value = operand(frame)
            if value is decisive:
                return decisive
            if value is not neutral:
                result = None
                if value is not None:
                    frame.run.note(position, f"{node.operator} 的操作数应为布尔值，实为 {name_of(value)}")
        return result

    return code


_ORDER: dict[str, Callable[[Value, Value], bool | None]] = {
    "<": compare.less,
    "<=": compare.at_most,
    ">": lambda left, right: compare.less(right, left),
    ">=": lambda left, right: compare.at_most(right, left),
}
_QUICK_ORDER = {"<": lt, "<=": le, ">": gt, ">=": ge}


@compiles(tree.Comparison)
def comparison(node: tree.Comparison) -> Code:
    """Equality and order; numbers and strings take a short way."""
    left, right = compile_node(node.left), compile_node(node.right)
    if node.operator in ("=", "!="):
        return _equality(left, right, node.operator == "!=", node.pos)
    slow, quick, position, sign = _ORDER[node.operator], _QUICK_ORDER[node.operator], node.pos, node.operator

    def code(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        if type(one) is Decimal and type(other) is Decimal:
            return quick(one, other)
        frame.run.tick(2)
        result = slow(one, other)
        if result is None:
            frame.run.note(position, f"{name_of(one)} {sign} {name_of(other)} 无法比较")
        return result

    return code


def _equality(left: Code, right: Code, negated: bool, position: int) -> Code:
    def code(frame: Frame) -> Value:
        one, other = left(frame), right(frame)
        kind = type(one)
        if kind is type(other) and (kind is str or kind is Decimal or kind is bool):
            return (one == other) is not negated
        same = compare.equal(one, other, frame.run)
        if same is None:
            frame.run.note(position, f"{name_of(one)} 与 {name_of(other)} 无法比较是否相等")
            return None
        return same is not negated

    return code


@compiles(tree.Between)
def between(node: tree.Between) -> Code:
    """Both bounds included."""
    operand, low, high = compile_node(node.operand), compile_node(node.low), compile_node(node.high)
    position = node.pos

    def code(frame: Frame) -> Value:
        value = operand(frame)
        frame.run.tick(2)
        result = compare.both(compare.at_most(low(frame), value), compare.at_most(value, high(frame)))
        if result is None:
            frame.run.note(position, f"{name_of(value)} 无法与 between 的两端比较")
        return result

    return code


@compiles(tree.If)
def conditional(node: tree.If) -> Code:
    """Whatever is not true goes the way of `else`."""
    condition, then, otherwise = compile_node(node.condition), compile_node(node.then), compile_node(node.otherwise)
    position = node.pos

    def code(frame: Frame) -> Value:
        value = condition(frame)
        if value is True:
            return then(frame)
        if value is not False:
            frame.run.note(position, f"if 的条件应为布尔值，实为 {name_of(value)}，按 else 处理")
        return otherwise(frame)

    return code


@compiles(tree.InstanceOf)
def instance(node: tree.InstanceOf) -> Code:
    """`x instance of type`; null if there is no such type."""
    operand, kind, position = compile_node(node.operand), node.kind, node.pos

    def code(frame: Frame) -> Value:
        run = frame.run
        if not is_known(kind, run.types):
            of_what = "应写明元素类型，如 list<number>" if kind.name in BASIC else "不存在"
            run.note(position, f"类型“{kind.name}”{of_what}")
            return None
        return instance_of(operand(frame), kind, run.types, run)

    return code


@compiles(tree.Interval)
def interval(node: tree.Interval) -> Code:
    """A range; null if its bounds are of two kinds, in the wrong order or null. A bound left out bounds nothing."""
    start = compile_node(node.start) if node.start is not None else None
    end = compile_node(node.end) if node.end is not None else None
    position = node.pos

    def code(frame: Frame) -> Value:
        low = start(frame) if start is not None else None
        high = end(frame) if end is not None else None
        if start is not None and end is not None and compare.less(high, low) is not False:
            frame.run.note(position, f"区间两端 {name_of(low)} 与 {name_of(high)} 无法比较或次序颠倒")
            return None
        return Range(low, high, node.start_included, node.end_included)

    return code
