"""The rows of a drawn table that a recorded decision met, cell by cell beside the values. Judges and stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.kernel.dmn.drawing import Drawing, DrawnColumn, DrawnLogic, DrawnRule, DrawnTable

UNKNOWN = object()
"""Stands for the value of a column that the record does not tell."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A condition, an output or an annotation: what its column is called, what it says, and the value it was met with
    or gave (`UNKNOWN` if the record does not tell)."""

    label: str
    name: str
    text: str
    value: Any = UNKNOWN

    @property
    def is_known(self) -> bool:
        """Does the record tell the value?"""
        return self.value is not UNKNOWN


@dataclass(frozen=True, slots=True)
class Row:
    """A rule that matched."""

    number: int
    element_id: str
    conditions: tuple[Cell, ...]
    outputs: tuple[Cell, ...]
    annotations: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A table that took part, and its rows that matched; `logic` is the decision or knowledge model it belongs to."""

    logic: DrawnLogic
    table: DrawnTable
    rows: tuple[Row, ...]


def matched_parts(drawing: Drawing, told: Mapping[str, Any]) -> tuple[Part, ...]:
    """The tables that took part in a decision, its own first; `told` is what the record says of it."""
    logic = drawing.of(str(told["decision"]))
    parts: list[Part] = []
    if logic is not None and logic.table is not None:
        parts.append(Part(logic, logic.table, _rows(logic.table, told.get("rules", ()), told)))
    for inner in told.get("within", ()):
        if (found := drawing.table(str(inner["table"]))) is not None:
            parts.append(Part(*found, _rows(found[1], inner["rules"], {})))
    return tuple(parts)


def _rows(table: DrawnTable, numbers: Iterable[int], told: Mapping[str, Any]) -> tuple[Row, ...]:
    return tuple(_row(table, table.rules[number - 1], told) for number in numbers if 1 <= number <= len(table.rules))


def _row(table: DrawnTable, rule: DrawnRule, told: Mapping[str, Any]) -> Row:
    asked = {each["column"]: each["value"] for each in told.get("asked", ())}
    inputs = told.get("inputs", {})
    heads = enumerate(zip(table.inputs, rule.conditions, strict=False), 1)
    names = [*table.annotations, *[""] * len(rule.annotations)]
    return Row(
        rule.number,
        rule.element_id,
        tuple(
            Cell(column.label, column.text, text, asked.get(place, inputs.get(column.text, UNKNOWN)))
            for place, (column, text) in heads
        ),
        tuple(
            Cell(column.label, column.text, text, _given(column, table, told))
            for column, text in zip(table.outputs, rule.outputs, strict=False)
        ),
        tuple(Cell(name, "", text) for name, text in zip(names, rule.annotations, strict=False) if text),
    )


def _given(column: DrawnColumn, table: DrawnTable, told: Mapping[str, Any]) -> Any:
    """What an output column gave, where the whole value is that of one rule."""
    output = told.get("output", UNKNOWN)
    if table.policy not in ("UNIQUE", "FIRST", "ANY", "PRIORITY") or output is None:
        return UNKNOWN
    if len(table.outputs) == 1:
        return output
    return output.get(column.text, UNKNOWN) if isinstance(output, dict) else UNKNOWN
