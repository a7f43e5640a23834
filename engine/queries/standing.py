"""Where an order's process stands, read from the instance itself and not from the rows derived from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import orjson

from engine.kernel import spiff
from engine.queries.view import View
from engine.store import audit, reading, tasks, timers


@dataclass(frozen=True, slots=True)
class Waits:
    """What an order waits for: open task -> its form, armed timer -> due, call -> operator. `same` tells whether the
    rows that people and schedulers look at say the same."""

    status: str
    version_id: int | None = None
    tasks: dict[str, str] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    current: tuple[str, ...] = ()
    same: bool = True

    @property
    def anything(self) -> frozenset[str]:
        """The ids of all that can happen next."""
        return frozenset((*self.tasks, *self.timers, *self.calls))


def passed(view: View, order_id: int) -> list[str]:
    """Ids of the elements that the order's tokens have left, in the order of the record."""
    bodies = (orjson.loads(row["body"]) for row in audit.events_of(view.connection, order_id))
    return [element for body in bodies for element in body.get("passed", ())]


def waits(view: View, order_id: int) -> Waits:
    """What the order with this id, which exists, waits for now."""
    head = reading.order_of_id(view.connection, order_id)
    state = reading.instance(view.connection, order_id)
    if state is None:
        return Waits(head["status"])
    process = view.world.version(view.connection, head["process_version_id"]).process
    now = spiff.inspect(process, state)
    open_rows = {task.id for task in tasks.open_of(view.connection, order_id)}
    armed_rows = timers.pending_of(view.connection, order_id)
    return Waits(
        status=head["status"],
        version_id=head["process_version_id"],
        tasks={task.task_id: task.form_key for task in now.tasks.values()},
        timers={timer.timer_id: timer.due_at for timer in now.timers.values()},
        calls={call.call_id: call.operator for call in now.calls.values()},
        current=now.current,
        same=open_rows == now.tasks.keys() and armed_rows == {t.timer_id: t.due_at for t in now.timers.values()},
    )
