"""Moves an order's clocks as stages begin and end in a step. The rules are domain/clocks.py's; nothing is stored here.

A stage begins when the first of its tasks opens, or the process enters the call or sub-process that bears its mark, and
ends when the last of them closes; both on the day that whoever took the step stated. Most steps touch no limited stage
and read no clock row: when the clocks that run end stands in the order's own row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from engine.clock import SHANGHAI
from engine.commands.limits import limits_on
from engine.commands.tx import Tx
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import (
    TOTAL,
    ClockKind,
    ClockState,
    Deadline,
    Limit,
    LimitsOfDay,
    capped,
    deadline,
    held,
    moved,
    order_clocks,
    reclassified,
    resumed,
    rewritten,
    state_of,
    warning,
)
from engine.domain.hours import ALWAYS, Hours
from engine.domain.segments import Segment, segment_of
from engine.domain.timers import Reading
from engine.store import applications, segments, tasks
from engine.store import clocks as rows

_LAST_STAGE = "ENERGISATION"
_FIELDS = ("from_on", "until_on", "reason", "hold_id", "begun_by", "ended_by")
_TOLD = ("due_on", "due_at", "used_workdays", "paused_workdays", "running_since", "internal_due_at")
_MOVING = (*_TOLD, "paused_since", "wants_to_run", "why", "internal_why")
Moving = dict[str, Any]
"""The columns of a clock that follow from its segments."""


class Clocks:
    """The clocks of the locked order by stage, read when first asked for."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._states: dict[str, ClockState] | None = None
        self._shown: dict[str, Moving] = {}
        self._stored: dict[str, tuple[Segment, ...]] = {}
        self._limits: LimitsOfDay | None = None
        self.touched: set[str] = set()
        """Stages whose clock ends at another moment than when somebody last looked."""
        self.halted: set[str] = set()
        """Stages whose clock a suspension stopped, or let go on, in this transaction."""

    @property
    def limits(self) -> Mapping[str, Limit]:
        """The limits of this order by stage, as they held on the day of the application."""
        return self._timed().by_stage

    @property
    def told(self) -> tuple[Mapping[str, Any], ...]:
        """What the record says of each limit: by which rule of which table it came."""
        return self._timed().told

    def _timed(self) -> LimitsOfDay:
        if self._limits is None:
            order = self._tx.order
            tables = self._tx.world.version(self._tx.connection, order.tables_version_id)
            day = shanghai_day(order.submitted_at)
            self._limits = limits_on(tables, order.category, day)
            without = limits_on(tables, order.category, day, works=False)
            # Hardly any limit asks for works: where none does, the order's facts are not read.
            if without.by_stage != self._limits.by_stage and not self._has_works():
                self._limits = without
        return self._limits

    def _has_works(self) -> bool:
        facts = applications.facts(self._tx.connection, self._tx.order.id)
        return bool(facts["needs_external_line_works"])

    @property
    def states(self) -> dict[str, ClockState]:
        """Every clock as it stands in this transaction."""
        if self._states is None:
            order, self._states = self._tx.order, {}
            for row, parts in rows.whole(self._tx.connection, order.id):
                stage = row["stage"]
                self._stored[stage] = tuple(segment_of(part) for part in parts)
                self._shown[stage] = {name: row[name] for name in _MOVING}
                self._states[stage] = state_of(order.category, row, self._stored[stage])
        return self._states

    def open(self) -> None:
        """Make the clocks of a new order: the whole-process clock runs since the submission."""
        self._add(order_clocks(self.limits, shanghai_day(self._tx.order.submitted_at)))

    def _add(self, states: dict[str, ClockState]) -> None:
        tx, self._states, self._stored = self._tx, states, {}
        for stage, state in states.items():
            limit = state.limit
            fixed = {
                "order_id": tx.order.id,
                "stage": stage,
                "kind": limit.clock.value,
                "limit_workdays": limit.workdays,
                "warn_share": str(limit.warn_share),
                "basis": limit.basis,
                "internal_workdays": limit.target.workdays if limit.target else None,
                "internal_basis": limit.target.basis if limit.target else None,
                "carried_workdays": state.carried_workdays,
                "carried_paused": state.carried_paused,
            }
            self._shown[stage] = self._moving(state)
            tx.changes.clocks.append(fixed | self._shown[stage])
            self._keep_segments(stage, state)
        self._note_dues()

    def step(
        self,
        ended: set[str],
        begun: set[str],
        on: date,
        *,
        gone: set[str],
        around: frozenset[str],
        completed: bool,
        task_id: str | None = None,
    ) -> None:
        """Stages that ended and began in one step of the process, on the day that it states; `task_id` is the task
        whose time that is. `gone` are the tasks that it closed, `around` the stages of calls and sub-processes that
        were open before and still are."""
        limited = {stage for stage in ended | begun if stage in self.limits}
        if not (limited or completed or _LAST_STAGE in ended):
            return
        after = self.states
        for stage in sorted(ended - self._still_open(gone) - around):
            after = moved(after, stage, on, begins=False, task_id=task_id)
        for stage in sorted(begun & self.limits.keys()):
            after = moved(after, stage, on, begins=True, task_id=task_id)
        if completed:
            after = {stage: state.stop(on, None, task_id) for stage, state in after.items()}
        self._become(after)

    def _become(self, after: dict[str, ClockState]) -> None:
        before, self._states = self.states, after
        for stage, state in after.items():
            if state is not before[stage]:
                self._show(stage, state)
        self._note_dues()

    def _show(self, stage: str, state: ClockState) -> None:
        """Write down what the clock shows now, and whether what hangs on it has to follow."""
        shown, now = self._shown[stage], self._moving(state)
        if (now["due_at"], now["internal_due_at"]) != (shown["due_at"], shown["internal_due_at"]):
            self.touched.add(stage)
        self._keep_segments(stage, state)
        if now != shown:
            key = {"of_order": self._tx.order.id, "of_stage": stage}
            self._tx.changes.moved_clocks[stage] = key | now
            self._shown[stage] = now

    def _keep_segments(self, stage: str, state: ClockState) -> None:
        changes, stored = self._tx.changes, self._stored.get(stage, ())
        n = next((i for i, pair in enumerate(zip(stored, state.segments, strict=False)) if pair[0] != pair[1]), None)
        n_kept = min(len(stored), len(state.segments)) if n is None else n
        key = {"order_id": self._tx.order.id, "stage": stage}
        if n_kept < len(stored):
            changes.cut_segments[stage] = {"of_order": key["order_id"], "of_stage": stage, "n_kept": n_kept}
        changes.segments[stage] = [
            key | {"seq": seq, "kind": each.kind.value} | {name: getattr(each, name) for name in _FIELDS}
            for seq, each in enumerate(state.segments, 1)
            if seq > n_kept
        ]

    def recount(self) -> list[dict[str, Any]]:
        """Count every clock anew under the calendar in force; pauses made so far are kept. Returns what moved, clock by
        clock: `before` and `after` are the days on which it ends (None while it stands), `used_*` the working days."""
        return self._moved_by(lambda: self.states)

    def correct(self, task_id: str, at: datetime) -> list[dict[str, Any]]:
        """The task was done at another time than the record says: stages that began or ended with it did so then.
        Returns what moved, as `recount` does."""
        return self._moved_by(lambda: rewritten(self.states, task_id, shanghai_day(at)))

    def _moved_by(self, change: Callable[[], dict[str, ClockState]]) -> list[dict[str, Any]]:
        after = change()
        before = dict(self._shown)
        self._states = after
        for stage, state in after.items():
            self._show(stage, state)
        self._note_dues()
        return [_told(stage, before[stage], self._shown[stage]) for stage in after if self._has_moved(stage, before)]

    def _has_moved(self, stage: str, before: Mapping[str, Moving]) -> bool:
        return any(before[stage][name] != self._shown[stage][name] for name in _TOLD)

    @property
    def hours(self) -> Hours:
        """The business hours of the order's hall."""
        hall = self._tx.world.organisation(self._tx.connection).halls.get(self._tx.order.hall_code)
        return hall.hours if hall is not None else ALWAYS

    @property
    def _calendar(self) -> WorkingCalendar:
        return self._tx.world.calendar(self._tx.connection)

    def reading(self, stage: str) -> Reading:
        """What a timer that hangs on the stage's clock may count on. A sum clock that stands gives no moment either:
        nobody knows how long the customer's part will take."""
        state = self.states.get(stage)
        if state is None:
            return Reading()
        waits = state.limit.clock is ClockKind.SUM and not state.is_running
        paused = waits or state.paused_since is not None
        return Reading(state.used_before(self._calendar), state.running_since, paused=paused)

    def end_of(self, stage: str, start: date, workdays: int, warns: bool) -> Deadline | None:
        """The moment, counted anew, of a timer that hangs on the stage's clock: as the clock stands if it runs, else as
        it was counted then."""
        limit, state = self.limits.get(stage), self.states.get(stage)
        if state is not None and state.is_running:
            return state.warning(self._calendar) if warns else state.deadline(self._calendar)
        if limit is None:
            return None
        return (warning if warns else deadline)(limit, start, self._calendar, workdays=workdays)

    def pause(self, kinds: Collection[ClockKind], on: date, reason: str, hold_id: str) -> tuple[str, ...]:
        """Stop the clocks of these kinds for a suspension; returns the stages whose timers now have to wait."""
        self._become(held(self.states, kinds, on, reason, hold_id))
        return self._paused()

    def resume(self, on: date) -> tuple[str, ...]:
        """Let the paused clocks go on; returns the stages whose timers are due anew."""
        stages = self._paused()
        self._become(resumed(self.states, on))
        return stages

    def cap(self, hold_id: str, on: date) -> tuple[str, ...]:
        """Let what a suspension stopped go on, though it lasts; returns the stages whose timers are due anew."""
        stages = self._paused()
        self._become(capped(self.states, hold_id, on))
        return stages

    def paused_days(self, reason: str) -> dict[str, int]:
        """Calendar days for which each suspension on a ground has stopped a clock of the order, those that are over."""
        days: dict[str, int] = {}
        for state in self.states.values():
            for each in state.segments:
                if each.hold_id is not None and each.reason == reason and each.until_on is not None:
                    lasted = (each.until_on - each.from_on).days
                    days[each.hold_id] = max(days.get(each.hold_id, 0), lasted)
        return days

    def _paused(self) -> tuple[str, ...]:
        stages = tuple(stage for stage, state in self.states.items() if state.paused_since is not None)
        self.halted |= set(stages)
        self.touched |= set(stages)
        return stages

    def replace(self) -> None:
        """The clocks of the order's new category in place of the old ones, rows and all."""
        tx = self._tx
        self._limits, before = None, self.states
        segments.drop(tx.uow, tx.order.id)
        rows.drop(tx.uow, tx.order.id)
        for kept in (tx.changes.clocks, tx.changes.moved_clocks, tx.changes.cut_segments, tx.changes.segments):
            kept.clear()
        days = shanghai_day(tx.order.submitted_at), shanghai_day(tx.received_at)
        self._add(reclassified(before, self.limits, *days))

    def due_at(self, stages: Collection[str]) -> datetime | None:
        """The soonest legal end of what runs against a task of these stages: their clocks and the order's."""
        return self._soonest(stages, 0)

    def urgent_at(self, stages: Collection[str]) -> datetime | None:
        """The soonest internal end of the same; lists are sorted by it."""
        return min(filter(None, (self._soonest(stages, 1), self._soonest(stages, 0))), default=None)

    def _soonest(self, stages: Collection[str], which: int) -> datetime | None:
        if self._tx.order.dues is None:  # an order from before they were kept
            self._note_dues()
        dues = self._tx.order.dues or {}
        ends = (dues[stage][which] for stage in (TOTAL, *stages) if stage in dues)
        return min((datetime.fromisoformat(end) for end in ends if end is not None), default=None)

    def _note_dues(self) -> None:
        """Into the order's row: when each clock that runs ends, by the law and by our own target."""
        order = self._tx.order
        states, shown = self.states, self._shown
        order.dues = {
            stage: [_text(shown[stage]["due_at"]), _text(shown[stage]["internal_due_at"])]
            for stage in states
            if shown[stage]["due_at"] is not None
        }
        whole = (shown[stage]["due_at"] for stage in states if states[stage].limit.clock is not ClockKind.STAGE)
        order.due_at = min(filter(None, whole), default=None)
        order.legal_due_at = min(filter(None, (shown[stage]["due_at"] for stage in states)), default=None)

    def _still_open(self, gone: set[str]) -> set[str]:
        stored = {t.id: t.stage for t in tasks.open_of(self._tx.connection, self._tx.order.id)}
        stored.update({row["id"]: row["stage"] for row in self._tx.changes.tasks})
        gone = gone | {row["task_id"] for row in self._tx.changes.closed_tasks}
        return {stage for task_id, stage in stored.items() if task_id not in gone}

    def _moving(self, state: ClockState) -> Moving:
        calendar = self._calendar
        end, ours = state.deadline(calendar), state.internal(calendar, self.hours)
        return {
            "used_workdays": state.used_before(calendar),
            "running_since": state.running_since,
            "paused_since": state.paused_since,
            "wants_to_run": state.wants_to_run,
            "paused_workdays": state.paused_workdays(calendar),
            "due_on": end.due_on if end else None,
            "due_at": end.due_at if end else None,
            "why": dict(end.why) if end else None,
            "internal_due_at": ours.due_at if ours else None,
            "internal_why": dict(ours.why) if ours else None,
        }


def of(tx: Tx) -> Clocks:
    """The clocks of the locked order, the same ones for every step of this transaction."""
    clocks: Clocks = tx.desk.setdefault("clocks", Clocks(tx))
    return clocks


def shanghai_day(instant: datetime) -> date:
    """The day by which the law counts."""
    return instant.astimezone(SHANGHAI).date()


def _told(stage: str, before: Moving, after: Moving) -> dict[str, Any]:
    """What the record says of a clock that was counted anew."""
    return {
        "stage": stage,
        "before": before["due_on"],
        "after": after["due_on"],
        "used_before": before["used_workdays"],
        "used_after": after["used_workdays"],
        "calendar_before": (before["why"] or {}).get("calendar"),
        "why": after["why"],
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None
