"""Finds the matching rules of a table by bit sets, column by column, instead of cell by cell; it decides nothing else.

For each column and each ordered kind of value there is one bit set of rules for every bound that the cells name and for
every gap between two of them; null and the booleans have sets of their own. Cells of anything but constants are marked
"perhaps" and evaluated, but only for rules that no other column ruled out; so are all cells for a value of a kind that
none of them names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.kernel.dmn.cell import ConstantCell, constant_cell
from engine.kernel.dmn.line import Line, joined, lines_of
from engine.kernel.feel import UnaryTests
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Value


class Column:
    """One input column: which rules pass for a value, and which must be asked."""

    __slots__ = ("always", "lines", "perhaps", "single", "told")

    def __init__(self, cells: Sequence[UnaryTests | None]) -> None:
        self.always = 0
        self.perhaps = 0
        self.told = 0
        said: dict[int, ConstantCell] = {}
        for number, cell in enumerate(cells):
            bit = 1 << number
            if cell is None:
                continue
            known = constant_cell(cell)
            if not cell.tree.tests:
                self.always |= bit
            elif known is None:
                self.perhaps |= bit
            else:
                self.told |= bit
                said[bit] = known
        bounds = (bound for each in said.values() for bound in each.bounds())
        self.lines = [(line, *_swept(line, said, self.always)) for line in lines_of(bounds)]
        self.single: dict[Value, int] = {value: self._asked(cells, value) for value in (None, True, False)}

    def _asked(self, cells: Sequence[UnaryTests | None], value: Value) -> int:
        frame = Frame({}, None, Run())
        passing = (
            1 << number for number, cell in enumerate(cells) if self.told >> number & 1 and _passes(cell, frame, value)
        )
        return self.always | sum(passing)

    def passing(self, value: Value) -> tuple[int, int]:
        """Rules whose cell certainly passes, and those whose cell must be evaluated to know."""
        for line, bits, mixed in self.lines:
            place = line.place(value)
            if place is not None:
                return bits[place], self.perhaps | mixed
        if value is None or type(value) is bool:
            return self.single[value], self.perhaps
        return self.always, self.perhaps | self.told


def _passes(cell: UnaryTests | None, frame: Frame, value: Value) -> bool:
    return cell is not None and cell.passes(frame, value) is True


def _swept(line: Line, said: Mapping[int, ConstantCell], always: int) -> tuple[list[int], int]:
    """The rules that pass at each place, found by going once along the line, and those that must be asked there."""
    changes = [0] * (line.last + 2)
    mixed = 0
    for bit, cell in said.items():
        spans = cell.spans(line)
        mixed |= bit if spans is None else 0
        for low, high in joined(spans or ()):
            changes[low] |= bit
            changes[high + 1] |= bit
    bits: list[int] = []
    known: dict[int, int] = {}
    present = always
    for change in changes[:-1]:
        present ^= change
        bits.append(known.setdefault(present, present))  # alike gaps share one number
    return bits, mixed


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
            passing, asked = column.passing(value)
            candidates &= passing | asked
            if not candidates:
                return []
            if asked:
                unsure.append((place, asked & ~passing))
        for place, bits in unsure:
            candidates = self._ask(candidates, bits, place, values[place], frame)
        return places(candidates)

    def _ask(self, candidates: int, bits: int, place: int, value: Value, frame: Frame) -> int:
        for number in places(candidates & bits):
            cell = self.cells[number][place]
            frame.run.tick(cell.steps if cell is not None else 1)
            if not _passes(cell, frame, value):
                candidates &= ~(1 << number)
        return candidates


def places(bits: int) -> list[int]:
    """Which bits are set, from the lowest."""
    found: list[int] = []
    while bits:
        lowest = bits & -bits
        found.append(lowest.bit_length() - 1)
        bits ^= lowest
    return found
