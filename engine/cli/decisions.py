"""The command that takes decisions: decide. It needs no database and records nothing."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import Invalid
from engine.kernel.decided import decided, decided_json, note_json, tellable
from engine.kernel.dmn import Model, Outcome, load_dmn
from engine.kernel.dmn.drawing import Drawing, draw_dmn
from engine.kernel.dmn.matched import Part, Row, matched_parts
from engine.kernel.dmn.reading import read_inputs
from engine.kernel.feel import Note
from engine.kernel.marked import marked


def decide(args: argparse.Namespace) -> Any:
    """Evaluate every decision of a DMN file on the input of a JSON file; why anything is null goes to stderr.

    With --explain each decision comes with its inputs, the rules it met and its notes, as text or (--json) as JSON.
    """
    data = Path(args.file).read_bytes()
    model = load_dmn(data, args.file)
    inputs = _inputs(args.input)
    every = {decision.id: decision.name for decision in model.decisions.values()}
    taken = {name: _take(model, key, inputs) for key, name in every.items()}
    if not args.explain:
        lines = (f"决策“{who}”：{_note(note)}\n" for _, notes in taken.values() for who, note in notes)
        sys.stderr.writelines(dict.fromkeys(lines))
        return {name: tellable(outcome.value) for name, (outcome, _) in taken.items()}
    drawing = draw_dmn(data, args.file)
    told = {name: _explained(model, drawing, outcome, notes) for name, (outcome, notes) in taken.items()}
    return told if args.json else "\n\n".join("\n".join(_lines(name, each)) for name, each in told.items())


def _inputs(path: str) -> dict[str, Any]:
    try:
        inputs = json.loads(Path(path).read_bytes()) if path else {}
    except ValueError as error:
        raise Invalid(f"输入文件不是合法的 JSON：{path}", field="--input") from error
    if not isinstance(inputs, dict):
        raise Invalid("输入应为 JSON 对象", field="--input")
    return inputs


def _take(model: Model, decision: str, inputs: Mapping[str, Any]) -> tuple[Outcome, list[tuple[str, Note]]]:
    """The outcome, and why anything in it is null, each reason with the decision that met it."""
    read: list[Note] = []
    outcome = model.decide(decision, read_inputs(model, inputs, decision, read))
    name = outcome.taken[-1].name
    notes = [(each.name, note) for each in outcome.taken for note in each.notes]
    known = {note for _, note in notes}
    rest = [(name, note) for note in (*read, *outcome.notes) if note not in known]
    return outcome, list(dict.fromkeys([*rest, *notes]))


def _explained(model: Model, drawing: Drawing, outcome: Outcome, notes: list[tuple[str, Note]]) -> dict[str, Any]:
    taken = decided(model, outcome.taken)[-1]
    told = decided_json(taken, {})
    notes = list(dict.fromkeys([*notes, *((taken.name, note) for note in taken.notes)]))
    parts = matched_parts(drawing, told)
    own = [part for part in parts if part.logic.table is part.table and part.logic.key == told["decision"]]
    return {
        "value": tellable(outcome.value),
        "inputs": told["inputs"],
        "rules": [_row(row) for part in own for row in part.rows],
        "within": [_part(part) for part in parts if part not in own],
        "notes": [{"decision": name} | note_json(note) for name, note in notes],
    }


def _part(part: Part) -> dict[str, Any]:
    return {"decision": part.logic.key, "name": part.logic.name, "rules": [_row(row) for row in part.rows]}


def _row(row: Row) -> dict[str, Any]:
    groups = {"conditions": row.conditions, "outputs": row.outputs, "annotations": row.annotations}
    texts = {name: [{"label": cell.label, "text": cell.text} for cell in cells] for name, cells in groups.items()}
    return {"number": row.number, "id": row.element_id, **texts}


def _lines(name: str, told: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name} = {_text(told['value'])}"
    yield from (f"  输入 {key} = {_text(value)}" for key, value in told["inputs"].items())
    for row in told["rules"]:
        yield from _row_lines(row, "")
    for part in told["within"]:
        for row in part["rules"]:
            yield from _row_lines(row, f"{part['name']} ")
    for note in told["notes"]:
        of = "" if note["decision"] == name else f"（{note['decision']}）"
        yield f"  提示{of} {_note(Note(note['position'], note['reason'], note['source']))}"


def _row_lines(row: Mapping[str, Any], of: str) -> Iterator[str]:
    yield f"  {of}规则 {row['number']}（{row['id']}）"
    yield from (f"    条件 {cell['label']}：{cell['text'] or '-'}" for cell in row["conditions"])
    yield from (f"    结果 {cell['label']}：{cell['text'] or '-'}" for cell in row["outputs"])
    yield from (f"    注释 {cell['label']}：{cell['text']}".replace(" ：", "：") for cell in row["annotations"])


def _note(note: Note) -> str:
    """Position and reason, and the expression with the place marked."""
    if not note.source:
        return note.reason
    before, at, after = marked(note.source, note.position)
    return f"第 {note.position + 1} 个字符：{note.reason}（{before}⟦{at}⟧{after}）"


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
