"""Reads a posted page back into the value that it describes, by the form's JSON Schema.

Checks nothing: what cannot be read as its type stays as typed, so that the one check (the engine's) names it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.clock import SHANGHAI
from engine.kernel.resolving import N_MAX_ROWS

Schema = Mapping[str, Any]


def posted(schema: Schema, data: MultiDict[str, str], prefix: str = "") -> dict[str, Any]:
    """The value that a posted page stands for. Blank inputs are left out, as if the caller had not sent them."""
    value: dict[str, Any] = {}
    for key, raw in schema.get("properties", {}).items():
        part = plain(raw)
        name = f"{prefix}{key}"
        if part.get("x-widget") == "letter":
            continue
        read: Any
        if "x-rows" in part:
            read = _rows(part, data, name)
        elif kind(part) == "object":
            read = posted(part, data, f"{name}.") or None
        else:
            read = _read(part, data, name)
        if read is not None:
            value[key] = read
        elif nullable(raw) and key in schema.get("required", ()):
            value[key] = None
    return value


def plain(part: Schema) -> Schema:
    """`anyOf` of something and null is that something: a page shows both as an input that may stay blank."""
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) != 1:
        return part
    return {**choices[0], **{key: value for key, value in part.items() if key != "anyOf"}}


def nullable(part: Schema) -> bool:
    """May the value be null?"""
    kinds = part.get("type", ())
    return "null" in ([kinds] if isinstance(kinds, str) else kinds) or any(map(nullable, part.get("anyOf", ())))


def kind(part: Schema) -> str:
    """The JSON type of a value that is there."""
    if "type" not in part and "const" in part:
        return _kind_of(part["const"])
    kinds = part.get("type", "string")
    return kinds if isinstance(kinds, str) else next(kind for kind in kinds if kind != "null")


def is_clean(text: str) -> bool:
    """Free of control characters (but line ends) and of half characters that no database stores."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in text if letter not in "\r\n\t")


def instant(text: str) -> str:
    """A posted wall time as an instant of Shanghai; what is not a wall time stays as typed."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (read if read.tzinfo else read.replace(tzinfo=SHANGHAI)).isoformat()


def _kind_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else "array" if isinstance(value, list) else "string"


def _rows(part: Schema, data: MultiDict[str, str], name: str) -> list[Any]:
    """The rows that the page held, also when the form has fewer or other ones by now: the check tells.

    Where rows may be left out, one counts only if something was filled in beside what stands there anyway.
    """
    pattern = re.compile(rf"{re.escape(name)}\[([0-9]{{1,4}})\]\.")
    there = sorted({int(found[1]) for key in data if (found := pattern.match(key))})[: N_MAX_ROWS + 1]
    rows, known = [], part["x-rows"]
    for number in there:
        row = known[number] if number < len(known) else known[-1] if known else {}
        value = posted(row, data, f"{name}[{number}].")
        fixed = {key for key, inner in row.get("properties", {}).items() if "const" in inner}
        if "prefixItems" in part or value.keys() - fixed:
            rows.append(value)
    return rows


def _read(part: Schema, data: MultiDict[str, str], name: str) -> Any:
    of = kind(part)
    if of == "array":
        return [text for text in data.getlist(name) if text.strip()] or None
    text = data.get(name, "").strip()
    if not text:
        return None
    if of in ("integer", "number"):
        return _number(text)
    if of == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return instant(text) if part.get("format") == "date-time" and "const" not in part else text


def _number(text: str) -> int | float | str:
    """Only plain digits are numbers: `1e999`, `nan` and full-width digits are left for the check to refuse."""
    if len(text) > 20 or not all(letter in "0123456789.-" for letter in text):
        return text
    try:
        return int(text) if "." not in text else float(text)
    except ValueError:
        return text
