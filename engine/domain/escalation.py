"""The ladder of a late order: which rung is due when, and whether one that was taken may be taken again. Pure: rungs
come in as rows of the decision `escalation_ladder`, clocks as they stand, instants as arguments.

A rung lies on a working day of a clock (the fourth, the last, the fifth after it). It is taken once. A lawful pause
uses up no working day, so nothing is taken anew after it. Only a recount by which that working day comes later than the
rung was taken makes it open again: it had been taken too early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import ClockKind, ClockState, Limit
from engine.errors import Invalid

DECISION = "escalation_ladder"
FIRST, URGENT, USUAL = 1, 2, 3
"""Priorities of orders and tasks: 特急, 加急, 普通. Lists show the smallest first."""
PRIORITIES = frozenset({FIRST, URGENT, USUAL})
POOL = "POOL"
"""`reassign`: back to everybody of the task's role. Any other value is a role that may take it as well."""
WARN, BEFORE, AT, AFTER = "WARN", "BEFORE", "AT", "AFTER"
_OFFSETS = {BEFORE: -1, AT: 0, AFTER: 1}
MAX_WORKDAYS = 366


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of the ladder: when, and what is then done. `number` is its place in the decision's list, from 1."""

    number: int
    code: str
    when: str
    workdays: int
    to: str
    copy_to: tuple[str, ...]
    template: str
    priority: int | None
    reassign: str | None
    creates_order: bool

    def workday(self, limit: Limit) -> int:
        """On which working day of the clock it lies."""
        if self.when == WARN:
            return limit.warn_workdays
        return max(limit.workdays + _OFFSETS[self.when] * self.workdays, 0)

    def moment(self, state: ClockState, today: date, calendar: WorkingCalendar) -> clocks.Deadline:
        """When it is due if the clock runs on; a clock that does not run yet begins today."""
        left = max(self.workday(state.limit) - state.used_before(calendar), 0)
        ends = clocks.warning if self.when == WARN else clocks.deadline
        return ends(state.limit, state.running_since or today, calendar, workdays=left)

    def is_open(self, state: ClockState, today: date, calendar: WorkingCalendar, taken_at: datetime | None) -> bool:
        """May it be taken: never taken, or by now known to have been taken too early?

        What was used up before the clock ran on (after a pause) was used up: its working day does not come again.
        """
        if taken_at is None:
            return True
        is_to_come = self.workday(state.limit) > state.used_before(calendar)
        return is_to_come and self.moment(state, today, calendar).due_at > taken_at


@dataclass(frozen=True, slots=True)
class NextRung:
    """The soonest rung that is open, and when it is due; `is_last` when no other is open."""

    rung: Rung
    due: clocks.Deadline
    is_last: bool


def stands(state: ClockState) -> bool:
    """Does nobody know when this clock will have run down: paused, or waiting for the customer's part?"""
    return state.paused_since is not None or (state.limit.clock is ClockKind.SUM and not state.is_running)


def next_rung(
    rungs: Iterable[Rung], state: ClockState, today: date, calendar: WorkingCalendar, taken: Mapping[str, datetime]
) -> NextRung | None:
    """The soonest open rung, of several at one instant the first in the table; None when all are taken. `taken`: when
    each was taken last, by its code."""
    found = [rung for rung in rungs if rung.is_open(state, today, calendar, taken.get(rung.code))]
    due = [(rung.moment(state, today, calendar), rung) for rung in found]
    if not due:
        return None
    end, rung = min(due, key=lambda pair: (pair[0].due_at, pair[1].number))
    return NextRung(rung, end, is_last=len(due) == 1)


def ladder_of(outcome: Any) -> tuple[Rung, ...]:
    """The value of the decision `escalation_ladder` as a type. Raises Invalid if it is none."""
    if not isinstance(outcome, list):
        raise Invalid("升级阶梯表没有给出各级", field=DECISION)
    try:
        rungs = tuple(_rung(number, row) for number, row in enumerate(outcome, 1))
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"升级阶梯表的结果不可用：{error}", field=DECISION) from error
    if len({rung.code for rung in rungs}) != len(rungs):
        raise Invalid("升级阶梯表中有同名的级", field=DECISION)
    return rungs


def timer_function(
    state_of: Callable[[str], ClockState | None],
    taken_of: Callable[[str], Mapping[str, datetime]],
    calendar: Callable[[], WorkingCalendar],
    today: Callable[[], date],
) -> Callable[..., Any]:
    """`escalation(stage, rungs)` for the timers of diagrams: when the soonest rung that is open is due.

    Gives a FEEL context {"due": date-time, "why": context} as the other timer functions do; `due` is null while the
    clock stands or no rung is open, so that the timer waits for the clock to move. Raises Invalid.
    """

    def escalation(stage: Any, rungs: Any) -> dict[str, Any]:
        state = state_of(stage) if isinstance(stage, str) else None
        if state is None:
            raise Invalid(f"时限表中没有该环节的时限：{stage}", field="stage")
        if stands(state):
            return _held(stage, "clock_paused", f"{stage} 的计时已暂停，恢复后重新计算")
        found = next_rung(ladder_of(rungs), state, today(), calendar(), taken_of(stage))
        if found is None:
            return _held(stage, "ladder_done", "各级均已取过")
        return {"due": found.due.due_at, "why": {**found.due.why, "rung": found.rung.code}}

    return escalation


def _held(stage: str, rule: str, text: str) -> dict[str, Any]:
    return {"due": None, "why": {"rule": rule, "stage": stage, "held": True, "text": text}}


def _rung(number: int, row: Mapping[str, Any]) -> Rung:
    copies, priority, reassign = row.get("copy_to") or [], row.get("priority"), row.get("reassign")
    if row["when"] != WARN and row["when"] not in _OFFSETS:
        raise ValueError(f"when {row['when']}")
    if priority is not None and (_whole(priority) not in PRIORITIES):
        raise ValueError(f"priority {priority}")
    if not isinstance(copies, list) or not all(isinstance(each, str) and each for each in copies):
        raise ValueError("copy_to")
    return Rung(
        number=number,
        code=str(row["rung"]),
        when=str(row["when"]),
        workdays=_whole(row["workdays"]),
        to=str(row["to"]),
        copy_to=tuple(copies),
        template=str(row["template"]),
        priority=None if priority is None else _whole(priority),
        reassign=None if reassign is None else str(reassign),
        creates_order=row["creates_order"] is True,
    )


def _whole(value: Any) -> int:
    number = Decimal(str(value))
    if number != int(number) or not 0 <= number <= MAX_WORKDAYS:
        raise ValueError(f"{value}")
    return int(number)
