"""Values between and beyond those that a table names, to try its rules on. Knows kinds only through FEEL itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from engine.kernel.dmn.line import Line, kind_of
from engine.kernel.feel import Expression, FeelBudget, compare, compile_expression
from engine.kernel.feel.values import Value

_UNITS = [
    "1",
    'duration("P1D")',
    'duration("P1M")',
    'duration("PT1H")',
    'duration("PT1S")',
    'duration("PT0.5S")',
    "abs(point)",
]
_MIDDLE = [compile_expression("low + (high - low) / 2"), *(compile_expression(f"low + {unit}") for unit in _UNITS[:4])]
_BELOW = [compile_expression(f"point - {unit}") for unit in _UNITS]
_ABOVE = [compile_expression(f"point + {unit}") for unit in _UNITS]
_WHOLE_MIDDLE = [compile_expression("floor(low) + 1")]
_WHOLE_BELOW = [compile_expression("ceiling(point) - 1")]
_WHOLE_ABOVE = [compile_expression("floor(point) + 1")]
_TAILS = ("A", "0", " ", "\0")
"""What may follow a text to give the next one; behind the last of them there is nothing nearer."""


def samples(line: Line, *, whole: bool) -> Iterator[tuple[int, Value, bool]]:
    """Place, a value there, and whether one was found; a gap in which no value can lie is left out.

    `whole`: between whole numbers there is nothing.
    """
    points = line.points
    for index in range(len(points) + 1):
        low = points[index - 1] if index else None
        high = points[index] if index < len(points) else None
        found = [each for each in _candidates(low, high, whole) if kind_of(each) == line.kind]
        inside = [each for each in found if _inside(each, low, high)]
        if inside:
            yield 2 * index, inside[0], True
        elif not found:
            yield 2 * index, None, False
        if high is not None:
            yield 2 * index + 1, high, True


def _inside(value: Value, low: Value, high: Value) -> bool:
    return (low is None or compare.less(low, value) is True) and (high is None or compare.less(value, high) is True)


def _candidates(low: Value, high: Value, whole: bool) -> list[Value]:
    """Values that lie between two bounds, or beyond the only one, if any value does."""
    if isinstance(low if low is not None else high, str):
        return [""] if low is None else [low + tail for tail in _TAILS]
    whole = whole and isinstance(low if low is not None else high, Decimal)
    if low is None:
        return _values(_WHOLE_BELOW if whole else _BELOW, point=high)
    if high is None:
        return _values(_WHOLE_ABOVE if whole else _ABOVE, point=low)
    return _values(_WHOLE_MIDDLE if whole else _MIDDLE, low=low, high=high)


def _values(formulas: Sequence[Expression], **scope: Value) -> list[Value]:
    """What the formulas give; one that means nothing for this kind gives null and is left out."""
    found: list[Value] = []
    for formula in formulas:
        try:
            found.append(formula.evaluate(scope))
        except FeelBudget:
            continue
    return [value for value in found if value is not None]
