"""JSON Schemas of unmasking over the API. Pure data."""

from __future__ import annotations

from engine.commands.unmask_personal import REASONS
from engine.store.unmasking import FIELDS
from web.api.shapes import INSTANT, TEXT, Shape, listed, record

UNMASKING: Shape = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fields", "reason"],
    "properties": {
        "fields": {"type": "array", "items": {"enum": list(FIELDS)}, "minItems": 1, "uniqueItems": True},
        "reason": {"enum": list(REASONS), "description": "Entered into the record of the order"},
        "note": {"type": "string", "maxLength": 500, "description": "Needed for OTHER; stays out of the record"},
    },
}
SHAPES: dict[str, Shape] = {
    "Unmasking": UNMASKING,
    "Unmasked": record(items=listed(record(field={"enum": list(FIELDS)}, value=TEXT, until=INSTANT))),
}
