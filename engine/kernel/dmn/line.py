"""Values of one ordered kind as places on a line: every bound that cells name, and the gaps beside them. No rules here.

Place `2 * i + 1` is the i-th bound, `2 * i` the gap before it, the last place the gap behind all of them. Which kinds
are ordered, and how, only `feel.compare` knows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cmp_to_key

from engine.kernel.feel import compare
from engine.kernel.feel.values import Range, Value

Span = tuple[int, int]
"""First and last place, both included; nothing if the first is behind the last."""
_NATIVE = (Decimal, str)
"""Kinds that Python orders as FEEL does."""


class Line:
    """The bounds of one ordered kind, ascending, each once."""

    __slots__ = ("kind", "last", "native", "points")

    def __init__(self, points: Sequence[Value]) -> None:
        self.kind = kind_of(points[0])
        self.native = type(points[0]) if type(points[0]) in _NATIVE else None
        self.points = sorted(set(points)) if self.native is not None else _ascending(points)
        self.last = 2 * len(self.points)

    def mixes(self, value: Value) -> bool:
        """Whether the value is of another kind and compares all the same, with each of this one in its own way."""
        return kind_of(value) != self.kind and compare.less(value, self.points[0]) is not None

    def place(self, value: Value) -> int | None:
        """Where the value lies; None if it is of another kind."""
        if type(value) is self.native:
            index = bisect_left(self.points, value)
            return 2 * index + (index < len(self.points) and self.points[index] == value)
        if self.native is not None or kind_of(value) != self.kind:
            return None
        low, high = 0, len(self.points)
        while low < high:
            middle = (low + high) // 2
            if compare.less(self.points[middle], value):
                low = middle + 1
            else:
                high = middle
        return 2 * low + (low < len(self.points) and not compare.less(value, self.points[low]))

    def span(self, operator: str, bound: Value) -> list[Span] | None:
        """Where `operator bound` is true; None if the bound is of another kind."""
        if type(bound) is Range:
            return self._inside(bound) if not operator else None
        place = self.place(bound)
        if place is None:
            return None
        if operator == "!=":
            return [(0, place - 1), (place + 1, self.last)]
        low, high = {
            "<": (0, place - 1),
            "<=": (0, place),
            ">": (place + 1, self.last),
            ">=": (place, self.last),
        }.get(operator, (place, place))
        return [(low, high)]

    def _inside(self, span: Range) -> list[Span] | None:
        low = 0 if span.start is None else self.place(span.start)
        high = self.last if span.end is None else self.place(span.end)
        if low is None or high is None or (span.start is None and span.end is None):
            return None
        low += span.start is not None and not span.start_included
        high -= span.end is not None and not span.end_included
        return [(low, high)]


def kind_of(value: Value) -> object:
    """What values of one line have in common: their type, and whether they lie in a zone.

    A local time compares with a zoned one as if it were in its zone, so both together are in no single order.
    """
    return type(value), getattr(value, "zone", None) is None


def lines_of(values: Iterable[Value]) -> list[Line]:
    """The values sorted into the ordered kinds there are among them; what has no order is left out."""
    kinds: dict[object, list[Value]] = {}
    for value in values:
        if compare.less(value, value) is not None:
            kinds.setdefault(kind_of(value), []).append(value)
    return [Line(kind) for kind in kinds.values()]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same places as spans that neither touch nor overlap, ascending."""
    made: list[Span] = []
    for low, high in sorted(span for span in spans if span[0] <= span[1]):
        if made and low <= made[-1][1] + 1:
            made[-1] = (made[-1][0], max(made[-1][1], high))
        else:
            made.append((low, high))
    return made


def outside(spans: Iterable[Span], last: int) -> list[Span]:
    """All other places."""
    made: list[Span] = []
    first = 0
    for low, high in joined(spans):
        made.append((first, low - 1))
        first = high + 1
    return [span for span in [*made, (first, last)] if span[0] <= span[1]]


def _ascending(points: Sequence[Value]) -> list[Value]:
    ordered = sorted(points, key=cmp_to_key(lambda one, other: -1 if compare.less(one, other) else 1))
    return [
        value for index, value in enumerate(ordered) if not index or compare.less(ordered[index - 1], value) is True
    ]
