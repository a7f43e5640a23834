"""What would move if a year were entered as proposed: clocks, tasks and timers of open orders. Writes nothing.

Whoever may enter a calendar moves everybody's deadlines, so he sees all orders' numbers and days here, and nothing else
of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TypeAlias

from engine.clock import SHANGHAI
from engine.domain.calendar import CalendarYear, WorkingCalendar, turned_days
from engine.domain.clocks import TOTAL, ClockState, Deadline, end_of, state_of
from engine.domain.hours import ALWAYS
from engine.domain.organisation import Hall
from engine.domain.segments import segment_of
from engine.domain.timers import Ends, counted_anew
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import running

N_PAGE = 20
CLOCK, PROMISE, TASK, TIMER = "clock", "promise", "task", "timer"
Halls: TypeAlias = Mapping[str, Hall]


@dataclass(frozen=True, slots=True)
class Move:
    """Something that would end on another day. `name` is the stage of a clock, the name of a task, a timer
    or a promised document."""

    kind: str
    name: str
    before: datetime
    after: datetime


@dataclass(frozen=True, slots=True)
class OrderMoves:
    """What would move in one order: its clocks, and the tasks and timers that hang on them."""

    order_id: int
    order_no: str
    moves: list[Move] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Preview:
    """How much would move in all (timers: those that hang on no clock), and one page of the orders in which it does.

    Internal targets are no legal deadline and are not among them.
    """

    turned: list[date]
    n_orders: int
    n_clocks: int
    n_timers: int
    n_promises: int
    orders: list[OrderMoves]
    page: int
    n_pages: int


def preview(view: View, actor: Actor, proposed: CalendarYear, page: int = 1) -> Preview:
    """Compared with what stands now. A page beyond the last is the last."""
    require(actor, Permission.CALENDAR_ENTER)
    now = view.world.calendar(view.connection)
    then = WorkingCalendar({**now.years, proposed.year: proposed})
    turned = turned_days(now.year(proposed.year), proposed)
    found = _moving(view, then, turned) if turned else {}
    moving = [found[order_id] for order_id in sorted(found)]
    n_pages = max(1, -(-len(moving) // N_PAGE))
    page = min(max(page, 1), n_pages)
    shown = moving[(page - 1) * N_PAGE : page * N_PAGE]
    kinds = [move.kind for each in moving for move in each.moves]
    n_clocks, n_timers, n_promises = (kinds.count(kind) for kind in (CLOCK, TIMER, PROMISE))
    if shown:
        _add_what_follows(view, then, shown)
    return Preview(turned, len(moving), n_clocks, n_timers, n_promises, shown, page, n_pages)


def _moving(view: View, then: WorkingCalendar, turned: Sequence[date]) -> dict[int, OrderMoves]:
    since = turned[0]
    found: dict[int, OrderMoves] = {}
    for clock in running.clocks(view.connection, since):
        due_on = _end(_state(clock), then)
        if due_on != clock.due_on:
            order = found.setdefault(clock.order_id, OrderMoves(clock.order_id, clock.order_no))
            order.moves.append(Move(CLOCK, clock.row["stage"], end_of(clock.due_on), end_of(due_on)))
    halls = view.world.organisation(view.connection).halls
    for timer in running.counted_timers(view.connection, datetime.combine(since, time(0), SHANGHAI)):
        if move := _timer_move(timer, then, lambda *_: None, halls):
            found.setdefault(timer.order_id, OrderMoves(timer.order_id, timer.order_no)).moves.append(move)
    for promise in running.promises(view.connection, [day for day in turned if not then.is_workday(day)]):
        order = found.setdefault(promise.order_id, OrderMoves(promise.order_id, promise.order_no))
        after = then.add_workdays(promise.due_on, 1)
        order.moves.append(Move(PROMISE, promise.name, end_of(promise.due_on), end_of(after)))
    return found


def _state(clock: running.RunningClock) -> ClockState:
    return state_of(clock.category, clock.row, map(segment_of, clock.segments))


def _end(state: ClockState, then: WorkingCalendar) -> date:
    """The day of `state.deadline`, without its reasons: there may be many."""
    assert state.running_since is not None
    return then.add_workdays(state.running_since, max(state.limit.workdays - state.used_before(then), 0))


def _timer_move(timer: running.ArmedTimer, then: WorkingCalendar, ends: Ends, halls: Halls) -> Move | None:
    hall = halls.get(timer.hall_code)
    anew = counted_anew(timer.why, then, ends, ALWAYS if hall is None else hall.hours)
    return None if anew is None or anew["due"] == timer.due_at else Move(TIMER, timer.name, timer.due_at, anew["due"])


def _add_what_follows(view: View, then: WorkingCalendar, orders: Collection[OrderMoves]) -> None:
    """Tasks and timers move with the clocks; looked at for the orders of one page only."""
    ids = [order.order_id for order in orders]
    by_id = {order.order_id: order for order in orders}
    states: dict[int, dict[str, ClockState]] = defaultdict(dict)
    before: dict[int, dict[str, datetime]] = defaultdict(dict)
    for clock in running.clocks_of(view.connection, ids):
        states[clock.order_id][clock.row["stage"]] = _state(clock)
        before[clock.order_id][clock.row["stage"]] = end_of(clock.due_on)
    halls = view.world.organisation(view.connection).halls
    for timer in running.armed_timers(view.connection, ids):
        move = _timer_move(timer, then, _ends(states[timer.order_id], then), halls)
        if move is not None and move not in by_id[timer.order_id].moves:
            by_id[timer.order_id].moves.append(move)
    for task in running.open_tasks(view.connection, ids):
        after = _task_end(task, before[task.order_id], states[task.order_id], then)
        if task.due_at is not None and after is not None and after != task.due_at:
            by_id[task.order_id].moves.append(Move(TASK, task.name, task.due_at, after))


def _ends(states: Mapping[str, ClockState], then: WorkingCalendar) -> Ends:
    def end(stage: str, start: date, n: int, warns: bool) -> Deadline | None:
        state = states.get(stage)
        return None if state is None else state.warning(then) if warns else state.deadline(then)

    return end


def _task_end(
    task: running.OpenTask, before: Mapping[str, datetime], states: Mapping[str, ClockState], then: WorkingCalendar
) -> datetime | None:
    """A task is due when the first of the clocks that run against it ends: its own stage's, the order's, and the one
    that makes it due now (a stage that a sub-process holds; only the process knows it)."""
    stages = {TOTAL, task.stage, *(stage for stage, end in before.items() if end == task.due_at)}
    days = [_end(states[stage], then) for stage in stages if stage in states]
    return end_of(min(days)) if days else None
