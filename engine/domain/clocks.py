"""The clocks of an order: what each may use, how much it has used, when it ends and why. Reads no clock and no table:
limits come in as rows of the decision `time_limits`, instants as arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.errors import Invalid

DECISION = "time_limits"
TOTAL = "TOTAL"
STAGES = (
    "ACCEPTANCE", "SITE_SURVEY", "SUPPLY_PLAN_REPLY", "DESIGN_REVIEW", "INTERMEDIATE_INSPECTION",
    "COMPLETION_INSPECTION", "CONTRACT", "WORKS", "METER_INSTALLATION", "ENERGISATION", "ARCHIVE",
)  # fmt: skip
"""Stage codes in flow order; ACCEPTANCE and WORKS are ours, the rest are those of the supervision rules."""
WARN_TIME = time(9, 0)
"""Reminders come when offices open: at night nobody reads them."""


class ClockKind(StrEnum):
    """WHOLE: submission to energisation. SUM: only the utility's limited stages add up. STAGE: one stage alone."""

    STAGE = "STAGE"
    SUM = "SUM"
    WHOLE = "WHOLE"


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the limit table, as it holds for one order."""

    category: str
    stage: str
    workdays: int
    warn_share: Decimal
    clock: ClockKind
    basis: str

    @property
    def warn_workdays(self) -> int:
        """The working day on which the warning share is reached: 70 % of 5 is reached on day 4."""
        return int((self.workdays * self.warn_share).to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class LimitsOfDay:
    """The limits that hold for orders of one category and day, by stage; `told` says of each by which rule it came."""

    by_stage: Mapping[str, Limit]
    told: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due_on` is the last day in time; `due_at` is its end (24:00 in Shanghai): an act at this instant is late."""

    due_on: date
    due_at: datetime
    why: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ClockState:
    """One clock of one order. Immutable: `start`, `stop`, `pause`, `resume` return the next state. Shanghai days.

    `paused_since` is the day of a valid suspension that stops this clock: nothing is used up after that day until the
    clock is resumed, whatever the process does. `wants_to_run` says whether it would run if it were not paused.
    """

    limit: Limit
    used_workdays: int = 0
    running_since: date | None = None
    paused_since: date | None = None
    wants_to_run: bool = False
    paused_workdays: int = 0

    @property
    def is_running(self) -> bool:
        """Does it use up working days?"""
        return self.running_since is not None

    def start(self, on: date) -> ClockState:
        """Run from this day (which is not counted); a running clock stays as it is, a paused one runs when resumed."""
        if self.paused_since is not None:
            return replace(self, wants_to_run=True)
        return self if self.is_running else replace(self, running_since=on)

    def stop(self, on: date, calendar: WorkingCalendar) -> ClockState:
        """Stand still from the end of this day (which is counted); a standing clock stays as it is."""
        return replace(self, used_workdays=self.used(on, calendar), running_since=None, wants_to_run=False)

    def pause(self, on: date, calendar: WorkingCalendar) -> ClockState:
        """Suspended from the end of this day (which is counted); a paused clock stays as it is."""
        if self.paused_since is not None:
            return self
        return replace(self.stop(on, calendar), paused_since=on, wants_to_run=self.is_running)

    def resume(self, on: date, calendar: WorkingCalendar) -> ClockState:
        """Go on from this day (which is not counted, so that the days paused are those after the pause up to it)."""
        if self.paused_since is None:
            return self
        paused = self.paused_workdays + calendar.workdays_between(self.paused_since, on)
        awake = replace(self, paused_since=None, wants_to_run=False, paused_workdays=paused)
        return awake.start(on) if self.wants_to_run else awake

    def used(self, on: date, calendar: WorkingCalendar) -> int:
        """Working days used up to and including this day."""
        running = 0 if self.running_since is None else calendar.workdays_between(self.running_since, on)
        return self.used_workdays + running

    def deadline(self, calendar: WorkingCalendar) -> Deadline | None:
        """When the clock will have used its limit if it runs on; None while it stands."""
        if self.running_since is None:
            return None
        left = max(self.limit.workdays - self.used_workdays, 0)
        return self._told(deadline(self.limit, self.running_since, calendar, workdays=left))

    def warning(self, calendar: WorkingCalendar) -> Deadline | None:
        """When the warning share of the limit will be used if the clock runs on; None while it stands."""
        if self.running_since is None:
            return None
        left = max(self.limit.warn_workdays - self.used_workdays, 0)
        return self._told(warning(self.limit, self.running_since, calendar, workdays=left))

    def _told(self, end: Deadline) -> Deadline:
        """The explanation says what was used before, and for how long the clock was paused."""
        spent = {"used_workdays": self.used_workdays, "paused_workdays": self.paused_workdays}
        words = ((self.used_workdays, "此前已用 {} 个工作日"), (self.paused_workdays, "依规暂停 {} 个工作日"))
        said = "，".join(word.format(n) for n, word in words if n)
        if not said:
            return end
        known = {name: n for name, n in spent.items() if n}
        return replace(end, why={**end.why, **known, "text": f"{end.why['text']}；{said}"})

    def is_over(self, on: date, calendar: WorkingCalendar) -> bool:
        """Whether more than the limit is used on this day; the limit itself is still in time (以内 includes)."""
        return self.used(on, calendar) > self.limit.workdays


def limit_of(category: str, stage: str, outcome: Any) -> Limit | None:
    """The value of the decision `time_limits` as a type; None if the stage has no limit. Raises Invalid if broken."""
    if outcome is None or (isinstance(outcome, Mapping) and outcome.get("workdays") is None):
        return None
    try:
        workdays, share = int(outcome["workdays"]), Decimal(str(outcome["warn_share"]))
        found = Limit(category, stage, workdays, share, ClockKind(outcome["clock"]), str(outcome["basis"]))
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise Invalid(f"时限表的结果不可用：{category} {stage}", field="time_limits") from error
    if not 0 < workdays <= 366 or not 0 < share <= 1 or workdays != outcome["workdays"]:
        raise Invalid(f"时限表的工作日数或预警比例超出范围：{category} {stage}", field="time_limits")
    return found


def order_clocks(limits: Mapping[str, Limit], submitted_on: date) -> dict[str, ClockState]:
    """The clocks of a new order by stage code: the whole-process clock runs since the submission, the others wait."""
    clocks = {stage: ClockState(limit) for stage, limit in limits.items()}
    return {
        stage: clock.start(submitted_on) if clock.limit.clock is ClockKind.WHOLE else clock
        for stage, clock in clocks.items()
    }


def moved(
    clocks: Mapping[str, ClockState], stage: str, on: date, calendar: WorkingCalendar, *, begins: bool
) -> dict[str, ClockState]:
    """The clocks after a stage began or ended on a day.

    A limited stage moves its own clock and the sum clock; the end of ENERGISATION stops the whole-process clock.
    """
    after = dict(clocks)
    for code, clock in clocks.items():
        kind = clock.limit.clock
        own = kind is ClockKind.STAGE and code == stage
        if own or (kind is ClockKind.SUM and stage in clocks):
            after[code] = clock.start(on) if begins else clock.stop(on, calendar)
        elif kind is ClockKind.WHOLE and stage == "ENERGISATION" and not begins:
            after[code] = clock.stop(on, calendar)
    return after


def paused(
    clocks: Mapping[str, ClockState], kinds: Collection[ClockKind], on: date, calendar: WorkingCalendar
) -> dict[str, ClockState]:
    """The clocks after a suspension on a day whose reason stops only these kinds."""
    return {
        stage: clock.pause(on, calendar) if clock.limit.clock in kinds else clock for stage, clock in clocks.items()
    }


def resumed(clocks: Mapping[str, ClockState], on: date, calendar: WorkingCalendar) -> dict[str, ClockState]:
    """The clocks after the suspension ended on a day."""
    return {stage: clock.resume(on, calendar) for stage, clock in clocks.items()}


def reclassified(
    clocks: Mapping[str, ClockState], limits: Mapping[str, Limit], submitted_on: date
) -> dict[str, ClockState]:
    """The clocks of the new category. What a clock of the same stage and kind has used or was paused for stays so: a
    change of category gives no time back. A whole-process clock that is new runs since the submission."""
    fresh = order_clocks(limits, submitted_on)
    for stage, clock in fresh.items():
        old = clocks.get(stage)
        if old is None or old.limit.clock is not clock.limit.clock:
            continue
        runs_on = old.running_since if clock.limit.clock is ClockKind.WHOLE else None
        fresh[stage] = replace(old, limit=clock.limit, running_since=runs_on, wants_to_run=False)
    return fresh


def deadline(limit: Limit, start: date, calendar: WorkingCalendar, *, workdays: int | None = None) -> Deadline:
    """The last day of a limit that runs from `start`, with its explanation."""
    return _at_end(limit, start, limit.workdays if workdays is None else workdays, calendar)


def warning(limit: Limit, start: date, calendar: WorkingCalendar, *, workdays: int | None = None) -> Deadline:
    """When the warning share is reached: in the morning of that working day, so that it can still be used."""
    end = _at_end(limit, start, limit.warn_workdays if workdays is None else workdays, calendar)
    share = f"{limit.warn_share:.0%}"
    why = {**end.why, "warn_share": str(limit.warn_share), "text": f"限时的 {share} 到达时提醒；{end.why['text']}"}
    return Deadline(end.due_on, datetime.combine(end.due_on, WARN_TIME, SHANGHAI), why)


def end_of(day: date) -> datetime:
    """24:00 of a Shanghai day, aware."""
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


def _at_end(limit: Limit, start: date, workdays: int, calendar: WorkingCalendar) -> Deadline:
    why = calendar.explain(start, workdays)
    due_on = date.fromisoformat(why["due_on"])
    why |= {
        "category": limit.category,
        "stage": limit.stage,
        "limit_workdays": limit.workdays,
        "basis": limit.basis,
        "text": f"{why['text']}；时限 {limit.workdays} 个工作日（{limit.category} {limit.stage}，{limit.basis}）",
    }
    return Deadline(due_on, end_of(due_on), why)
