"""Finds the matching rules of a table by bit sets, column by column, instead of cell by cell; it decides nothing else.

For each column and kind of value there is one bit set of rules whose cell certainly passes; cells that are no list of
constants or numeric intervals are marked "perhaps" and evaluated, but only for rules that no other column ruled out.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from decimal import Decimal

from engine.kernel.feel import UnaryTests
from engine.kernel.feel.runtime import Frame
from engine.kernel.feel.tree import Constant, Interval, Test
from engine.kernel.feel.values import Value

Bounds = tuple[Decimal | None, bool, Decimal | None, bool]
"""Low, included, high, included; None is unbounded."""


class Column:
    """One input column: which rules pass for a value, and which must be asked."""

    __slots__ = ("always", "at", "between", "constants", "n_rules", "perhaps", "points")

    def __init__(self, cells: Sequence[UnaryTests | None]) -> None:
        self.always = 0
        self.perhaps = 0
        self.constants: dict[tuple[type, Value], int] = {}
        intervals: list[tuple[Bounds, int]] = []
        for number, cell in enumerate(cells):
            bit = 1 << number
            if cell is None:
                continue
            if not cell.tree.tests:
                self.always |= bit
                continue
            spans = [] if cell.tree.negated else [bounds_of(test) for test in cell.tree.tests]
            values = [] if cell.tree.negated else [constant_of(test) for test in cell.tree.tests]
            if not spans or any(span is None and value is None for span, value in zip(spans, values, strict=True)):
                self.perhaps |= bit
                continue
            intervals += [(span, bit) for span in spans if span is not None]
            for value in values:
                if value is not None:
                    self.constants[value] = self.constants.get(value, 0) | bit
        self._sweep(intervals)

    def _sweep(self, intervals: list[tuple[Bounds, int]]) -> None:
        """Bit sets at each bound and between each two of them."""
        self.points = sorted({bound for span, _ in intervals for bound in (span[0], span[2]) if bound is not None})
        self.at = [0] * len(self.points)
        self.between = [0] * (len(self.points) + 1)
        for (low, low_in, high, high_in), bit in intervals:
            first = bisect_left(self.points, low) if low is not None else -1
            last = bisect_left(self.points, high) if high is not None else len(self.points)
            for place in range(max(first, 0), min(last, len(self.points) - 1) + 1):
                if (place > first or low_in) and (place < last or high_in):
                    self.at[place] |= bit
            for place in range(first + 1, last + 1):
                self.between[place] |= bit

    def passing(self, value: Value) -> int:
        """Rules whose cell certainly passes."""
        kind = type(value)
        bits = self.always
        if kind is Decimal:
            place = bisect_left(self.points, value)
            found = place < len(self.points) and self.points[place] == value
            bits |= self.at[place] if found else self.between[place]
        elif kind is str or kind is bool:
            bits |= self.constants.get((kind, value), 0)
        return bits


def bounds_of(test: Test) -> Bounds | None:
    """The numeric interval of a test, if it is one with constant bounds."""
    operand = test.operand
    if isinstance(operand, Constant) and type(operand.value) is Decimal:
        value = operand.value
        return {
            "": (value, True, value, True),
            "=": (value, True, value, True),
            "<": (None, False, value, False),
            "<=": (None, False, value, True),
            ">": (value, False, None, False),
            ">=": (value, True, None, False),
        }.get(test.operator)
    if isinstance(operand, Interval) and not test.operator:
        low, high = (_constant_bound(bound) for bound in (operand.start, operand.end))
        if low is not None and high is not None and low <= high:
            return low, operand.start_included, high, operand.end_included
    return None


def _constant_bound(node: object) -> Decimal | None:
    return node.value if isinstance(node, Constant) and type(node.value) is Decimal else None


def constant_of(test: Test) -> tuple[type, Value] | None:
    """The string or boolean that a test asks for, with its type."""
    if isinstance(test.operand, Constant) and test.operator in ("", "=") and type(test.operand.value) in (str, bool):
        return type(test.operand.value), test.operand.value
    return None


class Index:
    """All columns of a table."""

    __slots__ = ("all_rules", "cells", "columns")

    def __init__(self, rules: Sequence[tuple[UnaryTests | None, ...]], n_inputs: int) -> None:
        self.cells = rules
        self.all_rules = (1 << len(rules)) - 1
        self.columns = [Column([tests[place] for tests in rules]) for place in range(n_inputs)]

    def matching(self, values: Sequence[Value], frame: Frame) -> list[int]:
        """The rules (from 0) that match, in order. Raises FeelBudget."""
        candidates = self.all_rules
        unsure: list[tuple[int, int]] = []
        for place, (column, value) in enumerate(zip(self.columns, values, strict=True)):
            passing = column.passing(value)
            candidates &= passing | column.perhaps
            if column.perhaps:
                unsure.append((place, column.perhaps & ~passing))
            if not candidates:
                return []
        for place, bits in unsure:
            candidates = self._ask(candidates, bits, place, values[place], frame)
        return _places(candidates)

    def _ask(self, candidates: int, bits: int, place: int, value: Value, frame: Frame) -> int:
        for number in _places(candidates & bits):
            frame.run.tick()
            cell = self.cells[number][place]
            if cell is None or cell.passes(frame, value) is not True:
                candidates &= ~(1 << number)
        return candidates


def _places(bits: int) -> list[int]:
    """Which bits are set, from the lowest."""
    found: list[int] = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found
