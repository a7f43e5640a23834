"""What was done about a late order, as its page shows it: each rung with its reason and the rule that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.queries import lateness
from engine.queries.orders import Entry
from engine.queries.view import View
from web.accounts import actor
from web.presentation import span
from web.views.late_events import actions
from web.views.reasons import DecisionShown
from web.views.shown import holders
from web.words_late import rung_name


@dataclass(frozen=True, slots=True)
class Climbed:
    """A rung that was taken: by itself, when, what was done, why, and by which rule."""

    rung: str
    stage: str
    taken_at: datetime
    actions: str
    why: str
    late: str
    decision: DecisionShown | None


@dataclass(frozen=True, slots=True)
class Late:
    """All of it, and the names of the people in it."""

    climbed: list[Climbed]
    page: lateness.LatenessPage
    people: Mapping[str, str]


def late_of(view: View, order_no: str, entries: Sequence[Entry], decisions: Sequence[DecisionShown]) -> Late:
    """Read it in the same view as the rest of the page; newest rung first."""
    page = lateness.of_order(view, actor(), order_no)
    rules = {each.what.seq: each for each in decisions if each.what.event == "EscalationTaken"}
    climbed = [_climbed(entry, rules.get(entry.seq)) for entry in entries if entry.kind == "EscalationTaken"]
    logins: list[Any] = [one.sent_by for one in page.reminders]
    logins += [row[name] for row in page.supervisions for name in ("issued_by", "answered_by", "reviewed_by")]
    return Late(climbed[::-1], page, holders(view, logins))


def _climbed(entry: Entry, decision: DecisionShown | None) -> Climbed:
    body = entry.body
    late = span(body["late_seconds"]) if body["late_seconds"] else ""
    return Climbed(rung_name(body["rung"]), body["stage"], entry.occurred_at, actions(body["actions"]),
                   body["why"]["text"], late, decision)  # fmt: skip
