"""Commitment letters (承诺书): their life cycle, when each promise is due, and what the ladder asks for next. Pure: the
ladder's rungs and working days come in from the table `commitment_rules`, instants as arguments.

Dossier 5: DRAFT, SIGNED, ACTIVE, PARTLY_FULFILLED, FULFILLED, OVERDUE, EXTENDED once, BREACHED, CANCELLED.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import WARN_TIME, end_of
from engine.errors import CommitmentMoved, Invalid

DUE, EXTENSION, LADDER = "commitment_due", "commitment_extension", "commitment_ladder"
"""The decisions that hold the working days until a promise is due, those of its one extension, and the rungs."""
MAX_OFFSET = 366
WORKDAY, DAY = "WORKDAY", "DAY"
_UNITS = {"WD": WORKDAY, WORKDAY: WORKDAY, "D": DAY, DAY: DAY}
RETRY_TIME = time(8, 0)
"""The platform is asked again before the hall opens, so that nobody is reminded of what it gives today."""


class Status(StrEnum):
    """Where a letter stands."""

    DRAFT = "DRAFT"
    SIGNED = "SIGNED"
    ACTIVE = "ACTIVE"
    PARTLY_FULFILLED = "PARTLY_FULFILLED"
    FULFILLED = "FULFILLED"
    OVERDUE = "OVERDUE"
    EXTENDED = "EXTENDED"
    BREACHED = "BREACHED"
    CANCELLED = "CANCELLED"


class Move(StrEnum):
    """What may happen to a letter."""

    SIGN = "SIGN"
    ACTIVATE = "ACTIVATE"
    DELIVER_PART = "DELIVER_PART"
    CATCH_UP = "CATCH_UP"
    DELIVER_ALL = "DELIVER_ALL"
    LAPSE = "LAPSE"
    EXTEND = "EXTEND"
    BREACH = "BREACH"
    CANCEL = "CANCEL"


class ItemStatus(StrEnum):
    """Where one promised document stands; PROMISED, OVERDUE and BREACHED are still out."""

    DRAFT = "DRAFT"
    PROMISED = "PROMISED"
    OVERDUE = "OVERDUE"
    BREACHED = "BREACHED"
    FULFILLED = "FULFILLED"
    CANCELLED = "CANCELLED"


class Action(StrEnum):
    """What is to be done about promises that are still out; in this order when several fall on one instant."""

    RETRY = "RETRY"
    REMIND = "REMIND"
    OVERDUE = "OVERDUE"
    ONSITE = "ONSITE"
    SUSPEND = "SUSPEND"
    BREACH = "BREACH"
    NONE = "NONE"


WORDS: Mapping[Action, str] = {
    Action.RETRY: "每日向共享平台重查",
    Action.REMIND: "提醒客户补交",
    Action.OVERDUE: "告知客户逾期",
    Action.ONSITE: "安排上门收取",
    Action.SUSPEND: "告知可能中止",
    Action.BREACH: "登记未履行",
    Action.NONE: "承诺均已履行",
}
OUTSTANDING = frozenset({ItemStatus.PROMISED, ItemStatus.OVERDUE, ItemStatus.BREACHED})
_S, _M = Status, Move
_MOVES: Mapping[tuple[Status, Move], Status] = {
    (_S.DRAFT, _M.SIGN): _S.SIGNED,
    (_S.DRAFT, _M.CANCEL): _S.CANCELLED,
    (_S.SIGNED, _M.ACTIVATE): _S.ACTIVE,
    (_S.SIGNED, _M.CANCEL): _S.CANCELLED,
    (_S.ACTIVE, _M.DELIVER_PART): _S.PARTLY_FULFILLED,
    (_S.ACTIVE, _M.DELIVER_ALL): _S.FULFILLED,
    (_S.ACTIVE, _M.LAPSE): _S.OVERDUE,
    (_S.ACTIVE, _M.EXTEND): _S.EXTENDED,
    (_S.ACTIVE, _M.CANCEL): _S.CANCELLED,
    (_S.PARTLY_FULFILLED, _M.DELIVER_PART): _S.PARTLY_FULFILLED,
    (_S.PARTLY_FULFILLED, _M.DELIVER_ALL): _S.FULFILLED,
    (_S.PARTLY_FULFILLED, _M.LAPSE): _S.OVERDUE,
    (_S.PARTLY_FULFILLED, _M.EXTEND): _S.EXTENDED,
    (_S.PARTLY_FULFILLED, _M.CANCEL): _S.CANCELLED,
    (_S.OVERDUE, _M.DELIVER_PART): _S.OVERDUE,
    (_S.OVERDUE, _M.CATCH_UP): _S.PARTLY_FULFILLED,
    (_S.OVERDUE, _M.DELIVER_ALL): _S.FULFILLED,
    (_S.OVERDUE, _M.LAPSE): _S.OVERDUE,
    (_S.OVERDUE, _M.EXTEND): _S.EXTENDED,
    (_S.OVERDUE, _M.BREACH): _S.BREACHED,
    (_S.OVERDUE, _M.CANCEL): _S.CANCELLED,
    (_S.EXTENDED, _M.DELIVER_PART): _S.EXTENDED,
    (_S.EXTENDED, _M.DELIVER_ALL): _S.FULFILLED,
    (_S.EXTENDED, _M.LAPSE): _S.OVERDUE,
    (_S.EXTENDED, _M.CANCEL): _S.CANCELLED,
    # what was broken stays so in the register, whatever comes in afterwards
    (_S.BREACHED, _M.DELIVER_PART): _S.BREACHED,
    (_S.BREACHED, _M.DELIVER_ALL): _S.BREACHED,
    (_S.BREACHED, _M.BREACH): _S.BREACHED,
    (_S.BREACHED, _M.LAPSE): _S.BREACHED,
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One row of the ladder: an action so many working days or days before (below 0) or after a promise is due.

    `at_gate`: only once the document's stage stands open. `min_reminders`: only after so many notices to the customer.
    """

    action: Action
    offset: int
    unit: str
    at_gate: bool = False
    min_reminders: int = 0

    @property
    def key(self) -> str:
        """How a promise remembers that the rung was taken."""
        return f"{self.action}:{self.offset}:{self.unit}"

    def moment(self, due_on: date, calendar: WorkingCalendar) -> datetime:
        """Before the due day in the morning, when somebody reads it; from the due day on at the end of the day."""
        if self.offset < 0:
            return datetime.combine(self._day(due_on, calendar), WARN_TIME, SHANGHAI)
        return end_of(self._day(due_on, calendar))

    def _day(self, due_on: date, calendar: WorkingCalendar) -> date:
        if self.unit == DAY:
            return due_on + timedelta(days=self.offset)
        if self.offset < 0:
            return calendar.subtract_workdays(due_on, -self.offset)
        return calendar.add_workdays(due_on, self.offset)


@dataclass(frozen=True, slots=True)
class Ladder:
    """What follows when a promise comes due and is not kept; `retry_days` is every how many days the platform is asked
    again while a promised document could be fetched."""

    rungs: tuple[Rung, ...]
    retry_days: int = 1


@dataclass(frozen=True, slots=True)
class Promise:
    """A promised document that is still out.

    `since` is when the letter was signed or last extended, `tried_at` when the platform was last asked for it,
    `taken` the keys of the rungs that were taken since, `n_reminders` how often the customer was written to.
    """

    doc_type: str
    due_on: date
    gate: str
    since: datetime
    tried_at: datetime
    may_fetch: bool
    taken: frozenset[str] = frozenset()
    n_reminders: int = 0


@dataclass(frozen=True, slots=True)
class Next:
    """What comes next, for which documents, and when; `at` may lie in the past, then it is late."""

    action: Action
    at: datetime | None
    items: tuple[str, ...]


def moved(status: Status, move: Move, *, extended: bool = False) -> Status:
    """The status after a move. Raises CommitmentMoved for every other one, and for a second extension."""
    after = _MOVES.get((status, move))
    if after is None:
        raise CommitmentMoved(f"承诺书状态为 {status}，不能 {move}")
    if move is Move.EXTEND and extended:
        raise CommitmentMoved("承诺书只能延期一次")
    return after


def delivery_of(status: Status, left: Collection[ItemStatus]) -> Move:
    """Which move a delivery is, by what is still out after it."""
    if not left:
        return Move.DELIVER_ALL
    if status is Status.OVERDUE and ItemStatus.OVERDUE not in left:
        return Move.CATCH_UP
    return Move.DELIVER_PART


def due_date(
    signed_on: date, n_workdays: int, calendar: WorkingCalendar, *, gate_on: date | None, finish_on: date | None
) -> date:
    """The last day of a promise: the soonest of its gate, the planned finish and so many working days after signing.

    A gate or finish that has passed when the letter is signed cannot bind the customer any more.
    """
    bounds = [day for day in (gate_on, finish_on) if day is not None and day >= signed_on]
    return min([calendar.add_workdays(signed_on, n_workdays), *bounds])


def due_why(
    due_on: date,
    signed_on: date,
    n_workdays: int,
    calendar: WorkingCalendar,
    *,
    gate: str,
    gate_on: date | None,
    finish_on: date | None,
) -> dict[str, Any]:
    """Why a promise that is signed on a day is due when it is: which bound came first, or that the customer promised an
    earlier day. `workday` is whether that was a working day when it was fixed."""
    latest = due_date(signed_on, n_workdays, calendar, gate_on=gate_on, finish_on=finish_on)
    if gate_on == latest:
        rule, text = "gate", f"所卡环节 {gate} 的时限至 {gate_on}，须在此之前补交"
    elif finish_on == latest:
        rule, text = "finish", f"全过程时限至 {finish_on}，须在此之前补交"
    else:
        rule, text = "workdays", f"签署后 {n_workdays} 个工作日：{calendar.explain(signed_on, n_workdays)['text']}"
    if due_on < latest:
        rule, text = "promised", f"客户承诺于 {due_on} 前补交；最迟 {latest}（{text}）"
    known = {"rule": rule, "due_on": str(due_on), "latest_on": str(latest), "signed_on": str(signed_on)}
    return known | {"workdays": n_workdays, "gate": gate, "workday": calendar.is_workday(due_on), "text": text}


def next_action(
    promises: Iterable[Promise], ladder: Ladder, calendar: WorkingCalendar, now: datetime, reached: Collection[str]
) -> Next:
    """The soonest thing to be done. `reached` are the stages that stand open. A rung whose time has come before its
    condition (gate, reminders) is looked at again with the daily round: then RETRY names only what can be fetched."""
    found: dict[tuple[datetime, int], list[str]] = {}
    order = list(Action)
    promises = tuple(promises)
    for promise in promises:
        for action, at in _steps(promise, ladder, calendar, now, reached):
            items = found.setdefault((at, order.index(action)), [])
            if action is not Action.RETRY or promise.may_fetch:
                items.append(promise.doc_type)
    if not promises:
        return Next(Action.NONE, None, ())
    if not found:  # the ladder has ended, the document is still out: somebody looks at it every day
        return Next(Action.RETRY, next_retry(now, 1), ())
    at, number = min(found)
    return Next(order[number], at, tuple(dict.fromkeys(found[at, number])))


@dataclass(frozen=True, slots=True)
class Soonest:
    """A rung of the ladder, the promise's day and the moment; `offset_text` says how the one follows from the other."""

    rung: Rung
    due_on: date
    at: datetime

    @property
    def offset_text(self) -> str:
        """In the words of the ladder."""
        n, unit = abs(self.rung.offset), "日" if self.rung.unit == DAY else "个工作日"
        return f"到期前 {n} {unit}" if self.rung.offset < 0 else f"到期后 {n} {unit}" if n else "到期日 24:00"


def soonest(
    promises: Iterable[Promise], action: Action, ladder: Ladder, calendar: WorkingCalendar, reached: Collection[str]
) -> Soonest | None:
    """The first rung of an action that may be taken, of all these promises; None where there is none."""
    found = [
        Soonest(rung, promise.due_on, at)
        for promise in promises
        for rung, at in _rungs(promise, ladder, calendar)
        if rung.action is action and not _waits(rung, promise, reached)
    ]
    return min(found, key=lambda each: each.at, default=None)


def due_rungs(promise: Promise, action: Action, ladder: Ladder, calendar: WorkingCalendar, now: datetime) -> list[Rung]:
    """The rungs of an action that were to be taken by now and were not: one act stands for all of them."""
    return [rung for rung, at in _rungs(promise, ladder, calendar) if rung.action is action and at <= now]


def _steps(
    promise: Promise, ladder: Ladder, calendar: WorkingCalendar, now: datetime, reached: Collection[str]
) -> Iterator[tuple[Action, datetime]]:
    if promise.may_fetch:
        yield Action.RETRY, next_retry(promise.tried_at, ladder.retry_days)
    for rung, at in _rungs(promise, ladder, calendar):
        if not _waits(rung, promise, reached):
            yield rung.action, at
        elif not promise.may_fetch:
            yield Action.RETRY, next_retry(max(now, at), 1)


def _waits(rung: Rung, promise: Promise, reached: Collection[str]) -> bool:
    return (rung.at_gate and promise.gate not in reached) or promise.n_reminders < rung.min_reminders


def _rungs(promise: Promise, ladder: Ladder, calendar: WorkingCalendar) -> Iterator[tuple[Rung, datetime]]:
    """The rungs that are not taken yet, each with its moment.

    Reminders that lay before the signature are left out; if that leaves none, the last one is given on the due day:
    nobody is overdue without having been reminded (A11).
    """
    moments = [(rung, rung.moment(promise.due_on, calendar)) for rung in ladder.rungs]
    early = [(rung, at) for rung, at in moments if rung.action is Action.REMIND and at <= promise.since]
    kept = [pair for pair in moments if pair not in early]
    if early and not any(rung.action is Action.REMIND for rung, _ in kept):
        last, _ = max(early, key=lambda pair: pair[1])
        morning = datetime.combine(promise.due_on, WARN_TIME, SHANGHAI)
        kept.append((last, max(morning, promise.since)))
    return ((rung, at) for rung, at in kept if rung.key not in promise.taken)


def next_retry(tried_at: datetime, days: int) -> datetime:
    """The time of the daily round on which the platform is asked again, `days` days after this instant or sooner."""
    local = tried_at.astimezone(SHANGHAI)
    today = datetime.combine(local.date(), RETRY_TIME, SHANGHAI)
    return today + timedelta(days=days - 1 if today > local else days)


def ladder_of(outcome: Any) -> Ladder:
    """The value of the decision `commitment_ladder` as a type. Raises Invalid if it is none."""
    try:
        rows = [row for row in outcome if row["action"] != Action.RETRY]
        retries = [row for row in outcome if row["action"] == Action.RETRY]
        rungs = tuple(_rung(row) for row in rows)
        retry_days = int(retries[0].get("every") or 1) if retries else 1
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(f"承诺书阶梯表的结果不可用：{error}", field=LADDER) from error
    if not rungs or any(abs(rung.offset) > MAX_OFFSET for rung in rungs) or not 1 <= retry_days <= MAX_OFFSET:
        raise Invalid("承诺书阶梯表为空，或天数超出范围", field=LADDER)
    return Ladder(rungs, retry_days)


def _rung(row: Mapping[str, Any]) -> Rung:
    action = Action(row["action"])
    offset = int(row["offset"])
    if offset != row["offset"]:
        raise ValueError(f"offset {row['offset']}")
    at_gate = row.get("at_gate")
    return Rung(
        action,
        offset,
        _UNITS[row["unit"]],
        at_gate=action is Action.SUSPEND if at_gate is None else at_gate is True,
        min_reminders=int(row.get("min_reminders") or 0),
    )


def latest_extension(outcome: Any, due_on: date, approved_on: date, calendar: WorkingCalendar) -> date | None:
    """The last day to which a promise may be put off, by the decision `commitment_extension`; None if it may not be.

    Raises Invalid if the table gives no working days.
    """
    if isinstance(outcome, Mapping) and not outcome.get("max_extensions", 1):
        return None
    return calendar.add_workdays(max(due_on, approved_on), workdays_of(outcome, EXTENSION))


def workdays_of(outcome: Any, decision: str = DUE) -> int:
    """The working days that a decision gives, alone or in a context. Raises Invalid if it gives none."""
    value = outcome.get("workdays") if isinstance(outcome, Mapping) else outcome
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or value != int(value):
        raise Invalid(f"{decision} 没有给出工作日数", field=decision)
    if not 0 < value <= MAX_OFFSET:
        raise Invalid(f"{decision} 应给出 1 至 {MAX_OFFSET} 个工作日", field=decision)
    return int(value)
