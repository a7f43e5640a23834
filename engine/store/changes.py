"""What a command has decided to write, collected first and written at once, table by table. Decides nothing itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Update, bindparam, insert, update

from engine.crashpoints import Point, reach
from engine.errors import AlreadyDone, AlreadyFired
from engine.store import audit, orders, segments
from engine.store.listening import announce
from engine.store.orders import OrderRow
from engine.store.papers import Papers
from engine.store.tables import clock, incident, outbox, task, timer
from engine.store.uow import UnitOfWork

Row = dict[str, Any]
MOVING = (
    "used_workdays",
    "running_since",
    "paused_since",
    "wants_to_run",
    "paused_workdays",
    "due_on",
    "due_at",
    "why",
    "internal_due_at",
    "internal_why",
)
"""The columns of a clock that change."""

_ADD_TASK, _ADD_TIMER, _ADD_CALL = insert(task), insert(timer), insert(outbox)
_ADD_CLOCK = insert(clock)
_ADD_INCIDENT = insert(incident).inline()  # nobody reads the number it gets, and `together` could not wait for it
_CLOSE_TASK = (
    update(task)
    .where(task.c.id == bindparam("task_id"), task.c.state == "OPEN")
    .values(
        state=bindparam("state"),
        closed_at=bindparam("closed_at"),
        closed_by=bindparam("closed_by"),
        occurred_at=bindparam("occurred_at"),
        form=bindparam("form"),
    )
)
_CLOSE_TIMER = (
    update(timer)
    .where(timer.c.id == bindparam("timer_id"), timer.c.state == "PENDING")
    .values(state=bindparam("state"), fired_at=bindparam("fired_at"), late_seconds=bindparam("late_seconds"))
)
_MOVE_CLOCK = (
    update(clock)
    .where(clock.c.order_id == bindparam("of_order"), clock.c.stage == bindparam("of_stage"))
    .values({name: bindparam(name) for name in MOVING})
)
_REDATE = (
    update(task)
    .where(task.c.id == bindparam("task_id"), task.c.state == "OPEN")
    .values(due_at=bindparam("due_at"), urgent_at=bindparam("urgent_at"))
)
_ASSIGN = (
    update(task)
    .where(task.c.id == bindparam("task_id"), task.c.state == "OPEN")
    .values(
        assignee=bindparam("holder"),
        claimed_at=bindparam("at"),
        back_to=bindparam("back_to"),
        back_by=bindparam("back_by"),
    )
)
_PRIORITISE = (
    update(task)
    .where(task.c.order_id == bindparam("of_order"), task.c.state == "OPEN", task.c.priority > bindparam("level"))
    .values(priority=bindparam("level"))
)
_OUTLIVE = (
    update(outbox)
    .where(outbox.c.call_id == bindparam("id"), outbox.c.state == "PENDING", outbox.c.operator == "notify.send")
    .values(element_id="")
)
_RECALL = (
    update(outbox)
    .where(outbox.c.call_id == bindparam("id"), outbox.c.state == "PENDING", outbox.c.element_id != "")
    .values(state="RECALLED")
)
_ANSWER = (
    update(outbox)
    .where(outbox.c.call_id == bindparam("id"))
    .values(state=bindparam("state"), answered_at=bindparam("answered_at"), last_error=bindparam("last_error"))
)
_RESOLVE = (
    update(incident)
    .where(incident.c.order_id == bindparam("of_order"), incident.c.resolved_at.is_(None))
    .values(resolved_at=bindparam("resolved_at"), resolved_by=bindparam("resolved_by"))
)


@dataclass(slots=True)
class Changes:
    """Rows to add and rows to close, for one order, in one transaction. Lists of column values by name."""

    moved: bool = False
    tasks: list[Row] = field(default_factory=list)
    closed_tasks: list[Row] = field(default_factory=list)
    assigned: list[Row] = field(default_factory=list)
    """Tasks that this step opened for somebody: who holds them, and where they go straight back to."""
    redated: list[Row] = field(default_factory=list)
    prioritised: list[Row] = field(default_factory=list)
    timers: list[Row] = field(default_factory=list)
    closed_timers: list[Row] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)
    moved_clocks: dict[str, Row] = field(default_factory=dict)
    cut_segments: dict[str, Row] = field(default_factory=dict)
    segments: dict[str, list[Row]] = field(default_factory=dict)
    calls: list[Row] = field(default_factory=list)
    recalled: list[Row] = field(default_factory=list)
    outliving: list[Row] = field(default_factory=list)
    """Of the recalled calls those that are sent all the same if they are messages: no step waits for them any more."""
    answered: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    resolved: list[Row] = field(default_factory=list)
    events: list[audit.Event] = field(default_factory=list)
    papers: Papers | None = None
    """The documents of the order, once a command has looked at them; see papers.py."""

    @property
    def any(self) -> bool:
        """Is there anything to write?"""
        return self.moved or bool(self.events)


def close_beside(uow: UnitOfWork, task_id: str, state: str, who: str, at: datetime) -> bool:
    """Close at once a task that no step of the process closes; False when it is not open."""
    row = {"task_id": task_id, "state": state, "closed_at": at, "closed_by": who, "occurred_at": at, "form": None}
    return uow.run(_CLOSE_TASK, row).rowcount == 1


def write(uow: UnitOfWork, order: OrderRow, changes: Changes, now: datetime) -> None:
    """Write the order's head, then its rows, then the record. Raises Conflict when a guarded row had moved."""
    if not changes.any:
        return
    seen_version = order.version
    order.version += 1
    rows, head = audit.link(order.id, audit.Head(order.audit_seq, order.audit_hash), changes.events, now)
    order.audit_seq, order.audit_hash = head.seq, head.hash
    if changes.papers is not None:
        order.n_promised = changes.papers.n_promised
    orders.save(uow, order, seen_version, moved=changes.moved)
    reach(Point.AFTER_STATE)
    for opened in changes.tasks:
        opened["process_version_id"] = order.process_version_id
    _write_rows(uow, changes)
    if changes.timers:
        announce(uow, min(row["due_at"] for row in changes.timers), now)
    if changes.papers is not None:
        changes.papers.write(uow)
    reach(Point.AFTER_ROWS)
    audit.write(uow, rows)
    reach(Point.AFTER_AUDIT)


def _write_rows(uow: UnitOfWork, changes: Changes) -> None:
    # additions before closings: what one step opened, a later step of the same transaction may have closed
    for statement, rows in (
        (_ADD_TASK, changes.tasks),
        (_ASSIGN, changes.assigned),
        (_REDATE, changes.redated),
        (_PRIORITISE, changes.prioritised),
        (_ADD_TIMER, changes.timers),
        (_ADD_CLOCK, changes.clocks),
        (_MOVE_CLOCK, list(changes.moved_clocks.values())),
        (segments.CUT, list(changes.cut_segments.values())),
        (segments.ADD, [row for of_stage in changes.segments.values() for row in of_stage]),
        (_ADD_CALL, changes.calls),
        (_OUTLIVE, changes.outliving),
        (_RECALL, changes.recalled),
        (_ANSWER, changes.answered),
        (_RESOLVE, changes.resolved),
        (_ADD_INCIDENT, changes.incidents),
    ):
        if rows:
            uow.run(statement, rows)
    _close(uow, _CLOSE_TASK, changes.closed_tasks, AlreadyDone)
    _close(uow, _CLOSE_TIMER, changes.closed_timers, AlreadyFired)


def _close(uow: UnitOfWork, statement: Insert | Update, rows: Iterable[Row], lost: type[Exception]) -> None:
    """One statement each: only so does every row's count tell whether it was still open."""
    for row in rows:
        uow.must(statement, row, lost)
