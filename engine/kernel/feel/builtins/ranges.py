"""Allen's relations between points and ranges (specification 10.3.4.11), and `is` and `range`."""

from __future__ import annotations

from collections.abc import Callable

from engine.kernel.feel import compare, tree
from engine.kernel.feel.codegen import compile_node
from engine.kernel.feel.errors import FeelSyntaxError, NullResult
from engine.kernel.feel.moments import DateTime, Time
from engine.kernel.feel.parser import Parser
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.table import BUILTINS, builtin
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Range, Value


def _less(left: Value, right: Value) -> bool:
    """Raises NullResult where there is no order; a missing bound has none."""
    result = compare.less(left, right)
    if result is None:
        raise NullResult(f"{name_of(left)} 与 {name_of(right)} 无法比较")
    return result


def _same(left: Value, right: Value) -> bool:
    return not _less(left, right) and not _less(right, left)


def _before(one: Value, other: Value) -> bool:
    end, closed = (one.end, one.end_included) if isinstance(one, Range) else (one, True)
    start, open_ = (other.start, other.start_included) if isinstance(other, Range) else (other, True)
    return _less(end, start) or (_same(end, start) and not (closed and open_))


def _meets(one: Range, other: Range) -> bool:
    return one.end_included and other.start_included and _same(one.end, other.start)


def _reaches(one: Range, other: Range) -> bool:
    """`one` ends behind the start of `other`."""
    touch = one.end_included and other.start_included
    return _less(other.start, one.end) or (touch and _same(one.end, other.start))


def _overlaps(one: Range, other: Range) -> bool:
    return _reaches(one, other) and _reaches(other, one)


def _overlaps_before(one: Range, other: Range) -> bool:
    sooner = one.start_included and not other.start_included
    starts = _less(one.start, other.start) or (_same(one.start, other.start) and sooner)
    inside = not one.end_included or other.end_included
    ends = _less(one.end, other.end) or (_same(one.end, other.end) and inside)
    return starts and _reaches(one, other) and ends


def _finishes(one: Value, other: Range) -> bool:
    if not isinstance(one, Range):
        return other.end_included and _same(one, other.end)
    if one.end_included != other.end_included or not _same(one.end, other.end):
        return False
    inside = not one.start_included or other.start_included
    return _less(other.start, one.start) or (_same(one.start, other.start) and inside)


def _starts(one: Value, other: Range) -> bool:
    if not isinstance(one, Range):
        return other.start_included and _same(one, other.start)
    if one.start_included != other.start_included or not _same(one.start, other.start):
        return False
    inside = not one.end_included or other.end_included
    return _less(one.end, other.end) or (_same(one.end, other.end) and inside)


def _during(one: Value, other: Range) -> bool:
    if not isinstance(one, Range):
        inside = _less(other.start, one) and _less(one, other.end)
        return inside or _starts(one, other) or _finishes(one, other)
    above = _less(other.start, one.start) or (
        _same(other.start, one.start) and (other.start_included or not one.start_included)
    )
    below = _less(one.end, other.end) or (_same(one.end, other.end) and (other.end_included or not one.end_included))
    return above and below


def _coincides(one: Value, other: Value) -> bool:
    if not isinstance(one, Range):
        return _same(one, other)
    bounds = (one.start_included, one.end_included) == (other.start_included, other.end_included)
    return bounds and _same(one.start, other.start) and _same(one.end, other.end)


def _register(name: str, relation: Callable[..., bool], *kinds: str, swapped: str = "") -> None:
    """`relation` under `name` for each kind of arguments, and its mirror image under `swapped`."""
    labels = {
        "pp": ("point1", "point2"),
        "pr": ("point", "range"),
        "rp": ("range", "point"),
        "rr": ("range1", "range2"),
    }
    for kind in kinds:
        one, other = (
            f"{label}: range" if each == "r" else label for label, each in zip(labels[kind], kind, strict=True)
        )
        builtin(name, one, other)(_checked(relation, kind, False))
        if swapped:
            mirror = labels[kind[::-1]]
            first, second = (
                f"{label}: range" if each == "r" else label for label, each in zip(mirror, kind[::-1], strict=True)
            )
            builtin(swapped, first, second)(_checked(relation, kind[::-1], True))


def _checked(relation: Callable[..., bool], kind: str, swap: bool) -> Callable[..., Value]:
    def work(run: Run, one: Value, other: Value) -> Value:
        for value, each in zip((one, other), kind, strict=True):
            if value is None or (each == "p" and isinstance(value, Range)):
                raise NullResult(f"参数的类型 {name_of(value)} 不符")
        return relation(other, one) if swap else relation(one, other)

    return work


_register("before", _before, "rr", "pr", "rp", "pp", swapped="after")
_register("meets", _meets, "rr", swapped="met by")
_register("overlaps", _overlaps, "rr")
_register("overlaps before", _overlaps_before, "rr")
_register("finishes", _finishes, "rr", "pr", swapped="finished by")
_register("during", _during, "rr", "pr", swapped="includes")
_register("starts", _starts, "rr", "pr", swapped="started by")
_register("coincides", _coincides, "rr", "pp")


@builtin("overlaps after", "range1: range", "range2: range")
def overlaps_after(run: Run, one: Range, other: Range) -> bool:
    """`overlaps before` seen from the other range."""
    later = other.start_included and not one.start_included
    starts = _less(other.start, one.start) or (_same(other.start, one.start) and later)
    inside = not other.end_included or one.end_included
    ends = _less(other.end, one.end) or (_same(other.end, one.end) and inside)
    return starts and _reaches(other, one) and ends


@builtin("is", "value1", "value2")
def is_(run: Run, one: Value, other: Value) -> bool:
    """The same in kind and in every part: unlike `=`, times with different offsets are never the same."""
    if type(one) is not type(other):
        return False
    if type(one) in (Time, DateTime):
        return bool(one == other)
    return compare.equal(one, other, run) is True


_ENDS = ("date", "time", "date and time", "duration", "years and months duration")


@builtin("range", "from: string")
def range_(run: Run, text: str) -> Range:
    """`range("[1..10]")`, `range("[2..)")`: bounds are literals or dates, times and durations made of literals."""
    text = text.strip()
    inner = text[1:-1].strip()
    if len(text) < 2 or text[0] not in "[(]" or text[-1] not in "])[":
        raise NullResult(f"“{text[:40]}”不是区间")
    if inner.startswith(".."):
        return Range(None, _bound(_parsed(inner[2:]), run), False, text[-1] == "]")
    if inner.endswith(".."):
        return Range(_bound(_parsed(inner[:-2]), run), None, text[0] == "[", False)
    node = _parsed(text)
    if not isinstance(node, tree.Interval) or node.start is None or node.end is None:
        raise NullResult(f"“{text[:40]}”不是区间")
    start, end = _bound(node.start, run), _bound(node.end, run)
    if compare.less(end, start) is not False:
        raise NullResult("区间两端无法比较或次序颠倒")
    return Range(start, end, node.start_included, node.end_included)


def _parsed(text: str) -> tree.Node:
    try:
        return Parser(text, (), frozenset(BUILTINS)).whole()
    except FeelSyntaxError as why:
        raise NullResult(f"不是区间：{why.reason}") from None


def _bound(node: tree.Node, run: Run) -> Value:
    """The value of a constant bound."""
    made = isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and node.function.name in _ENDS
    parts = node.arguments if made and isinstance(node, tree.Call) else (node,)
    value = compile_node(node)(Frame({}, None, run)) if all(isinstance(part, tree.Constant) for part in parts) else None
    if value is None:
        raise NullResult("区间的两端应为常量")
    return value
