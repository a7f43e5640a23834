"""Turns a JSON Schema into fields that a page can show. Checks nothing, the engine does; `posted` reads it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from engine.clock import SHANGHAI
from engine.errors import Fault
from web.posted import instant, is_clean, kind, nullable, plain, posted

__all__ = ["Field", "Group", "Option", "every", "groups", "instant", "is_clean", "loose_faults", "posted"]

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumeration: the value as posted and its Chinese label."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One input of a page. `name` is the dotted path of the value, `value` what the input shows.

    A field of widget `rows` holds rows of fields in the place of a value; a field of widget `fixed` is shown as text.
    """

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
    rows: tuple[tuple[Field, ...], ...] = ()
    title: str = ""
    """What a row is about."""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading; the heading of the outermost group is empty. One that may be left out whole is shown
    folded while nothing stands in it."""

    title: str
    fields: tuple[Field, ...]
    optional: bool = False

    @property
    def folded(self) -> bool:
        """May it be left out, and is nothing filled in and nothing wrong?"""
        return self.optional and not any(field.value or field.error for field in self.fields)


def groups(form: Schema, values: Mapping[str, Any], faults: Sequence[Fault] = ()) -> list[Group]:
    """The fields of a form file (`schema`, `order`), nested objects as groups of their own."""
    errors = {fault.field: fault.reason for fault in faults}
    return list(_groups(form["schema"], form.get("order", ()), values, errors, _Place()))


def every(shown: Sequence[Group]) -> Iterator[Field]:
    """All fields, those of rows too."""
    for group in shown:
        for each in group.fields:
            yield each
            for row in each.rows:
                yield from row


def loose_faults(shown: Sequence[Group], faults: Sequence[Fault]) -> list[Fault]:
    """Faults that no field on the page stands for; they go on top of it."""
    names = {field.name for field in every(shown)} | {field.value for field in every(shown) if field.widget == "hidden"}
    return [fault for fault in faults if fault.field not in names]


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
    for key in _in_order(known, order):
        part, name = plain(known[key]), f"{place.prefix}{key}"
        required = key in schema.get("required", ()) and not nullable(known[key]) and not place.optional
        if "x-rows" in part:
            fields.append(_rows(name, part, values.get(key), required, errors))
        elif kind(part) == "object":
            nested.append((values.get(key) or {}, part, _Place(f"{name}.", part.get("title", key), not required)))
        else:
            fields.append(_field(name, part, values.get(key), required, errors))
    yield Group(place.title, tuple(fields), place.optional)
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


def _rows(name: str, part: Schema, values: Any, required: bool, errors: Mapping[str, str]) -> Field:
    """The rows of a list; a value that was sent before is found again by what stands fixed in its row."""
    sent = values if isinstance(values, list) else []
    whole = "prefixItems" in part
    rows = []
    for number, row in enumerate(part["x-rows"]):
        at = number if whole else next((i for i, value in enumerate(sent) if _is_of(row, value)), -1)
        value = sent[at] if 0 <= at < len(sent) and isinstance(sent[at], Mapping) else {}
        here = {error.removeprefix(f"{name}[{at}]."): why for error, why in errors.items()}
        rows.append(tuple(_told(row, errors, _row(f"{name}[{number}]", row, value, whole, here))))
    return Field(name, part.get("title", name), "rows", [], required, hint=part.get("description", ""),
                 error=errors.get(name, ""), rows=tuple(rows))  # fmt: skip


def _told(row: Schema, errors: Mapping[str, str], fields: Iterator[Field]) -> Iterator[Field]:
    """An operator names the document at fault, not the row: its reason stands at the first input of that row."""
    reason = errors.get(str(row["properties"].get("doc_type", {}).get("const", "")), "")
    for each in fields:
        if reason and each.widget not in ("fixed", "hidden"):
            yield replace(each, error=each.error or reason)
            reason = ""
        else:
            yield each


def _is_of(row: Schema, value: Any) -> bool:
    fixed = {key: part["const"] for key, part in row["properties"].items() if "const" in part}
    return isinstance(value, Mapping) and all(value.get(key) == known for key, known in fixed.items())


def _row(place: str, row: Schema, value: Mapping[str, Any], whole: bool, errors: Mapping[str, str]) -> Iterator[Field]:
    """The fields of one row: text that is posted back as it stands, and inputs."""
    known, required = row["properties"], row.get("required", ())
    title = str(known.get("name", {}).get("const", ""))
    for key in _in_order(known, row.get("x-order", ())):
        part = plain(known[key])
        name = f"{place}.{key}"
        if "const" in part:
            hidden = part.get("x-widget") == "hidden" or (key == "doc_type" and title)
            words = part.get("x-labels", {})
            yield Field(name, part.get("title", key), "hidden" if hidden else "fixed", _shown("fixed", part["const"]),
                        False, tuple(Option(text, words.get(text, "")) for text in _listed(part["const"])),
                        part.get("x-unit", ""), error=errors.get(key, ""), title=title)  # fmt: skip
        else:
            made = _field(name, part, value.get(key), whole and key in required, {name: errors.get(key, "")})
            yield replace(made, title=title)


def _in_order(known: Mapping[str, Any], order: Sequence[str]) -> list[str]:
    return [*(key for key in order if key in known), *(key for key in known if key not in order)]


def _listed(value: Any) -> list[str]:
    return [_shown("fixed", each) for each in (value if isinstance(value, list) else [value])]


def _widget(part: Schema) -> str:
    by_format = {"date": "date", "date-time": "datetime"}
    by_kind = {"boolean": "yesno", "integer": "number", "number": "number", "array": "checks"}
    if "enum" in part:
        return str(part.get("x-widget", "select"))
    return part.get("x-widget") or by_format.get(part.get("format", "")) or by_kind.get(kind(part), "text")


def _options(part: Schema) -> tuple[Option, ...]:
    part = part.get("items", part)
    labels = part.get("x-labels", {})
    choices = (value for value in part.get("enum", ()) if value is not None)
    return tuple(Option(str(value), labels.get(str(value), str(value))) for value in choices)


def _attributes(part: Schema, widget: str) -> dict[str, Any]:
    names = {"minimum": "min", "maximum": "max", "maxLength": "maxlength", "minLength": "minlength"}
    found = {names[key]: part[key] for key in names if key in part}
    if widget == "number":
        found["step"] = part.get("multipleOf", 1 if kind(part) == "integer" else "any")
    return found


def _shown(widget: str, value: Any) -> Any:
    if value is None:
        return [] if widget == "checks" else ""
    if widget == "yesno" or isinstance(value, bool):
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
