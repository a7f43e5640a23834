"""Takes a step of the locked order's process and notes everything that follows from it: tasks, timers, clocks, calls,
incidents. Stores nothing itself, so that a step is written whole or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.commands.clockwork import Clocks, shanghai_day
from engine.commands.tx import Tx
from engine.domain.timers import timer_functions
from engine.errors import NotReady
from engine.kernel import spiff
from engine.kernel.decided import decided_json, note_json
from engine.kernel.model import Advance, Env, Fire, Step, Trouble
from engine.policy import SYSTEM
from engine.store import orders, tasks
from engine.world import Version


def version_of(tx: Tx) -> Version:
    """The published version on which the order runs. Raises NotReady before it has started."""
    if tx.order.process_version_id is None:
        raise NotReady("流程尚未启动")
    return tx.world.version(tx.connection, tx.order.process_version_id)


def start(tx: Tx, version: Version, variables: dict[str, Any], clocks: Clocks) -> dict[str, Any]:
    """Start the order's process on a version; returns the body of the event."""
    order = tx.order
    order.process_version_id, order.status, order.started_at = version.id, orders.RUNNING, tx.now
    moved = spiff.start(version.process, variables, _env(tx, clocks))
    return _settle(tx, moved, clocks, tx.received_at, set())


def take(tx: Tx, step: Step, *, occurred_at: datetime | None = None, done: str = "") -> dict[str, Any]:
    """Take one step; `done` is the task that the command itself closes. Returns the body of the event.

    Raises NotReady when the process does not wait for this.
    """
    if tx.order.instance is None:
        raise NotReady("流程尚未启动")
    clocks = Clocks(tx)
    moved = spiff.advance(version_of(tx).process, tx.order.instance, step, _env(tx, clocks))
    return _settle(tx, moved, clocks, occurred_at or tx.received_at, {done})


def fire(tx: Tx, timer_id: str) -> int:
    """Fire one armed timer of the order; returns by how many seconds it is late."""
    due_at = tx.pending_timers().pop(timer_id)
    late = max(0, int((tx.now - due_at).total_seconds()))
    tx.changes.closed_timers.append({"timer_id": timer_id, "state": "FIRED", "fired_at": tx.now, "late_seconds": late})
    tx.fired[timer_id] = late
    body = take(tx, Fire(timer_id))
    tx.record("TimerFired", {"timer": timer_id, "late_seconds": late, **body}, actor=SYSTEM.id)
    return late


def fire_overdue(tx: Tx, until: datetime) -> None:
    """Fire, in due order, what was due before `until`: the deadline came first, only nobody had acted on it yet."""
    while tx.order.next_due_at is not None and tx.order.next_due_at < until:
        due_at, timer_id = min((due_at, timer_id) for timer_id, due_at in tx.pending_timers().items())
        if due_at >= until:
            tx.order.next_due_at = due_at
            break
        fire(tx, timer_id)


def _env(tx: Tx, clocks: Clocks) -> Env:
    calendar = tx.world.calendar(tx.connection)
    functions = timer_functions(calendar, lambda stage: clocks.limits.get(stage), clocks, tx.received_at)
    return Env(now=tx.received_at, functions=functions)


def _settle(tx: Tx, moved: Advance, clocks: Clocks, occurred_at: datetime, done: set[str]) -> dict[str, Any]:
    order, changes = tx.order, tx.changes
    order.instance, changes.moved = moved.state, True
    _move_clocks(tx, moved, clocks, occurred_at)
    _cancel(tx, [task_id for task_id in moved.closed if task_id not in done])
    for task in moved.opened:
        due_at = clocks.due_at(task.stage)
        changes.tasks.append(
            {
                "id": task.task_id,
                "order_id": order.id,
                "unit_code": order.unit_code,
                "element_id": task.element_id,
                "name": task.name,
                "role": task.role,
                "form_key": task.form_key,
                "stage": task.stage,
                "state": "OPEN",
                "opened_at": tx.received_at,
                "due_at": due_at,
                "urgent_at": due_at or tx.received_at,
            }
        )
    _arm(tx, moved)
    _call(tx, moved)
    if moved.trouble is not None:
        order.n_incidents += 1
        changes.incidents.append(_incident(tx, moved.trouble))
    if moved.completed:
        order.status, order.completed_at = orders.COMPLETED, tx.received_at
    return _told(moved, done, version_of(tx).label)


def _incident(tx: Tx, trouble: Trouble) -> dict[str, Any]:
    label = version_of(tx).label
    detail = {
        "notes": [note_json(note) for note in trouble.notes],
        "decisions": [decided_json(decision, label) for decision in trouble.decisions],
    }
    return {
        "order_id": tx.order.id,
        "element_id": trouble.element_id,
        "code": trouble.code,
        "message": trouble.message,
        "detail": detail if any(detail.values()) else None,
        "opened_at": tx.now,
    }


def _move_clocks(tx: Tx, moved: Advance, clocks: Clocks, occurred_at: datetime) -> None:
    begun = {task.stage for task in moved.opened} - {""}
    ended = {_stage_of(tx, task_id) for task_id in moved.closed} - {""}
    clocks.step(
        ended - begun,
        begun - ended,
        shanghai_day(occurred_at),
        shanghai_day(tx.received_at),
        gone=set(moved.closed),
        completed=moved.completed,
    )


def _stage_of(tx: Tx, task_id: str) -> str:
    for row in tx.changes.tasks:
        if row["id"] == task_id:
            return str(row["stage"])
    task = tx.task(task_id)
    return task.stage if task else ""


def _cancel(tx: Tx, task_ids: list[str]) -> None:
    """Tasks that the process took back: an interrupting timer, an end event elsewhere."""
    for task_id in task_ids:
        tx.changes.closed_tasks.append(
            {
                "task_id": task_id,
                "state": tasks.CANCELLED,
                "closed_at": tx.now,
                "closed_by": SYSTEM.id,
                "occurred_at": tx.received_at,
                "form": None,
            }
        )


def _arm(tx: Tx, moved: Advance) -> None:
    order, gone = tx.order, [timer_id for timer_id in moved.disarmed if timer_id not in tx.fired]
    for timer in moved.armed:
        tx.changes.timers.append(
            {
                "id": timer.timer_id,
                "order_id": order.id,
                "element_id": timer.element_id,
                "name": timer.name,
                "due_at": timer.due_at,
                "interrupting": timer.interrupting,
                "why": timer.why,
                "state": "PENDING",
                "armed_at": tx.now,
            }
        )
    for timer_id in gone:
        closed = {"timer_id": timer_id, "state": "CANCELLED", "fired_at": None, "late_seconds": None}
        tx.changes.closed_timers.append(closed)
    tx.armed(moved.pending)
    order.next_due_at = min(moved.pending.values(), default=None)


def _call(tx: Tx, moved: Advance) -> None:
    order = tx.order
    for call in moved.calls:
        tx.changes.calls.append(
            {
                "call_id": call.call_id,
                "order_id": order.id,
                "element_id": call.element_id,
                "operator": call.operator,
                "params": dict(call.params),
                "key": f"{order.order_no}:{call.call_id}",
                "state": "PENDING",
                "created_at": tx.now,
                "next_attempt_at": tx.now,
                "n_attempts": 0,
            }
        )
    answered = {row["id"] for row in tx.changes.answered}
    tx.changes.recalled += [{"id": call_id} for call_id in moved.recalled if call_id not in answered]


def _told(moved: Advance, done: set[str], label: dict[str, Any]) -> dict[str, Any]:
    """What the record says of a step: every effect with its reason, nothing that is empty."""
    told: dict[str, Any] = {
        "opened": [{"task": t.task_id, "element": t.element_id, "name": t.name} for t in moved.opened],
        "cancelled": [task_id for task_id in moved.closed if task_id not in done],
        "armed": [
            {"timer": t.timer_id, "element": t.element_id, "due_at": t.due_at, "why": t.why} for t in moved.armed
        ],
        "disarmed": list(moved.disarmed),
        "called": [{"call": c.call_id, "operator": c.operator} for c in moved.calls],
        "recalled": list(moved.recalled),
        "decisions": [decided_json(decision, label) for decision in moved.decisions],
        "doubts": [
            {"element": d.element_id, "name": d.name, "notes": [note_json(note) for note in d.notes]}
            for d in moved.doubts
        ],
        "passed": list(moved.passed),
        "branches": list(moved.branches),
        "completed": moved.completed,
    }
    if moved.trouble is not None:
        told["trouble"] = {"element": moved.trouble.element_id, "code": moved.trouble.code}
    return {name: value for name, value in told.items() if value}
