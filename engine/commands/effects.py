"""Notes everything that follows from one step of the locked order's process: tasks, timers, clocks, calls, incidents.

Stores nothing itself, so that a step is written whole or not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.commands import beside, supervising
from engine.commands.clockwork import Clocks, shanghai_day
from engine.commands.inner import Worked, is_inner
from engine.commands.paperwork import end_promises
from engine.commands.tx import Tx
from engine.kernel.decided import decided_json, note_json
from engine.kernel.model import Advance, Call, Trouble
from engine.policy import SYSTEM
from engine.store import orders, outbox, tasks
from engine.world import Version


def settle(tx: Tx, version: Version, worked: Worked, clocks: Clocks, done: set[str]) -> dict[str, Any]:
    """Note what the step did; `done` are the tasks that the command itself closes. Returns the body of the event."""
    moved = worked.moved
    order, changes = tx.order, tx.changes
    order.instance, changes.moved = moved.state, True
    cancelled = [task_id for task_id in moved.closed if task_id not in done]
    _cancel(tx, cancelled)
    with tx.causing():
        supervising.follow(tx, version, cancelled)
    for task in moved.opened:
        due_at = clocks.due_at(task.stages)
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
                "urgent_at": clocks.urgent_at(task.stages) or tx.received_at,
                "priority": order.priority,
            }
        )
    _arm(tx, moved)
    _call(tx, version, moved)
    if moved.trouble is not None:
        order.n_incidents += 1
        changes.incidents.append(_incident(tx, version, moved.trouble))
    if moved.completed:
        order.completed_at, order.suspended_since = tx.received_at, None
        order.status = orders.TERMINATED if order.ends_as == orders.TERMINATED else orders.COMPLETED
        if order.status == orders.TERMINATED:
            end_promises(tx)
    return _told(worked, done, version.label)


def _incident(tx: Tx, version: Version, trouble: Trouble) -> dict[str, Any]:
    label = version.label
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


def move_clocks(tx: Tx, moved: Advance, clocks: Clocks, occurred_at: datetime, done: set[str]) -> None:
    """Let the clocks follow the stages that began and ended in the step: of tasks, and of what they stand inside.
    `done` is the task, if any, at whose stated time it was taken."""
    begun = {task.stage for task in moved.opened} - {""} | moved.entered
    ended = {_stage_of(tx, task_id) for task_id in moved.closed} - {""} | moved.left
    # what was open round the whole step is not moved by the tasks inside: no clock row is read for them
    around = moved.stages - moved.entered
    clocks.step(
        ended - begun - around,
        begun - ended - around,
        shanghai_day(occurred_at),
        gone=set(moved.closed),
        around=around,
        completed=moved.completed and tx.order.ends_as != orders.RECLASSIFIED,
        task_id=next(filter(None, done), None),
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
        beside.end(tx, tx.task(task_id))
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


def _call(tx: Tx, version: Version, moved: Advance) -> None:
    order = tx.order
    for call in _sent(moved):
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
    gone = [call_id for call_id in moved.recalled if call_id not in answered]
    tx.changes.recalled += [{"id": call_id} for call_id in gone]
    tx.changes.outliving += [{"id": call_id} for call_id in gone if _outlives(tx, version, call_id)]


def _outlives(tx: Tx, version: Version, call_id: str) -> bool:
    noted = (str(row["element_id"]) for row in tx.changes.calls if row["call_id"] == call_id)
    element_id = next(noted, None) or (outbox.standing_of(tx.connection, call_id) or ("", ""))[1]
    return element_id in version.process.index.elements and version.process.notices_outlive(element_id)


def _sent(moved: Advance) -> list[Call]:
    """The calls for the outbox; an inner one is among the new calls only when it failed, and waits for a retry."""
    return [call for call in moved.calls if not is_inner(call)]


def _told(worked: Worked, done: set[str], label: dict[str, Any]) -> dict[str, Any]:
    """What the record says of a step: every effect with its reason, nothing that is empty."""
    moved = worked.moved
    told: dict[str, Any] = {
        "opened": [{"task": t.task_id, "element": t.element_id, "name": t.name} for t in moved.opened],
        "cancelled": [task_id for task_id in moved.closed if task_id not in done],
        "armed": [
            {"timer": t.timer_id, "element": t.element_id, "due_at": t.due_at, "why": t.why} for t in moved.armed
        ],
        "disarmed": list(moved.disarmed),
        "called": [{"call": c.call_id, "operator": c.operator} for c in _sent(moved)],
        "ran": [{"call": c.call_id, "operator": c.operator, "element": c.element_id} for c in worked.ran],
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
