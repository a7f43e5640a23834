"""The clocks of one order with all that explains them: runs and pauses, both ends, what is used and left today; until
when its plan holds; when its promises are due. Reads what stands, counts under the calendar in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import TOTAL, ClockState, state_of
from engine.domain.plan_validity import DATES, VALIDITY, PlanDay, plan_days
from engine.domain.segments import Segment, SegmentKind, Span, paused, running, segment_of
from engine.policy import Actor
from engine.queries.orders import element_names, order_head, timeline
from engine.queries.view import View
from engine.store import clocks, orders, timers
from engine.store.commitments import OUTSTANDING, ItemRow
from engine.store.papers import Papers


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock. `row` is as stored; `used` and `left` are working days up to today (left may be below 0: late by so
    many); `runs` are together, `pauses` only where they kept it from running; `parts` every segment as written."""

    row: Mapping[str, Any]
    used: int
    left: int
    internal_left: int | None
    paused_workdays: int
    runs: tuple[Span, ...]
    pauses: tuple[Span, ...]
    parts: tuple[Segment, ...]

    @property
    def begun(self) -> bool:
        """Has anything let it run yet? A pause alone does not."""
        return self.used > 0 or any(part.kind is SegmentKind.RUN for part in self.parts)

    @property
    def capped(self) -> bool:
        """Has a pause ended before its suspension did? Then the clock runs although the order is suspended."""
        return self.row["paused_since"] is None and any(part.kind is SegmentKind.PAUSE for part in self.parts)


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A promised document: when it is due and why."""

    commitment_no: str
    item: ItemRow
    outstanding: bool


@dataclass(frozen=True, slots=True)
class ClocksPage:
    """Everything about the time of one order. `timers` are the armed ones with the names of their elements."""

    head: Mapping[str, Any]
    today: date
    calendar: WorkingCalendar
    clocks: list[ClockLine]
    plan: list[PlanDay]
    promises: list[PromiseLine]
    timers: list[dict[str, Any]]


def of_order(view: View, actor: Actor, order_no: str) -> ClocksPage:
    """Raises NotFound outside the actor's units."""
    head = order_head(view, actor, order_no)
    until = head["completed_at"] if head["status"] in orders.ENDED else None
    today = (until or view.now).astimezone(SHANGHAI).date()
    calendar = view.world.calendar(view.connection)
    lines = [
        _line(row, state_of(head["category"], row, map(segment_of, parts)), today, calendar)
        for row, parts in clocks.whole(view.connection, head["id"])
    ]
    lines.sort(key=lambda line: (line.row["stage"] != TOTAL, line.parts[0].from_on if line.parts else date.max))
    return ClocksPage(
        head=head,
        today=today,
        calendar=calendar,
        clocks=lines,
        plan=_plan(view, actor, order_no),
        promises=_promises(Papers(view.connection, head["id"])),
        timers=_timers(view, head),
    )


def _line(row: Mapping[str, Any], state: ClockState, today: date, calendar: WorkingCalendar) -> ClockLine:
    used, target = state.used(today, calendar), state.limit.target
    kept = tuple(paused(state.segments))
    return ClockLine(
        row=row,
        used=used,
        left=state.limit.workdays - used,
        internal_left=None if target is None else target.workdays - used,
        paused_workdays=state.carried_paused + sum(span.workdays(today, calendar) for span in kept),
        runs=tuple(running(state.segments)),
        pauses=kept,
        parts=state.segments,
    )


def _plan(view: View, actor: Actor, order_no: str) -> list[PlanDay]:
    """As the last decision on the plan's dates in the record says."""
    dates: Mapping[str, Any] | None = None
    validity: Mapping[str, Any] = {}
    for entry in timeline(view, actor, order_no):
        for decision in entry.body.get("decisions", ()):
            if decision["decision"] == VALIDITY and isinstance(decision.get("output"), dict):
                validity = decision["output"]
            elif decision["decision"] == DATES and isinstance(decision.get("output"), dict):
                dates = decision
    return [] if dates is None else plan_days(dates["output"], validity, dates.get("inputs") or {})


def _promises(papers: Papers) -> list[PromiseLine]:
    numbers = {row.id: row.commitment_no for row in papers.commitments}
    shown = [item for item in papers.items if item.status not in ("DRAFT", "CANCELLED")]
    lines = [PromiseLine(numbers[item.commitment_id], item, item.status in OUTSTANDING) for item in shown]
    return sorted(lines, key=lambda line: (not line.outstanding, line.item.due_on, line.item.position))


def _timers(view: View, head: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = element_names(view, head["process_version_id"])
    rows = [row for row in timers.of_order(view.connection, head["id"]) if row["state"] == timers.PENDING]
    return [row | {"name": row["name"] or names.get(row["element_id"], row["element_id"])} for row in rows]
