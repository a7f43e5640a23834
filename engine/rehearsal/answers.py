"""Random but valid answers to a form: whatever its JSON Schema allows, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import rstr

from engine.clock import SHANGHAI
from engine.kernel.forms import FILE, PHOTO

TEXTS = ("符合要求", "现场已核实", "与客户确认一致", "资料齐全", "按规范施工完毕")
SIGNATURE = (
    '[{"penColor":"black","points":[{"time":1,"x":12,"y":30,"pressure":0.5},{"time":9,"x":80,"y":44,"pressure":0.5}]}]'
)
"""Two points of a pen, as a signature field holds them."""
SHARE_OF_FIRST = 0.3
"""How often the first of several choices is taken besides its share: forms begin with what is usual."""
SHARE_OF_LEAST = 0.25
"""How often a number is the least that may be: nothing charged, nobody hurt."""

SHARE_OF_EXAMPLES = 0.5
"""How often a number is one of those that its form gives as examples: they lie where something is decided."""
MOST_KEPT = 0.9
"""Even the most willing change now and then what was filled in beforehand: it may not do."""
FARTHEST_AHEAD_DAYS = 90
"""How far a date may lie that is still to come (`x-ahead`)."""


def is_answerable(form: Mapping[str, Any]) -> bool:
    """False when a list wants rows and offers none: what it was about has been done meanwhile."""
    parts = form["schema"].get("properties", {}).values()
    return not any("x-rows" in part and not part["x-rows"] and part.get("minItems", 0) for part in parts)


def answer(form: Mapping[str, Any], rng: Random, now: datetime, yes: float = 0.8, prefers: str = "") -> dict[str, Any]:
    """Values for the form's schema as it stands: every required field, and each optional one half of the time.

    `if`/`then`/`else` are honoured for fields that they require, forbid or give one value; `now` is the instant that
    dates lie near, after it only where they are marked `x-ahead`; `yes` is how often a question is answered in the
    affirmative and what is filled in beforehand is kept, and as often `prefers` is chosen where it can be.
    """
    return _Answers(rng, now, yes, prefers).object(form["schema"])


UNANSWERED = ("letter", PHOTO, FILE)
"""Widgets for which a rehearsal has nothing: a letter is read, no camera is there."""


@dataclass(frozen=True, slots=True)
class _Answers:
    rng: Random
    now: datetime
    yes: float
    prefers: str

    def object(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        properties: Mapping[str, Any] = schema.get("properties", {})
        wanted = set(schema.get("required", []))
        chosen = [name for name in properties if name in wanted or self.rng.random() < 0.5]
        values = {n: self.value(properties[n]) for n in chosen if properties[n].get("x-widget") not in UNANSWERED}
        while missed := [name for name in _asked_for(schema, values) if name not in values]:
            values |= {name: self.value(properties[name]) for name in missed}
        for name, part in _narrowed(schema, values):
            if part is False:
                del values[name]
            elif "const" in part:
                values[name] = part["const"]
        return values

    def value(self, part: Mapping[str, Any]) -> Any:
        if "const" in part:
            return part["const"]
        if part.get("x-widget") == "signature":
            return SIGNATURE
        if self.prefers and self.prefers in part.get("enum", ()) and self.rng.random() < self.yes:
            return self.prefers
        if "default" in part and self.rng.random() < min(self.yes, MOST_KEPT):
            return part["default"]
        if "enum" in part:
            return part["enum"][0] if self.rng.random() < SHARE_OF_FIRST else self.rng.choice(part["enum"])
        kind = part.get("type", "string")
        if kind == "boolean":
            return self.rng.random() < self.yes
        if kind in ("number", "integer"):
            return self.number(part, whole=kind == "integer")
        if kind == "array":
            return self.array(part)
        return self.object(part) if kind == "object" else self.text(part)

    def array(self, part: Mapping[str, Any]) -> list[Any]:
        if "x-rows" in part:
            return [self.object(row) for row in self.rows(part)]
        choices = part.get("items", {}).get("enum")
        least, most = part.get("minItems", 0), min(part.get("maxItems", 3), 3)
        if choices is not None:
            n_choices = self.rng.randint(min(least, len(choices)), len(choices))
            return self.rng.sample(choices, n_choices)
        return [self.value(part.get("items", {})) for _ in range(self.rng.randint(least, max(least, most)))]

    def rows(self, part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Every row; of rows that may be left out, a part of them."""
        rows: list[Mapping[str, Any]] = part["x-rows"]
        if "prefixItems" in part or not rows:
            return rows
        least = part.get("minItems", 0)
        if not least and self.rng.random() > self.yes:
            return []
        n_rows = self.rng.randint(max(1, least), len(rows))
        return [rows[index] for index in sorted(self.rng.sample(range(len(rows)), n_rows))]

    def number(self, part: Mapping[str, Any], *, whole: bool) -> float | int:
        if part.get("examples") and self.rng.random() < SHARE_OF_EXAMPLES:
            return float(self.rng.choice(part["examples"]))
        step = part.get("multipleOf", 1 if whole else 0.5)
        low = part.get("minimum", part.get("exclusiveMinimum", 0) + step if "exclusiveMinimum" in part else 0)
        high = part.get(
            "maximum", part.get("exclusiveMaximum", low + 100 * step + step) - step * ("exclusiveMaximum" in part)
        )
        n_most = max(0, int((high - low) / step))
        value = low + (0 if self.rng.random() < SHARE_OF_LEAST else self.rng.randint(0, n_most)) * step
        return int(value) if whole or value == int(value) else round(value, 6)

    def text(self, part: Mapping[str, Any]) -> str:
        moment = self.now - timedelta(minutes=self.rng.randint(0, 1))
        if part.get("x-ahead"):
            moment = self.now + timedelta(days=self.rng.randint(1, FARTHEST_AHEAD_DAYS))
        if part.get("format") == "date":
            return moment.astimezone(SHANGHAI).date().isoformat()
        if part.get("format") == "date-time":
            return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
        if "pattern" in part:
            return str(rstr.Rstr(self.rng).xeger(part["pattern"].replace(r"\S", "[A-Z0-9]")))
        n_times: int = 1 + part.get("minLength", 0) // 4
        text = self.rng.choice(TEXTS) * n_times
        return text[: part.get("maxLength", 200)]


def _asked_for(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """Fields that become required through `if`/`then` (alone or under `allOf`) or `dependentRequired`."""
    names = [n for key, more in schema.get("dependentRequired", {}).items() if key in values for n in more]
    return names + [name for branch in _branches(schema, values) for name in branch.get("required", [])]


def _narrowed(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Answered fields that such a branch forbids (False) or allows one value only."""
    parts = [each for branch in _branches(schema, values) for each in branch.get("properties", {}).items()]
    return [(name, part) for name, part in parts if name in values]


def _branches(schema: Mapping[str, Any], values: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The `then` or `else` of each condition, as the values fit it."""
    rules = [rule for rule in (schema, *schema.get("allOf", [])) if "if" in rule]
    return [rule.get("then" if _fits(rule["if"], values) else "else", {}) for rule in rules]


def _fits(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    if any(name not in values for name in condition.get("required", [])):
        return False
    return all(
        name not in values
        or (values[name] == part.get("const", values[name]) and values[name] in part.get("enum", [values[name]]))
        for name, part in condition.get("properties", {}).items()
    )
