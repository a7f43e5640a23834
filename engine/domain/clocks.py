"""The clocks of an order: what each may use, how much it has used, when it ends and why. Reads no clock and no table:
limits come in as rows of the decision `time_limits`, instants as arguments."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.domain.hours import Hours
from engine.domain.segments import Segment, SegmentKind, begun, corrected, ended, paused, running
from engine.errors import Invalid

DECISION, TARGETS = "time_limits", "internal_targets"
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
class Target:
    """What we ask of ourselves, tighter than the law: one row of the table of internal targets."""

    workdays: int
    basis: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the limit table, as it holds for one order, with the internal target beside it."""

    category: str
    stage: str
    workdays: int
    warn_share: Decimal
    clock: ClockKind
    basis: str
    target: Target | None = None

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

    Everything that it shows is counted from its segments. `carried_workdays` and `carried_paused` are what was used
    and paused before anybody wrote segments down: the calendar of that time counted them, and they are not recounted.
    """

    limit: Limit
    segments: tuple[Segment, ...] = ()
    carried_workdays: int = 0
    carried_paused: int = 0

    @property
    def is_running(self) -> bool:
        """Does it use up working days?"""
        return self.running_since is not None

    @property
    def running_since(self) -> date | None:
        """The day after which it has used up every working day until now; None while it stands."""
        spans = running(self.segments)
        return spans[-1].after if spans and spans[-1].until is None else None

    @property
    def paused_since(self) -> date | None:
        """The day of a valid suspension that stops this clock still: nothing is used up after that day."""
        return min((s.from_on for s in self.segments if s.is_open and s.kind is SegmentKind.PAUSE), default=None)

    @property
    def wants_to_run(self) -> bool:
        """Whether a paused clock would run if it were not paused."""
        wanted = any(s.is_open and s.kind is SegmentKind.RUN for s in self.segments)
        return wanted and self.paused_since is not None

    def start(self, on: date, stage: str = "", task_id: str | None = None) -> ClockState:
        """Let this stage run it from this day (which is not counted); while paused it will run when resumed."""
        run = Segment(SegmentKind.RUN, on, reason=stage, begun_by=task_id)
        return replace(self, segments=begun(self.segments, run))

    def stop(self, on: date, stage: str | None = None, task_id: str | None = None) -> ClockState:
        """This stage (every one, if None) lets it run no longer from the end of this day (which is counted)."""
        reasons = None if stage is None else (stage, "")
        return replace(self, segments=ended(self.segments, SegmentKind.RUN, on, reasons=reasons, by=task_id))

    def pause(self, on: date, reason: str = "", hold_id: str | None = None) -> ClockState:
        """Suspended from the end of this day (which is counted); a paused clock stays as it is."""
        if self.paused_since is not None:
            return self
        return replace(self, segments=(*self.segments, Segment(SegmentKind.PAUSE, on, None, reason, hold_id)))

    def resume(self, on: date) -> ClockState:
        """Go on from this day (which is not counted, so that the days paused are those after the pause up to it)."""
        return replace(self, segments=ended(self.segments, SegmentKind.PAUSE, on, reasons=None))

    def cap(self, on: date, hold_id: str) -> ClockState:
        """Go on from this day although the suspension lasts: its ground may stop the clock no longer."""
        return replace(
            self,
            segments=tuple(
                replace(s, until_on=on) if s.is_open and s.kind is SegmentKind.PAUSE and s.hold_id == hold_id else s
                for s in self.segments
            ),
        )

    def used(self, on: date, calendar: WorkingCalendar) -> int:
        """Working days used up to and including this day."""
        return self.carried_workdays + sum(span.workdays(on, calendar) for span in running(self.segments))

    def used_before(self, calendar: WorkingCalendar) -> int:
        """Working days used before it began to run as it runs now; all, while it stands."""
        return self.used(self.running_since or date.max, calendar)

    def paused_workdays(self, calendar: WorkingCalendar) -> int:
        """Working days that pauses which are over kept from being used."""
        over = (span for span in paused(self.segments) if span.until is not None)
        return self.carried_paused + sum(span.workdays(date.max, calendar) for span in over)

    def deadline(self, calendar: WorkingCalendar) -> Deadline | None:
        """When the clock will have used its limit if it runs on; None while it stands."""
        return self._ends(deadline, self.limit.workdays, calendar)

    def warning(self, calendar: WorkingCalendar) -> Deadline | None:
        """When the warning share of the limit will be used if the clock runs on; None while it stands."""
        return self._ends(warning, self.limit.warn_workdays, calendar)

    def internal(self, calendar: WorkingCalendar, hours: Hours) -> Deadline | None:
        """When the internal target will be used if the clock runs on: at the hall's close of business of its last day.
        None while the clock stands, or without a target."""
        target = self.limit.target
        if target is None:
            return None

        def ends(limit: Limit, start: date, calendar: WorkingCalendar, *, workdays: int) -> Deadline:
            return internal(limit.category, limit.stage, target, start, workdays, calendar, hours)

        return self._ends(ends, target.workdays, calendar)

    def _ends(self, ends: Callable[..., Deadline], workdays: int, calendar: WorkingCalendar) -> Deadline | None:
        since = self.running_since
        if since is None:
            return None
        left = max(workdays - self.used_before(calendar), 0)
        return self._told(ends(self.limit, since, calendar, workdays=left), calendar)

    def _told(self, end: Deadline, calendar: WorkingCalendar) -> Deadline:
        """The explanation says what was used before, and for how long the clock was paused."""
        used, paused_for = self.used_before(calendar), self.paused_workdays(calendar)
        spent = {"used_workdays": used, "paused_workdays": paused_for}
        words = ((used, "此前已用 {} 个工作日"), (paused_for, "依规暂停 {} 个工作日"))
        said = "，".join(word.format(n) for n, word in words if n)
        if not said:
            return end
        known = {name: n for name, n in spent.items() if n}
        return replace(end, why={**end.why, **known, "text": f"{end.why['text']}；{said}"})

    def is_over(self, on: date, calendar: WorkingCalendar) -> bool:
        """Whether more than the limit is used on this day; the limit itself is still in time (以内 includes)."""
        return self.used(on, calendar) > self.limit.workdays


def state_of(category: str, row: Mapping[str, Any], segments: Iterable[Segment]) -> ClockState:
    """A stored clock with its segments as a type."""
    ours = row["internal_workdays"]
    target = None if ours is None else Target(ours, row["internal_basis"])
    share, kind = Decimal(row["warn_share"]), ClockKind(row["kind"])
    limit = Limit(category, row["stage"], row["limit_workdays"], share, kind, row["basis"], target)
    return ClockState(limit, tuple(segments), row["carried_workdays"], row["carried_paused"])


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


def target_of(limit: Limit, outcome: Any) -> Target | None:
    """The value of the decision `internal_targets` as a type; None if the stage has none. Never laxer than the limit.

    Raises Invalid if broken.
    """
    if outcome is None or (isinstance(outcome, Mapping) and outcome.get("workdays") is None):
        return None
    try:
        workdays, basis = int(outcome["workdays"]), str(outcome["basis"])
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"内部目标表的结果不可用：{limit.category} {limit.stage}", field=TARGETS) from error
    if workdays <= 0 or workdays != outcome["workdays"]:
        raise Invalid(f"内部目标表的工作日数超出范围：{limit.category} {limit.stage}", field=TARGETS)
    return Target(min(workdays, limit.workdays), basis)


def order_clocks(limits: Mapping[str, Limit], submitted_on: date) -> dict[str, ClockState]:
    """The clocks of a new order by stage code: the whole-process clock runs since the submission, the others wait."""
    clocks = {stage: ClockState(limit) for stage, limit in limits.items()}
    return {
        stage: clock.start(submitted_on) if clock.limit.clock is ClockKind.WHOLE else clock
        for stage, clock in clocks.items()
    }


def moved(
    clocks: Mapping[str, ClockState], stage: str, on: date, *, begins: bool, task_id: str | None = None
) -> dict[str, ClockState]:
    """The clocks after a stage began or ended on a day; `task_id` is the task whose stated time said so, if one did.

    A limited stage moves its own clock and the sum clock; the end of ENERGISATION stops the whole-process clock.
    """
    after = dict(clocks)
    for code, clock in clocks.items():
        kind = clock.limit.clock
        own = kind is ClockKind.STAGE and code == stage
        if own or (kind is ClockKind.SUM and stage in clocks):
            after[code] = clock.start(on, stage, task_id) if begins else clock.stop(on, stage, task_id)
        elif kind is ClockKind.WHOLE and stage == "ENERGISATION" and not begins:
            after[code] = clock.stop(on, None, task_id)
    return after


def held(
    clocks: Mapping[str, ClockState],
    kinds: Collection[ClockKind],
    on: date,
    reason: str = "",
    hold_id: str | None = None,
) -> dict[str, ClockState]:
    """The clocks after a suspension on a day whose reason stops only these kinds."""
    return {
        stage: clock.pause(on, reason, hold_id) if clock.limit.clock in kinds else clock
        for stage, clock in clocks.items()
    }


def resumed(clocks: Mapping[str, ClockState], on: date) -> dict[str, ClockState]:
    """The clocks after the suspension ended on a day."""
    return {stage: clock.resume(on) for stage, clock in clocks.items()}


def capped(clocks: Mapping[str, ClockState], hold_id: str, on: date) -> dict[str, ClockState]:
    """The clocks after a suspension reached the longest time for which its ground may stop them."""
    return {stage: clock.cap(on, hold_id) for stage, clock in clocks.items()}


def rewritten(clocks: Mapping[str, ClockState], task_id: str, on: date) -> dict[str, ClockState]:
    """The clocks if the task had been done on another day than the record says."""
    return {stage: replace(clock, segments=corrected(clock.segments, task_id, on)) for stage, clock in clocks.items()}


def reclassified(
    clocks: Mapping[str, ClockState], limits: Mapping[str, Limit], submitted_on: date, on: date
) -> dict[str, ClockState]:
    """The clocks of the new category on a day. What a clock of the same stage and kind has used or was paused for stays
    so: a change of category gives no time back. A whole-process clock that is new runs since the submission."""
    fresh = order_clocks(limits, submitted_on)
    for stage, clock in fresh.items():
        old = clocks.get(stage)
        if old is None or old.limit.clock is not clock.limit.clock:
            continue
        kept = old if clock.limit.clock is ClockKind.WHOLE else old.stop(on)
        fresh[stage] = replace(kept, limit=clock.limit)
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


def internal(
    category: str, stage: str, target: Target, start: date, workdays: int, calendar: WorkingCalendar, hours: Hours
) -> Deadline:
    """The last day of an internal target that runs from `start`; it ends when the hall closes, not at midnight."""
    why = calendar.explain(start, workdays)
    due_on = date.fromisoformat(why["due_on"])
    due_at = hours.closes(due_on)
    close = "24:00" if due_at.date() > due_on else f"{due_at:%H:%M}"
    goal = f"内部目标 {target.workdays} 个工作日（{category} {stage}，{target.basis}），至当日 {close}"
    told = {"category": category, "stage": stage, "target_workdays": target.workdays, "basis": target.basis}
    return Deadline(due_on, due_at, why | told | {"text": f"{why['text']}；{goal}"})


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
