"""What would move if a year were entered as proposed: clocks, tasks and timers of open orders. Writes nothing.

Whoever may enter a calendar moves everybody's deadlines, so he sees all orders' numbers and days here, and nothing else
of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from engine.clock import SHANGHAI
from engine.domain.calendar import CalendarYear, WorkingCalendar, turned_days
from engine.domain.clocks import ClockKind, end_of
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import running

N_PAGE = 20
CLOCK, TASK, TIMER = "clock", "task", "timer"


@dataclass(frozen=True, slots=True)
class Move:
    """Something that would end on another day. `name` is the stage of a clock, the name of a task or timer."""

    kind: str
    name: str
    before: datetime
    after: datetime


@dataclass(slots=True)
class OrderMoves:
    """What would move in one order."""

    order_id: int
    order_no: str
    moves: list[Move] = field(default_factory=list)
    n_following: int = 0
    """Armed timers that hang on a clock that would move; they move with it."""


@dataclass(frozen=True, slots=True)
class Preview:
    """How much would move in all, and one page of the orders in which it does."""

    turned: list[date]
    n_orders: int
    n_clocks: int
    n_timers: int
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
    moving = [each for _, each in sorted(found.items()) if each.moves]
    n_pages = max(1, -(-len(moving) // N_PAGE))
    page = min(max(page, 1), n_pages)
    shown = moving[(page - 1) * N_PAGE : page * N_PAGE]
    n_clocks, n_timers = (sum(m.kind == kind for each in moving for m in each.moves) for kind in (CLOCK, TIMER))
    _add_what_follows(view, then, shown)
    return Preview(turned, len(moving), n_clocks, n_timers, shown, page, n_pages)


def _moving(view: View, then: WorkingCalendar, turned: list[date]) -> dict[int, OrderMoves]:
    found: dict[int, OrderMoves] = {}
    for clock in running.clocks(view.connection, turned[0], turned[-1]):
        due_on = _end(clock, then)
        if due_on != clock.due_on:
            order = found.setdefault(clock.order_id, OrderMoves(clock.order_id, clock.order_no))
            order.moves.append(Move(CLOCK, clock.stage, end_of(clock.due_on), end_of(due_on)))
    since = datetime.combine(turned[0], time(0), SHANGHAI)
    for order_no, timer in running.counted_timers(view.connection, since):
        after = _recounted(timer.why, then)
        if after is not None and end_of(after) != timer.due_at:
            order = found.setdefault(timer.order_id, OrderMoves(timer.order_id, order_no))
            order.moves.append(Move(TIMER, timer.name, timer.due_at, end_of(after)))
    return found


def _end(clock: running.RunningClock, then: WorkingCalendar) -> date:
    return then.add_workdays(clock.running_since, max(clock.limit_workdays - clock.used_workdays, 0))


def _recounted(why: Any, then: WorkingCalendar) -> date | None:
    """The day on which a timer ends that counts from a day of its own; those on a stage's clock move with that."""
    if why.get("rule") != "workdays_after_start" or "stage" in why:
        return None
    return then.add_workdays(date.fromisoformat(why["start_on"]), why["workdays"])


def _add_what_follows(view: View, then: WorkingCalendar, orders: Collection[OrderMoves]) -> None:
    """Tasks and timers move with the clocks; looked at for the orders of one page only."""
    if not orders:
        return
    ids = [order.order_id for order in orders]
    ends: dict[int, list[tuple[str, bool, date]]] = defaultdict(list)
    for clock in running.clocks_of(view.connection, ids):
        ends[clock.order_id].append((clock.stage, clock.kind != ClockKind.STAGE, _end(clock, then)))
    by_id = {order.order_id: order for order in orders}
    for timer in running.armed_timers(view.connection, ids):
        order = by_id[timer.order_id]
        stage = timer.why.get("stage") if isinstance(timer.why, dict) else None
        order.n_following += any(move.kind == CLOCK and move.name == stage for move in order.moves)
    for task in running.open_tasks(view.connection, ids):
        after = _task_end(task.stage, ends[task.order_id])
        if task.due_at is not None and after is not None and after != task.due_at:
            by_id[task.order_id].moves.append(Move(TASK, task.name, task.due_at, after))


def _task_end(stage: str, ends: Collection[tuple[str, bool, date]]) -> datetime | None:
    """A task is due when the first of its own clock and the order's ends (commands/clockwork.py: Clocks.due_at)."""
    days = [end for of, is_whole, end in ends if is_whole or of == stage]
    return end_of(min(days)) if days else None
