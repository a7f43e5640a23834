"""Turns a JSON Schema into fields that a page can show, and a posted page back into the value that it describes.

Checks nothing: what cannot be read as its type stays as typed, so that the one check (the engine's) names it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.clock import SHANGHAI
from engine.errors import Fault

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumeration: the value as posted and its Chinese label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a page. `name` is the dotted path of the value, `value` what the input shows."""

    name: str
    label: str
    widget: str
    value: Any
    required: bool
    options: tuple[Option, ...] = ()
    unit: str = ""
    hint: str = ""
    error: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; the heading of the outermost group is empty."""

    title: str
    fields: tuple[Field, ...]


def groups(form: Schema, values: Mapping[str, Any], faults: Sequence[Fault] = ()) -> list[Group]:
    """The fields of a form file (`schema`, `order`), nested objects as groups of their own."""
    errors = {fault.field: fault.reason for fault in faults}
    return list(_groups(form["schema"], form.get("order", ()), values, errors, _Place()))


def loose_faults(shown: Sequence[Group], faults: Sequence[Fault]) -> list[Fault]:
    """Faults that no field on the page stands for; they go on top of it."""
    names = {field.name for group in shown for field in group.fields}
    return [fault for fault in faults if fault.field not in names]


def posted(schema: Schema, data: MultiDict[str, str], prefix: str = "") -> dict[str, Any]:
    """The value that a posted page stands for. Blank inputs are left out, as if the caller had not sent them."""
    value: dict[str, Any] = {}
    for key, raw in schema.get("properties", {}).items():
        part = _plain(raw)
        name = f"{prefix}{key}"
        read: Any = posted(part, data, f"{name}.") or None if _kind(part) == "object" else _read(part, data, name)
        if read is not None:
            value[key] = read
        elif _nullable(raw) and key in schema.get("required", ()):
            value[key] = None
    return value


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a nested object stands: prefix of its names, its heading, and whether it may be left out whole."""

    prefix: str = ""
    title: str = ""
    optional: bool = False


def _groups(
    schema: Schema, order: Sequence[str], values: Mapping[str, Any], errors: Mapping[str, str], place: _Place
) -> Iterator[Group]:
    fields: list[Field] = []
    nested: list[tuple[Mapping[str, Any], Schema, _Place]] = []
    known = schema.get("properties", {})
    for key in [*(key for key in order if key in known), *(key for key in known if key not in order)]:
        part, name = _plain(known[key]), f"{place.prefix}{key}"
        required = key in schema.get("required", ()) and not _nullable(known[key]) and not place.optional
        if _kind(part) == "object":
            nested.append((values.get(key) or {}, part, _Place(f"{name}.", part.get("title", key), not required)))
        else:
            fields.append(_field(name, part, values.get(key), required, errors))
    yield Group(place.title, tuple(fields))
    for inner, part, below in nested:
        yield from _groups(part, part.get("x-order", ()), inner, errors, below)


def _field(name: str, part: Schema, value: Any, required: bool, errors: Mapping[str, str]) -> Field:
    widget = _widget(part)
    return Field(
        name=name,
        label=part.get("title", name),
        widget=widget,
        value=_shown(widget, part.get("default") if value is None else value),
        required=required,
        options=_options(part),
        unit=part.get("x-unit", ""),
        hint=part.get("description", ""),
        error=errors.get(name, ""),
        attributes=_attributes(part, widget),
    )


def _plain(part: Schema) -> Schema:
    """`anyOf` of something and null is that something: a page shows both as an input that may stay blank."""
    choices = [choice for choice in part.get("anyOf", ()) if choice.get("type") != "null"]
    if len(choices) != 1:
        return part
    return {**choices[0], **{key: value for key, value in part.items() if key != "anyOf"}}


def _nullable(part: Schema) -> bool:
    kinds = part.get("type", ())
    return "null" in ([kinds] if isinstance(kinds, str) else kinds) or any(map(_nullable, part.get("anyOf", ())))


def _kind(part: Schema) -> str:
    kinds = part.get("type", "string")
    return kinds if isinstance(kinds, str) else next(kind for kind in kinds if kind != "null")


def _widget(part: Schema) -> str:
    by_format = {"date": "date", "date-time": "datetime"}
    by_kind = {"boolean": "yesno", "integer": "number", "number": "number", "array": "checks"}
    if "enum" in part:
        return part.get("x-widget", "select")
    return part.get("x-widget") or by_format.get(part.get("format", "")) or by_kind.get(_kind(part), "text")


def _options(part: Schema) -> tuple[Option, ...]:
    part = part.get("items", part)
    labels = part.get("x-labels", {})
    choices = (value for value in part.get("enum", ()) if value is not None)
    return tuple(Option(str(value), labels.get(str(value), str(value))) for value in choices)


def _attributes(part: Schema, widget: str) -> dict[str, Any]:
    names = {"minimum": "min", "maximum": "max", "maxLength": "maxlength", "minLength": "minlength"}
    found = {names[key]: part[key] for key in names if key in part}
    if widget == "number":
        found["step"] = part.get("multipleOf", 1 if _kind(part) == "integer" else "any")
    return found


def _shown(widget: str, value: Any) -> Any:
    if value is None:
        return [] if widget == "checks" else ""
    if widget == "yesno":
        return str(value).lower()
    if widget == "datetime":
        return _local(str(value))
    return [str(item) for item in value] if isinstance(value, list) else str(value)


def _local(text: str) -> str:
    """An instant as `<input type=datetime-local>` wants it: Shanghai wall time, no offset."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = instant.astimezone(SHANGHAI) if instant.tzinfo else instant
    return local.strftime("%Y-%m-%dT%H:%M:%S" if local.second else "%Y-%m-%dT%H:%M")


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


def _read(part: Schema, data: MultiDict[str, str], name: str) -> Any:
    kind = _kind(part)
    if kind == "array":
        return [text for text in data.getlist(name) if text.strip()] or None
    text = data.get(name, "").strip()
    if not text:
        return None
    if kind in ("integer", "number"):
        return _number(text)
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    return instant(text) if part.get("format") == "date-time" else text


def _number(text: str) -> int | float | str:
    """Only plain digits are numbers: `1e999`, `nan` and full-width digits are left for the check to refuse."""
    if len(text) > 20 or not all(letter in "0123456789.-" for letter in text):
        return text
    try:
        return int(text) if "." not in text else float(text)
    except ValueError:
        return text
