"""Random but valid answers to a form: whatever its JSON Schema allows, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

import rstr

from engine.clock import SHANGHAI

TEXTS = ("符合要求", "现场已核实", "与客户确认一致", "资料齐全", "按规范施工完毕")


def answer(form: Mapping[str, Any], rng: Random, now: datetime) -> dict[str, Any]:
    """Values for the form's schema: every required field, and each optional one half of the time.

    `if`/`then` branches are honoured for required fields of `then`; `now` is the instant that dates lie near, never
    after it.
    """
    schema = form["schema"]
    properties: Mapping[str, Any] = schema["properties"]
    wanted = set(schema.get("required", []))
    values = {name: _value(part, rng, now) for name, part in properties.items() if name in wanted or rng.random() < 0.5}
    for name in _asked_for(schema, values):
        values.setdefault(name, _value(properties[name], rng, now))
    return values


def _asked_for(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Fields that become required through `if`/`then` (alone or under `allOf`) or `dependentRequired`."""
    names = [n for key, more in schema.get("dependentRequired", {}).items() if key in values for n in more]
    for rule in (schema, *schema.get("allOf", [])):
        if "if" in rule:
            branch = "then" if _fits(rule["if"], values) else "else"
            names += rule.get(branch, {}).get("required", [])
    return names


def _fits(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    if any(name not in values for name in condition.get("required", [])):
        return False
    return all(
        name not in values
        or (values[name] == part.get("const", values[name]) and values[name] in part.get("enum", [values[name]]))
        for name, part in condition.get("properties", {}).items()
    )


def _value(part: Mapping[str, Any], rng: Random, now: datetime) -> Any:
    if "const" in part:
        return part["const"]
    if "enum" in part:
        return rng.choice(part["enum"])
    kind = part.get("type", "string")
    if kind == "boolean":
        return rng.random() < 0.8
    if kind in ("number", "integer"):
        return _number(part, rng, whole=kind == "integer")
    if kind == "array":
        n_items = rng.randint(part.get("minItems", 0), min(part.get("maxItems", 3), 3))
        return [_value(part.get("items", {}), rng, now) for _ in range(n_items)]
    if kind == "object":
        return answer({"schema": part}, rng, now)
    return _text(part, rng, now)


def _number(part: Mapping[str, Any], rng: Random, *, whole: bool) -> float | int:
    step = part.get("multipleOf", 1 if whole else 0.5)
    low = part.get("minimum", part.get("exclusiveMinimum", 0) + step if "exclusiveMinimum" in part else 0)
    high = part.get(
        "maximum", part.get("exclusiveMaximum", low + 100 * step + step) - step * ("exclusiveMaximum" in part)
    )
    n_steps = rng.randint(0, max(0, int((high - low) / step)))
    value = low + n_steps * step
    return int(value) if whole or value == int(value) else round(value, 6)


def _text(part: Mapping[str, Any], rng: Random, now: datetime) -> str:
    moment = now - timedelta(minutes=rng.randint(0, 1))
    if part.get("format") == "date":
        return moment.astimezone(SHANGHAI).date().isoformat()
    if part.get("format") == "date-time":
        return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
    if "pattern" in part:
        return str(rstr.Rstr(rng).xeger(part["pattern"].replace(r"\S", "[A-Z0-9]")))
    n_times: int = 1 + part.get("minLength", 0) // 4
    text = rng.choice(TEXTS) * n_times
    return text[: part.get("maxLength", 200)]
