"""What the record may say of decisions: JSON only, and nothing that a person wrote in his own words.

A form's free text (a remark, a reason) may name people. Where a decision read such a text, or passed it on, the record
keeps only that there was one and how long it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from engine.errors import Invalid
from engine.kernel.dmn import Model, Taken
from engine.kernel.feel.runtime import Note
from engine.kernel.feel.values import Function, Value, to_json
from engine.kernel.model import Decided, Json

WITHHELD = "@withheld"
"""Tag of a text that is not told: its length stands in its place."""
FUNCTION = "@function"
"""Tag of a function, which JSON cannot hold: its parameters stand in its place."""
LARGE = "@large"
"""Tag of a value that is too large for the record: its bytes are counted in its place."""
MAX_BYTES = 10_000
N_MAX_RULES = 200
"""Matched rules that are recorded of one table: one that lists all its matches may have thousands."""
N_MAX_NOTES = 20
_N_QUOTED = 40
"""So much of a text a note may quote."""
_N_TELLING = 4
"""A shorter text is hidden where it stands alone, but not looked for inside of others: it would be found everywhere."""


def decided(
    model: Model, taken: Iterable[Taken], element_id: str = "", private: Collection[str] = ()
) -> tuple[Decided, ...]:
    """The decisions of one evaluation as they are recorded, the last one being that which was asked for."""
    taken = tuple(taken)
    asked_for = taken[-1].key if taken else ""
    return tuple(_decided(model, each, element_id, asked_for, private) for each in taken)


def _decided(model: Model, taken: Taken, element_id: str, asked_for: str, private: Collection[str]) -> Decided:
    file, digest = model.origin(taken.key)
    notes = list(hidden_notes(taken.notes, private))
    n_more = len(taken.matched) - N_MAX_RULES
    if n_more > 0:
        notes.append(Note(0, f"另有 {n_more} 条规则命中，未逐一记录"))
    return Decided(
        element_id=element_id,
        decision=taken.key.rpartition("#")[2],
        digest=digest,
        inputs={name: _kept(value, private) for name, value in taken.inputs.items()},
        matched=taken.matched[:N_MAX_RULES],
        output=_kept(taken.value, private),
        name=taken.name,
        file=file,
        rules=taken.rules[:N_MAX_RULES],
        asked=tuple((number, _kept(value, private)) for number, value in taken.asked),
        within=tuple((table, rules[:N_MAX_RULES]) for table, rules in taken.within),
        notes=tuple(notes),
        required_by=asked_for if taken.key != asked_for else "",
    )


def _kept(value: Value, private: Collection[str]) -> Json:
    found = hidden(tellable(value), private)
    if isinstance(found, list | dict | str) and (size := len(orjson.dumps(found))) > MAX_BYTES:
        return {LARGE: size}
    return found


def tellable(value: Value) -> Json:
    """The JSON of any value; of a function, what it is called with."""
    try:
        return to_json(value)
    except Invalid:
        return to_json(_without_functions(value))


def hidden(value: Json, private: Collection[str]) -> Json:
    """The value without private texts: their length stands in their place."""
    if not private:
        return value
    if isinstance(value, str):
        return {WITHHELD: len(value)} if _is_private(value, private) else value
    if isinstance(value, list):
        return [hidden(each, private) for each in value]
    if isinstance(value, dict):
        return {key: hidden(each, private) for key, each in value.items()}
    return value


def hidden_notes(notes: Iterable[Note], private: Collection[str] = ()) -> tuple[Note, ...]:
    """Each note once, without private texts that its reason quotes; the first of them only."""
    found = list(dict.fromkeys(notes))[:N_MAX_NOTES]
    for text in private:
        found = [replace(note, reason=note.reason.replace(text[:_N_QUOTED], "…")) for note in found]
    return tuple(found)


def note_json(note: Note) -> dict[str, Any]:
    """A note as the record and the answers of programs write it."""
    return {"position": note.position, "reason": note.reason, "source": note.source}


def decided_json(decision: Decided, came_from: Mapping[str, Any]) -> dict[str, Any]:
    """A decision as the record writes it, empty parts left out; `came_from` is the version that holds the file."""
    value: dict[str, Any] = {
        "element": decision.element_id,
        "decision": decision.decision,
        "name": decision.name,
        "table": decision.digest,
        "file": decision.file,
        "from": dict(came_from),
        "rules": list(decision.matched),
        "rule_ids": list(decision.rules),
        "asked": [{"column": column, "value": each} for column, each in decision.asked],
        "within": [{"table": table, "rules": list(rules)} for table, rules in decision.within],
        "notes": [note_json(note) for note in decision.notes],
        "for": decision.required_by,
    }
    always = {"inputs": dict(decision.inputs), "rules": value["rules"], "output": decision.output}
    return {name: each for name, each in value.items() if each} | always


def _is_private(text: str, private: Collection[str]) -> bool:
    return any(text == each or (len(each) >= _N_TELLING and each in text) for each in private)


def _without_functions(value: Value) -> Value:
    if isinstance(value, Function):
        return {FUNCTION: f"{value.name}({', '.join(value.params)})"}
    if isinstance(value, list):
        return [_without_functions(each) for each in value]
    if isinstance(value, dict):
        return {key: _without_functions(each) for key, each in value.items()}
    return value
