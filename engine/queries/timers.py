"""Timers as the scheduler asks for them and as people want to see them: what is due when, and why it has not fired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import Invalid
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import timers
from engine.store.timers import Backlog

N_PAGE = 50


@dataclass(frozen=True, slots=True)
class TimerLine:
    """An armed timer: what it is (`name` of the element, as drawn), whose, when and why then."""

    id: str
    order_no: str
    unit_code: str
    category: str
    element_id: str
    name: str
    due_at: datetime
    why: Any
    interrupting: bool
    suspended_since: datetime | None
    n_incidents: int
    leased_until: datetime | None
    leased_by: str | None

    @property
    def cursor(self) -> str:
        """Where the page after this line begins."""
        return f"{self.due_at.isoformat()}|{self.id}"

    def reasons(self, now: datetime) -> list[str]:
        """Why a due one may not have fired, as far as its own order and lease tell: codes, most telling first."""
        found = []
        if self.leased_until is not None:
            found.append("LEASED" if self.leased_until > now else "TRIED")
        if self.n_incidents:
            found.append("INCIDENT")
        if self.suspended_since is not None:
            found.append("SUSPENDED")
        return found


def due_timers(view: View, now: datetime, limit: int) -> list[str]:
    """Ids of timers due at or before `now`, longest overdue first."""
    return timers.due(view.connection, now, limit)


def backlog(view: View) -> Backlog:
    """How many timers are due and not fired, and since when the oldest is."""
    return timers.backlog(view.connection, view.now)


def upcoming(view: View, actor: Actor, until: datetime, *, after: str = "", limit: int = N_PAGE) -> list[TimerLine]:
    """Armed timers of the actor's units that are due after now and before `until`, soonest first."""
    return _page(view, actor, view.now, until, after, limit)


def overdue(view: View, actor: Actor, *, after: str = "", limit: int = N_PAGE) -> list[TimerLine]:
    """Timers of the actor's units that are due and have not fired, longest overdue first."""
    return _page(view, actor, None, view.now, after, limit)


def _page(view: View, actor: Actor, since: datetime | None, until: datetime, after: str, limit: int) -> list[TimerLine]:
    require(actor, Permission.TIMER_READ)
    cursor = _read_cursor(after) if after else None
    rows = timers.page(view.connection, view.units_of(actor), since, until, cursor, limit)
    return [TimerLine(**row) for row in rows]


def _read_cursor(text: str) -> tuple[datetime, str]:
    at, _, timer_id = text.partition("|")
    try:
        instant = datetime.fromisoformat(at)
    except ValueError:
        raise Invalid("分页位置不符", field="after") from None
    if instant.tzinfo is None:
        raise Invalid("分页位置不符", field="after")
    return instant, timer_id
