"""Checks what was filled into a form against its JSON Schema. Pure; says in Chinese what is wrong, without values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from engine.errors import Fault, InvalidForm
from engine.kernel.model import Json
from engine.kernel.resolving import is_dynamic, resolved

__all__ = ["FormCheck", "free_texts", "is_dynamic", "may_stay_blank", "resolved", "signatures", "uploads"]

MAX_DEPTH = 12
PHOTO, FILE = "photo", "file"
N_MAX_VALUES = 2_000
_N_MAX_TEXT = 20_000
_INT64 = 2**63
_KINDS = {
    "string": "文本",
    "number": "数字",
    "integer": "整数",
    "boolean": "是或否",
    "array": "列表",
    "object": "一组填写项",
    "null": "空",
}
_BOUND = frozenset({"enum", "const", "format", "pattern", "readOnly", "x-choices-from", "x-options-from"})
"""What keeps a text from being anything at all."""
_formats = FormatChecker(formats=())


class FormCheck:
    """One form, compiled; used for every submission of it."""

    def __init__(self, form: Mapping[str, Json]) -> None:
        self._schema = _spelled_out(form["schema"])
        self._validator = Draft202012Validator(self._schema, format_checker=_formats)

    def check(self, values: Mapping[str, Json]) -> None:
        """Raise InvalidForm with a fault for every wrong field.

        Refused besides what the schema refuses: keys that it does not name, keys that start with `@` (tags of FEEL
        values), and what cannot be stored as JSON (NaN, lone surrogates, integers beyond 64 bits).
        """
        faults = list(_unstorable(values))
        if not faults:
            known = self._schema.get("properties", {})
            faults += [Fault(key, "unknown_field", "表单没有此项") for key in values if key not in known]
            faults += [fault for error in self._validator.iter_errors(values) for fault in _faults(error)]
        if faults:
            raise InvalidForm("；".join(f"{f.field}：{f.reason}" for f in faults[:5]), faults=_distinct(faults))


def _spelled_out(schema: Any) -> Any:
    """The schema with every `false` for a field written as what it means: jsonschema loses the place of one."""
    if isinstance(schema, list):
        return [_spelled_out(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _spelled_out(part) for key, part in schema.items()}
    if isinstance(found.get("properties"), dict):
        found["properties"] = {n: {"not": {}} if part is False else part for n, part in found["properties"].items()}
    return found


def may_stay_blank(form: Mapping[str, Json]) -> frozenset[str]:
    """Names of the fields that some branch of the form forbids: nothing may be filled in there beforehand."""
    return frozenset(_forbidden(form["schema"]))


def _forbidden(schema: Any) -> Iterator[str]:
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            yield from (name for name, part in properties.items() if part is False)
        for key in ("then", "else", "allOf"):
            yield from _forbidden(schema.get(key))
    elif isinstance(schema, list):
        for each in schema:
            yield from _forbidden(each)


def free_texts(form: Mapping[str, Json]) -> Iterator[str]:
    """Names of the fields, also inner ones, that take any text: neither chosen from a list nor of a fixed shape."""
    yield from _free_texts("", form["schema"])


def signatures(form: Mapping[str, Json]) -> list[str]:
    """Names of the fields that hold a signature drawn on a screen."""
    properties = form["schema"].get("properties", {})
    return [name for name, part in properties.items() if isinstance(part, dict) and part.get("x-widget") == "signature"]


def uploads(form: Mapping[str, Json]) -> dict[str, str]:
    """Fields that hold the ids of files uploaded for them, and their widget: PHOTO or FILE."""
    properties = form["schema"].get("properties", {})
    widgets = {name: part.get("x-widget") for name, part in properties.items() if isinstance(part, dict)}
    return {name: widget for name, widget in widgets.items() if widget in (PHOTO, FILE)}


def _free_texts(name: str, schema: Any) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        return
    kinds = schema.get("type", ())
    if "string" in ([kinds] if isinstance(kinds, str) else kinds) and not schema.keys() & _BOUND:
        yield name
    for inner, part in schema.get("properties", {}).items():
        yield from _free_texts(inner, part)
    yield from _free_texts(name, schema.get("items"))


def _distinct(faults: list[Fault]) -> list[Fault]:
    return sorted(set(faults), key=lambda fault: (fault.field, fault.code))


def _faults(error: ValidationError) -> Iterator[Fault]:
    place = _place(error.absolute_path)
    wanted: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    if error.validator == "required":
        yield from (_missing(place, name) for name in wanted if name not in instance)
    elif error.validator in {"additionalProperties", "unevaluatedProperties"}:
        known = schema.get("properties", {})
        for name in instance:
            if name not in known:
                yield Fault(f"{place}.{name}" if place else name, "unknown_field", "表单没有此项")
    elif error.validator == "anyOf" and all(isinstance(each, dict) and set(each) == {"required"} for each in wanted):
        names = dict.fromkeys(name for each in wanted for name in each["required"])
        yield from (Fault(f"{place}.{name}" if place else name, "missing", "这几项至少填一项") for name in names)
    elif error.validator == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        yield Fault(place, "wrong_type", "应为" + "或".join(_KINDS.get(kind, kind) for kind in kinds))
    else:
        code, reason = _REASONS.get(str(error.validator), ("not_allowed", "不符合要求"))
        yield Fault(place, code, reason.format(_shown(schema, wanted)))


_REASONS = {
    "enum": ("not_a_choice", "只能选：{}"),
    "const": ("not_a_choice", "只能为：{}"),
    "minimum": ("too_small", "不得小于 {}"),
    "exclusiveMinimum": ("too_small", "须大于 {}"),
    "maximum": ("too_large", "不得大于 {}"),
    "exclusiveMaximum": ("too_large", "须小于 {}"),
    "multipleOf": ("bad_step", "须为 {} 的整数倍"),
    "minLength": ("too_short", "至少 {} 个字符"),
    "maxLength": ("too_long", "最多 {} 个字符"),
    "pattern": ("bad_format", "格式不正确"),
    "format": ("bad_format", "格式不正确"),
    "minItems": ("too_few", "至少 {} 项"),
    "maxItems": ("too_many", "最多 {} 项"),
    "uniqueItems": ("repeated", "各项不得重复"),
    "not": ("not_allowed", "此处不得填写"),
    "maxContains": ("repeated", "各项不得重复"),
}


def _shown(schema: Any, wanted: Json) -> str:
    labels = schema.get("x-labels", {}) if isinstance(schema, dict) else {}
    choices = wanted if isinstance(wanted, list) else [wanted]
    return "、".join(str(labels.get(str(choice), choice)) for choice in choices)


def _missing(place: str, name: str) -> Fault:
    return Fault(f"{place}.{name}" if place else name, "missing", "缺少必填项")


def _place(path: Any) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _unstorable(values: Mapping[str, Json]) -> Iterator[Fault]:
    """Walks everything once, bounded, so that the schema check sees only plain, finite data."""
    todo: list[tuple[str, Json, int]] = [("", values, 0)]
    n_seen = 0
    while todo:
        place, value, depth = todo.pop()
        n_seen += 1
        if depth > MAX_DEPTH or n_seen > N_MAX_VALUES:
            yield Fault(place, "too_big", "内容过多或嵌套过深")
            return
        if isinstance(value, Mapping):
            for name, inner in value.items():
                here = f"{place}.{name}" if place else str(name)
                if not isinstance(name, str) or not name or name.startswith("@") or not _is_text(name):
                    yield Fault(place, "reserved_key", "字段名不可用")
                else:
                    todo.append((here, inner, depth + 1))
        elif isinstance(value, list):
            todo += [(f"{place}[{index}]", inner, depth + 1) for index, inner in enumerate(value)]
        elif not _is_plain(value):
            yield Fault(place, "bad_value", "无法保存的值")


def _is_plain(value: Json) -> bool:
    if isinstance(value, str):
        return len(value) <= _N_MAX_TEXT and _is_text(value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    return isinstance(value, float) and math.isfinite(value)


def _is_text(value: str) -> bool:
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


@_formats.checks("date")
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or _reads(date.fromisoformat, value, r"\d{4}-\d{2}-\d{2}")


@_formats.checks("date-time")
def _is_instant(value: object) -> bool:
    """With an offset: an instant without one means another hour on another server."""
    shape = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})"
    return not isinstance(value, str) or _reads(datetime.fromisoformat, value, shape)


def _reads(parse: Any, text: str, shape: str) -> bool:
    try:
        return re.fullmatch(shape, text, re.ASCII) is not None and parse(text) is not None
    except ValueError:
        return False
