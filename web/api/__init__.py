"""The HTTP API for programs. Each view reads a query or runs one command; none decides anything."""

from __future__ import annotations

from web.api import (
    absences,
    corrections,
    decisions,
    figures,
    messages,
    orders,
    personal,
    reminders,
    tasklist,
    tasks,
    verbs,
)
from web.api.blueprint import api

BLUEPRINTS = (api,)

__all__ = [
    "BLUEPRINTS",
    "absences",
    "corrections",
    "decisions",
    "figures",
    "messages",
    "orders",
    "personal",
    "reminders",
    "tasklist",
    "tasks",
    "verbs",
]
