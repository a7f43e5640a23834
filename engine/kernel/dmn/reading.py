"""Inputs as JSON gives them, read by their declared types: JSON has no dates, so where a date, a time, a date and time
or a duration is declared, its ISO 8601 text is read as one. It evaluates nothing.

The declared type of an input is the `typeRef` of its input data, down to the components of item definitions; where that
says nothing, or a table stands without input data, it is the `typeRef` of the column that asks for the input by name.
What cannot be read stays as it was given, so that the evaluation makes it null and says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, MutableSequence
from typing import Any

from engine.errors import Fault, Invalid
from engine.kernel.dmn.graph import Decision
from engine.kernel.dmn.model import Model
from engine.kernel.dmn.types import ItemType, TypeTable, plain
from engine.kernel.feel.lexer import normal
from engine.kernel.feel.runtime import Note
from engine.kernel.feel.values import Value, to_feel

_TAGS = {
    "date": "@date",
    "time": "@time",
    "date and time": "@datetime",
    "days and time duration": "@days_time",
    "years and months duration": "@years_months",
}
_MAX_DEPTH = 30


def declared_types(model: Model, decision: str) -> Mapping[str, str]:
    """Input name -> typeRef ("" if nothing is declared), of a decision and all it requires."""
    found = model.declared.get(decision)
    if found is None:
        found = model.declared[decision] = _declared(model, decision)
    return found


def as_declared(model: Model, inputs: Mapping[str, Any], decision: str) -> dict[str, Any]:
    """The inputs, JSON still, with ISO texts tagged wherever a date, a time or a duration is declared."""
    types = model.graph.types
    read = dict(inputs)
    for name, reference in declared_types(model, decision).items():
        if reference and name in read:
            read[name] = _tagged(read[name], ItemType("", reference), types)
    return read


def read_inputs(
    model: Model, inputs: Mapping[str, Any], decision: str, notes: MutableSequence[Any] | None = None
) -> dict[str, Value]:
    """FEEL values of JSON (tags included) by the declared types; what a tag holds wrongly is null, with a note.

    Raises Invalid, its field the input, for a tag that does not exist, and FeelBudget for too much of it.
    """
    read: dict[str, Value] = {}
    for name, value in as_declared(model, inputs, decision).items():
        try:
            read[name] = to_feel(value)
        except Invalid as why:
            raise Invalid(why.detail, field=name, faults=[Fault(name, "bad_value", why.detail)]) from why
        if notes is not None:
            notes.extend(Note(0, f"输入“{name}”中的 {text} 无法读取") for text in _unreadable(value))
    return read


def _declared(model: Model, decision: str) -> dict[str, str]:
    graph = model.graph
    found: dict[str, str] = {}
    for each in _closure(model, decision):
        for key in each.inputs:
            found.setdefault(graph.inputs[key].called, graph.inputs[key].type_ref)
        for name, reference in _columns(each):
            is_asked = name in found or not graph.inputs
            if is_asked and (not found.get(name) or graph.types.kind_of(found[name]).name == "Any"):
                found[name] = reference
    return found


def _closure(model: Model, decision: str) -> list[Decision]:
    """A decision and all it requires, nearest first."""
    found = {model.decisions[decision].id: model.decisions[decision]}
    for each in (queue := list(found.values())):
        for key in each.decisions:
            if key not in found:
                found[key] = model.graph.decisions[key]
                queue.append(found[key])
    return list(found.values())


def _columns(decision: Decision) -> Iterator[tuple[str, str]]:
    """Names that are asked for by a column as they stand, with the type of the column."""
    for column in decision.table.inputs if decision.table is not None else ():
        if column.expression is not None and column.type_ref:
            name = normal(column.expression.text)
            if column.expression.names == {name}:
                yield name, column.type_ref


def _tagged(value: Any, item: ItemType, types: TypeTable, depth: int = 0) -> Any:
    """The JSON with ISO texts tagged wherever the type declares a date, a time or a duration."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, list | tuple):
        return [_tagged(each, item, types, depth + 1) for each in value]
    item = _built_on(item, types)
    if isinstance(value, dict):
        parts = item.components
        return {k: _tagged(each, parts[k], types, depth + 1) if k in parts else each for k, each in value.items()}
    tag = _TAGS.get(types.kind_of(item.base).name) if isinstance(value, str) else None
    return {tag: value} if tag is not None and to_feel({tag: value}) is not None else value


def _built_on(item: ItemType, types: TypeTable) -> ItemType:
    """The type in which the chain of base types ends."""
    for _ in range(_MAX_DEPTH):
        base = types.items.get(plain(item.base))
        if item.components or base is None:
            break
        item = base
    return item


def _unreadable(value: Any) -> Iterator[str]:
    """Tags whose text is none of what they say, and numbers that are none."""
    if isinstance(value, list):
        for each in value:
            yield from _unreadable(each)
    elif isinstance(value, float) and not math.isfinite(value):
        yield "数字（过大或不是数字）"
    elif isinstance(value, dict):
        (tag, text) = next(iter(value.items())) if len(value) == 1 else ("", None)
        if tag[:1] == "@":
            yield from [f"{tag} “{str(text)[:40]}”"] if to_feel(value) is None else []
        else:
            for each in value.values():
                yield from _unreadable(each)
