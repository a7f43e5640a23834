"""Values of answers that have kept to their contract: instants and days that JSON only has as text."""

from __future__ import annotations

from datetime import date, datetime

from engine.clock import SHANGHAI
from engine.ports.failures import BadAnswer


def instant(text: str, field: str) -> datetime:
    """An aware instant. Raises BadAnswer for a text that is none, and for the ends of time, which no zone can tell."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is not None and found.astimezone(SHANGHAI):
            return found
    except (ValueError, OverflowError) as error:
        raise BadAnswer(f"{field}: format") from error
    raise BadAnswer(f"{field}: no offset")


def day(text: str, field: str) -> date:
    """A day. Raises BadAnswer for a text that is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadAnswer(f"{field}: format") from error
