"""Cuts the inputs of a table into the regions that its own cells tell apart, with the rules of each; no search.

Columns with the same head are one axis, since they are always given the same value.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.kernel.dmn.cell import constant_cell
from engine.kernel.dmn.check.domain import domain_of
from engine.kernel.dmn.check.places import ANYTHING, NULL, Place, places_of
from engine.kernel.dmn.index import places
from engine.kernel.dmn.table import Table
from engine.kernel.feel import FeelBudget, UnaryTests, tree
from engine.kernel.feel.walk import nodes_of

UNPREDICTABLE = frozenset({"now", "today", "random number"})
"""Built-in functions that a constant argument does not settle."""


@dataclass(frozen=True, slots=True)
class Region:
    """Values that no cell tells apart, and the rules that surely or perhaps match them."""

    at: Place
    sure: int
    perhaps: int


@dataclass(frozen=True, slots=True)
class Axis:
    """One input: the columns that show it, its label, and the regions of what it is meant to be given.

    `beside` are regions of what it may be given all the same: null, and any kind if it has no type. `exact`: each
    example speaks for all of its region.
    """

    columns: tuple[int, ...]
    label: str
    regions: tuple[Region, ...]
    beside: tuple[Region, ...]
    exact: bool


def axes_of(table: Table) -> list[Axis]:
    """All axes of a table, in the order of its columns."""
    together: dict[str, list[int]] = {}
    for number, column in enumerate(table.inputs):
        key = column.expression.text.strip() if column.expression is not None else f"#{number}"
        together.setdefault(key, []).append(number)
    return [_axis(table, tuple(columns)) for columns in together.values()]


def _axis(table: Table, columns: tuple[int, ...]) -> Axis:
    cells = [cell for rule in table.rules for number in columns if (cell := rule.tests[number]) is not None]
    domains = [domain_of(table.inputs[number], table) for number in columns]
    found = places_of(cells, domains)
    beside = [NULL] if NULL not in found else []
    if not all(domain.base or domain.tests for domain in domains):
        beside.append(ANYTHING)
    return Axis(
        columns,
        table.inputs[columns[0]].label,
        tuple(_region(table, columns, place) for place in found),
        tuple(_region(table, columns, place) for place in beside),
        all(constant_cell(cell) is not None or _open(cell) for cell in cells) and not _mixed(table, columns),
    )


def _mixed(table: Table, columns: tuple[int, ...]) -> bool:
    """Whether zoned and local times are compared."""
    return any(mixed for number in columns for _, _, mixed in table.index.columns[number].lines)


def _region(table: Table, columns: tuple[int, ...], place: Place) -> Region:
    """The rules that surely and perhaps match there, in all columns of the axis."""
    sure = may = table.index.all_rules
    for number in columns:
        certain, unsure = _by_column(table, number, place)
        sure &= certain
        may &= certain | unsure
    return Region(place, sure, may & ~sure)


def _by_column(table: Table, number: int, place: Place) -> tuple[int, int]:
    column = table.index.columns[number]
    if place.unknown:
        return column.always, column.perhaps | column.told
    sure, asked = column.passing(place.value)
    perhaps = 0
    for rule in places(asked & ~sure):
        passed = _passes(table.rules[rule].tests[number], place)
        sure |= (passed is True) << rule
        perhaps |= (passed is None) << rule
    return sure, perhaps


def _passes(cell: UnaryTests | None, place: Place) -> bool | None:
    """Whether a cell lets the value pass; None if that may depend on more than the value."""
    if cell is None:
        return False
    try:
        return None if _open(cell) else cell.matches(place.value, {}) is True
    except FeelBudget:
        return None


def _open(cell: UnaryTests) -> bool:
    """Whether the cell may depend on more than its input; in a filter, names are taken for entries of the items."""
    if cell.names or cell.functions:
        return True
    return any(
        isinstance(node, tree.Filter) or (isinstance(node, tree.Name) and node.name in UNPREDICTABLE)
        for node in nodes_of(cell.tree)
    )
