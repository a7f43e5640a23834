"""Moves an order's clocks as stages begin and end in a step. The rules are domain/clocks.py's; nothing is stored here.

A stage begins when the first of its tasks opens, or the process enters the call or sub-process that bears its mark
(server time), and ends when the last of them closes (as stated by whoever closed it). Most steps touch no limited stage
and read no clock row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.clock import SHANGHAI
from engine.commands.tx import Tx
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import (
    DECISION,
    STAGES,
    TOTAL,
    ClockKind,
    ClockState,
    Limit,
    LimitsOfDay,
    limit_of,
    moved,
    order_clocks,
    paused,
    reclassified,
    resumed,
)
from engine.domain.timers import Reading
from engine.errors import Invalid
from engine.kernel.decided import decided, decided_json
from engine.store import applications, tasks
from engine.store import clocks as rows
from engine.world import Version

_LAST_STAGE = "ENERGISATION"


class Clocks:
    """The clocks of the locked order by stage, read when first asked for."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self._states: dict[str, ClockState] | None = None
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
            order = self._tx.order
            self._states = {r["stage"]: _state(order.category, r) for r in rows.of_order(self._tx.connection, order.id)}
        return self._states

    def open(self) -> None:
        """Make the clocks of a new order: the whole-process clock runs since the submission."""
        self._add(order_clocks(self.limits, shanghai_day(self._tx.order.submitted_at)))

    def _add(self, states: dict[str, ClockState]) -> None:
        tx, self._states = self._tx, states
        for stage, state in states.items():
            limit = state.limit
            fixed = {
                "order_id": tx.order.id,
                "stage": stage,
                "kind": limit.clock.value,
                "limit_workdays": limit.workdays,
                "warn_share": str(limit.warn_share),
                "basis": limit.basis,
            }
            tx.changes.clocks.append(fixed | self._moving(state))
        tx.order.due_at = self._whole_due_at(states)

    def step(
        self,
        ended: set[str],
        begun: set[str],
        ended_on: date,
        begun_on: date,
        *,
        gone: set[str],
        around: frozenset[str],
        completed: bool,
    ) -> None:
        """Stages that ended and began in one step of the process; `gone` are the tasks it closed, `around` the stages
        of calls and sub-processes that were open before and still are."""
        limited = {stage for stage in ended | begun if stage in self.limits}
        if not (limited or completed or _LAST_STAGE in ended):
            return
        calendar, after = self._calendar, self.states
        open_stages = self._still_open(gone) | around
        for stage in sorted(ended - open_stages):
            after = moved(after, stage, ended_on, calendar, begins=False)
        if open_stages & self.limits.keys():  # the sum clock never stood, however early the end of another is stated
            after |= {stage: state for stage, state in self.states.items() if state.limit.clock is ClockKind.SUM}
        for stage in sorted(begun & self.limits.keys()):
            after = moved(after, stage, begun_on, calendar, begins=True)
        if completed:
            after = {stage: state.stop(ended_on, calendar) for stage, state in after.items()}
        self._become(after)

    def _become(self, after: dict[str, ClockState]) -> None:
        for stage, state in after.items():
            if state != self.states[stage]:
                if state.deadline(self._calendar) != self.states[stage].deadline(self._calendar):
                    self.touched.add(stage)
                key = {"of_order": self._tx.order.id, "of_stage": stage}
                self._tx.changes.moved_clocks[stage] = key | self._moving(state)
        self._states = after
        self._tx.order.due_at = self._whole_due_at(after)

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
        return Reading(state.used_workdays, state.running_since, paused=waits or state.paused_since is not None)

    def pause(self, kinds: Collection[ClockKind], on: date) -> tuple[str, ...]:
        """Stop the clocks of these kinds for a suspension; returns the stages whose timers now have to wait."""
        self._become(paused(self.states, kinds, on, self._calendar))
        return self._paused()

    def resume(self, on: date) -> tuple[str, ...]:
        """Let the paused clocks go on; returns the stages whose timers are due anew."""
        stages = self._paused()
        self._become(resumed(self.states, on, self._calendar))
        return stages

    def _paused(self) -> tuple[str, ...]:
        stages = tuple(stage for stage, state in self.states.items() if state.paused_since is not None)
        self.halted |= set(stages)
        self.touched |= set(stages)
        return stages

    def replace(self) -> None:
        """The clocks of the order's new category in place of the old ones, rows and all."""
        tx = self._tx
        self._limits, before = None, self.states
        rows.drop(tx.uow, tx.order.id)
        tx.changes.clocks.clear()
        tx.changes.moved_clocks.clear()
        self._add(reclassified(before, self.limits, shanghai_day(tx.order.submitted_at)))

    def due_at(self, stage: str) -> datetime | None:
        """The soonest end of what runs against a task of this stage: its own clock and the order's."""
        own = self.states.get(stage) if stage in self.limits else None
        end = own.deadline(self._calendar) if own else None
        return min(filter(None, (self._tx.order.due_at, end.due_at if end else None)), default=None)

    def _whole_due_at(self, states: Mapping[str, ClockState]) -> datetime | None:
        calendar = self._calendar
        whole = (state for state in states.values() if state.limit.clock is not ClockKind.STAGE)
        return min((end.due_at for state in whole if (end := state.deadline(calendar))), default=None)

    def _still_open(self, gone: set[str]) -> set[str]:
        stored = {t.id: t.stage for t in tasks.open_of(self._tx.connection, self._tx.order.id)}
        stored.update({row["id"]: row["stage"] for row in self._tx.changes.tasks})
        gone = gone | {row["task_id"] for row in self._tx.changes.closed_tasks}
        return {stage for task_id, stage in stored.items() if task_id not in gone}

    def _moving(self, state: ClockState) -> dict[str, Any]:
        end = state.deadline(self._calendar)
        return {
            "used_workdays": state.used_workdays,
            "running_since": state.running_since,
            "paused_since": state.paused_since,
            "wants_to_run": state.wants_to_run,
            "paused_workdays": state.paused_workdays,
            "due_on": end.due_on if end else None,
            "due_at": end.due_at if end else None,
            "why": dict(end.why) if end else None,
        }


def of(tx: Tx) -> Clocks:
    """The clocks of the locked order, the same ones for every step of this transaction."""
    clocks: Clocks = tx.desk.setdefault("clocks", Clocks(tx))
    return clocks


def limits_on(tables: Version, category: str, applied_on: date, *, works: bool = True) -> LimitsOfDay:
    """The limits of a category by stage, for applications of one day; evaluated once per version and day. `works`:
    whether lines outside have to be built (a limit that asks for it gives those without works less time).

    Raises Invalid when the table gives none for another reason than that no rule asks for one: an order without its
    clock would never be late.
    """
    known = tables.limits.get((category, applied_on, works))
    if known is None:
        known = tables.limits[category, applied_on, works] = _evaluated(tables, category, applied_on, works)
    return known


def _evaluated(tables: Version, category: str, applied_on: date, works: bool) -> LimitsOfDay:
    model = next(m for m in tables.models.values() if DECISION in m.decisions)
    by_stage: dict[str, Limit] = {}
    told: list[Mapping[str, Any]] = []
    for stage in (TOTAL, *STAGES):
        asked = {"category": category, "stage": stage, "applied_on": applied_on, "needs_external_line_works": works}
        outcome = model.decide(DECISION, asked)
        limit = limit_of(category, stage, outcome.value)
        if limit is None and outcome.notes:
            why = "；".join(note.reason for note in outcome.notes[:3])
            raise Invalid(f"时限表没有给出 {category} {stage} 的时限：{why}", field=DECISION)
        if limit is not None:
            by_stage[stage] = limit
            told += [decided_json(d, tables.label) | {"stage": stage} for d in decided(model, outcome.taken)]
    return LimitsOfDay(by_stage, tuple(told))


def shanghai_day(instant: datetime) -> date:
    """The day by which the law counts."""
    return instant.astimezone(SHANGHAI).date()


def _state(category: str, row: dict[str, Any]) -> ClockState:
    limit = Limit(
        category, row["stage"], row["limit_workdays"], Decimal(row["warn_share"]), ClockKind(row["kind"]), row["basis"]
    )
    moving = ("used_workdays", "running_since", "paused_since", "wants_to_run", "paused_workdays")
    return ClockState(limit, **{name: row[name] for name in moving})
