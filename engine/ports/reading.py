"""Values of answers that have kept to their contract: instants and days that JSON only has as text."""

from __future__ import annotations

from datetime import date, datetime

from engine.ports.failures import BadAnswer


def instant(text: str, field: str) -> datetime:
    """An aware instant. Raises BadAnswer for a text that is none, or one without an offset."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadAnswer(f"{field}: format") from error
    if found.tzinfo is None:
        raise BadAnswer(f"{field}: no offset")
    return found


def day(text: str, field: str) -> date:
    """A day. Raises BadAnswer for a text that is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadAnswer(f"{field}: format") from error
