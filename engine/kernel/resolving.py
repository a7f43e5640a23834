"""Turns a form with dynamic keywords into a plain JSON Schema of the moment, for page and check alike. Checks nothing.

`x-rows-from` (one row per entry of a variable), `x-choices-from` (a row's own choices), `x-options-from` (a variable's
entries as options), `x-default-from` (what a variable says already, filled in beforehand). What the result does not
allow is refused, whatever a page showed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.kernel.model import Json

N_MAX_ROWS = 50
"""Rows that a form shows; nobody works through more of them, and the check must stay cheap."""
ROWS, CHOICES, OPTIONS, OPTIONAL = "x-rows-from", "x-choices-from", "x-options-from", "x-rows-optional"
DEFAULT = "x-default-from"
_DYNAMIC = frozenset({ROWS, CHOICES, OPTIONS, DEFAULT})
_LIMITS = frozenset({"enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "multipleOf"})
"""What a value that nobody may change need not keep to: its author may not have thought of it."""
_CODES = ("code", "doc_type", "value")

Schema = Mapping[str, Any]


def is_dynamic(form: Mapping[str, Json]) -> bool:
    """Whether the form must be resolved before each use."""
    return _is_dynamic(form.get("schema"))


def resolved(form: Mapping[str, Json], variables: Mapping[str, Json]) -> dict[str, Json]:
    """The form with its dynamic keywords replaced by what the variables say now.

    An array with `x-rows-from` gets one item per entry of that list, in its order. Item properties marked `readOnly`
    take the entry's value and nothing else, or vanish where the entry has none; other properties of the same name start
    from it. With `"x-rows-optional": true` rows may be left out, and a row is known by its read-only values. A variable
    that is missing or no list counts as empty.
    """
    return {**form, "schema": _resolved(form["schema"], variables)}


def flat(value: Json) -> Json:
    """A value with FEEL's tags taken off: `{"@date": "2026-03-02"}` is the text, as form fields hold it."""
    if isinstance(value, Mapping) and len(value) == 1:
        ((tag, inner),) = value.items()
        if tag == "@decimal":
            return float(inner)
        if tag.startswith("@"):
            return inner if isinstance(inner, str) else None
    return value


def _is_dynamic(part: Any) -> bool:
    if isinstance(part, Mapping):
        return not _DYNAMIC.isdisjoint(part) or any(map(_is_dynamic, part.values()))
    return isinstance(part, list) and any(map(_is_dynamic, part))


def _resolved(part: Schema, variables: Mapping[str, Json]) -> dict[str, Any]:
    if ROWS in part:
        return _rows(part, variables)
    if OPTIONS in part:
        return _options(part, variables)
    if DEFAULT in part:
        return _known(part, variables)
    found = dict(part)
    if "properties" in part:
        found["properties"] = {name: _resolved(inner, variables) for name, inner in part["properties"].items()}
    if isinstance(part.get("items"), Mapping):
        found["items"] = _resolved(part["items"], variables)
    return found


def _entries(variables: Mapping[str, Json], name: str) -> list[Json]:
    value = variables.get(name)
    return value[:N_MAX_ROWS] if isinstance(value, list) else []


def _rows(part: Schema, variables: Mapping[str, Json]) -> dict[str, Any]:
    found = {key: value for key, value in part.items() if key not in (ROWS, OPTIONAL, "items")}
    entries = _entries(variables, part[ROWS])
    rows = [_row(_resolved(part["items"], variables), entry) for entry in entries if isinstance(entry, Mapping)]
    found |= {"x-rows": rows, "maxItems": len(rows)}
    if part.get(OPTIONAL):
        keys = [_key_of(row) for row in rows]
        known = {"anyOf": keys} if keys else {}
        once = [{"contains": key, "minContains": 0, "maxContains": 1} for key in keys]
        chosen = [{"if": key, "then": row} for key, row in zip(keys, rows, strict=True)]
        return found | {"items": {**known, "allOf": chosen}, "allOf": once}
    return found | {"prefixItems": rows, "minItems": len(rows)}


def _key_of(row: Schema) -> dict[str, Any]:
    fixed = {name: {"const": part["const"]} for name, part in row["properties"].items() if "const" in part}
    return {"type": "object", "properties": fixed, "required": sorted(fixed)}


def _row(item: Schema, entry: Mapping[str, Json]) -> dict[str, Any]:
    """The schema of one row."""
    properties: dict[str, Any] = {}
    for name, part in item.get("properties", {}).items():
        value = flat(entry.get(name))
        if part.get("readOnly"):
            if value is not None:
                properties[name] = {key: each for key, each in part.items() if key not in _LIMITS} | {"const": value}
        else:
            properties[name] = _started(_chosen(part, entry), value)
    required = [name for name in item.get("required", ()) if name in properties]
    fixed = [name for name, part in properties.items() if "const" in part and name not in required]
    return {**item, "properties": properties, "required": required + fixed}


def _chosen(part: Schema, entry: Mapping[str, Json]) -> dict[str, Any]:
    if CHOICES not in part:
        return dict(part)
    own = entry.get(part[CHOICES])
    listed = part.get("enum")
    choices = [each for each in own if listed is None or each in listed] if isinstance(own, list) else []
    found = {key: value for key, value in part.items() if key != CHOICES} | {"enum": choices}
    return found if found.get("default") in choices else {k: v for k, v in found.items() if k != "default"}


def _started(part: dict[str, Any], value: Json) -> dict[str, Any]:
    """What a field that may be changed starts from: what the row says, else the only choice there is."""
    choices = part.get("enum", ())
    if value is not None and (not choices or value in choices):
        return part | {"default": value}
    return part | {"default": choices[0]} if len(choices) == 1 and "default" not in part else part


def _known(part: Schema, variables: Mapping[str, Json]) -> dict[str, Any]:
    """A field that begins with the value at a path of the variables (`extension.requested_due_on`), if there is one."""
    value: Json = dict(variables)
    for name in part[DEFAULT].split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    found = {key: each for key, each in part.items() if key != DEFAULT}
    return _started(found, flat(value))


def _options(part: Schema, variables: Mapping[str, Json]) -> dict[str, Any]:
    found = {key: value for key, value in part.items() if key != OPTIONS}
    options = dict(_coded(_entries(variables, part[OPTIONS])))
    listed = {"enum": list(options), "x-labels": {str(code): name for code, name in options.items()}}
    if part.get("type") == "array":
        return found | {"items": {**part.get("items", {"type": "string"}), **listed}, "uniqueItems": True}
    return found | listed


def _coded(entries: list[Json]) -> Iterator[tuple[Json, str]]:
    for entry in entries:
        if isinstance(entry, Mapping):
            code = next((entry[name] for name in _CODES if isinstance(entry.get(name), str)), None)
            if code is not None:
                yield code, str(entry.get("name") or code)
        elif isinstance(entry, str):
            yield entry, entry
