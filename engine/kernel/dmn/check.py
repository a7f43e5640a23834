"""Looks into decision tables without inputs: overlaps under UNIQUE and gaps, each with an example; it runs no rule.

Each column is cut into the regions its own cells tell apart (between and at every bound, each constant, anything else);
then all combinations are walked, those with the same rules left only once. Cells that are no list of constants or
intervals are taken to match in the search for gaps and not to match in the search for overlaps, so nothing found is
wrong, though not everything may be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from engine.errors import Fault
from engine.kernel.dmn.graph import Decision
from engine.kernel.dmn.index import Column
from engine.kernel.dmn.model import Model
from engine.kernel.dmn.table import Input, Table, constants
from engine.kernel.dmn.types import TypeTable
from engine.kernel.feel import UnaryTests
from engine.kernel.feel.text import number_text
from engine.kernel.feel.values import Value

MAX_STATES = 20_000
MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class _Region:
    """Part of a column's values that no cell tells apart: an example, and the rules that surely or perhaps match."""

    example: str
    sure: int
    perhaps: int


def check_dmn(model: Model) -> list[Fault]:
    """Overlaps (`dmn_overlap`) and gaps (`dmn_gap`) of all tables that are the logic of a decision of this file."""
    found: list[Fault] = []
    for key, decision in model.graph.decisions.items():
        if "#" not in key and decision.table is not None:
            found += _check_table(decision, decision.table, model.graph.types)
    return found


def _check_table(decision: Decision, table: Table, types: TypeTable) -> list[Fault]:
    columns = [
        _regions(column, index, [rule.tests[place] for rule in table.rules], types)
        for place, (column, index) in enumerate(zip(table.inputs, table.index.columns, strict=True))
    ]
    labels = [column.label for column in table.inputs]
    found: list[Fault] = []
    if table.policy == "UNIQUE":
        for rules, example in _overlaps(columns, table.index.all_rules):
            numbers = "、".join(str(rule + 1) for rule in rules)
            reason = f"决策“{decision.name}”的规则 {numbers} 会同时命中，例如 {_shown(labels, example)}"
            found.append(Fault(table.rules[rules[-1]].element_id, "dmn_overlap", reason))
    if table.policy in ("UNIQUE", "FIRST", "ANY", "PRIORITY") and not any(each.default for each in table.outputs):
        for example in _gaps(columns, table.index.all_rules):
            reason = f"决策“{decision.name}”没有规则处理 {_shown(labels, example)}"
            found.append(Fault(table.element_id, "dmn_gap", reason))
    return found


def _shown(labels: list[str], example: tuple[str, ...]) -> str:
    return "，".join(f"{label} = {value}" for label, value in zip(labels, example, strict=False) if value != "-")


# ---- regions ---------------------------------------------------------------------------------------------------------


def _regions(column: Input, index: Column, cells: list[UnaryTests | None], types: TypeTable) -> list[_Region]:
    """The regions of a column; one alone ("-") if nothing can be told apart."""
    values = _domain(column, index, types)
    for cell in cells:
        for value in constants(cell) if cell is None or not cell.tree.negated else _negated(cell):
            if type(value) in (str, bool) and value not in values and not column.allowed:
                values.append(value)
    regions = [_region(value, index, cells) for value in values]
    if index.points:
        regions += [_region(value, index, cells) for value in _samples(index.points)]
    return regions or [_Region("-", index.always, index.perhaps)]


def _negated(cell: UnaryTests) -> list[Value]:
    return [getattr(test.operand, "value", None) for test in cell.tree.tests]


def _domain(column: Input, index: Column, types: TypeTable) -> list[Value]:
    """All values where they can be counted; of open strings, one that no cell names stands for the rest."""
    item = types.items.get(column.type_ref)
    allowed = column.allowed or (item.allowed if item is not None else None)
    listed = list(constants(allowed))
    if allowed is not None and len(listed) == len(allowed.tree.tests) and listed:
        return [value for value in listed if type(value) in (str, bool)]
    kinds = {kind for kind, _ in index.constants}
    if bool in kinds or types.kind_of(column.type_ref).name == "boolean":
        return [True, False]
    return ["（其他）"] if str in kinds else []


def _samples(points: list[Decimal]) -> Iterator[Decimal]:
    """Every bound, and a number between each two and beyond both ends."""
    yield points[0] - 1
    for place, point in enumerate(points):
        yield point
        yield (point + points[place + 1]) / 2 if place + 1 < len(points) else point + 1


def _region(value: Value, index: Column, cells: list[UnaryTests | None]) -> _Region:
    sure, perhaps = index.passing(value), 0
    for number, cell in enumerate(cells):
        if cell is None or not (index.perhaps >> number) & 1:
            continue
        known = _constant_only(cell)
        passed = cell.matches(value, {}) if known else None
        sure |= (passed is True) << number
        perhaps |= (not known) << number
    return _Region(_text(value), sure, perhaps)


def _constant_only(cell: UnaryTests) -> bool:
    """A cell such as `not("A", "B")` depends on nothing but the input."""
    return not cell.names and not cell.functions


def _text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, Decimal) else f"“{value}”"


# ---- search ----------------------------------------------------------------------------------------------------------


def _overlaps(columns: list[list[_Region]], everyone: int) -> Iterator[tuple[list[int], tuple[str, ...]]]:
    """Sets of rules that match one input together, with the input."""
    reported: set[int] = set()
    for bits, example in _walk(columns, everyone, at_least=2, unsure=False):
        pair = _lowest_two(bits)
        if pair not in reported and len(reported) < MAX_FINDINGS:
            reported.add(pair)
            yield [place for place in range(pair.bit_length()) if (pair >> place) & 1], example


def _gaps(columns: list[list[_Region]], everyone: int) -> Iterator[tuple[str, ...]]:
    """Inputs that no rule matches."""
    found = 0
    for bits, example in _walk(columns, everyone, at_least=0, unsure=True):
        if not bits and found < MAX_FINDINGS:
            found += 1
            yield example


def _lowest_two(bits: int) -> int:
    lowest = bits & -bits
    rest = bits ^ lowest
    return lowest | (rest & -rest)


def _walk(
    columns: list[list[_Region]], everyone: int, *, at_least: int, unsure: bool
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Combinations of regions with the rules left; the same rules in the same column are followed only once.

    Ends silently after `MAX_STATES`: a table too wide to be searched through is not wrong for that.
    """
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[int, int, tuple[str, ...]]] = [(0, everyone, ())]
    while stack and len(seen) < MAX_STATES:
        place, bits, example = stack.pop()
        if (place, bits) in seen or bits.bit_count() < at_least:
            continue
        seen.add((place, bits))
        if place == len(columns) or not bits:
            yield bits, example
            continue
        for region in reversed(columns[place]):
            left = bits & (region.sure | (region.perhaps if unsure else 0))
            stack.append((place + 1, left, (*example, region.example)))
