"""Where an order's process stands, read from the instance itself and not from the rows derived from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from engine.errors import NotReady
from engine.kernel import spiff
from engine.kernel.model import AwaitedMessage
from engine.queries.view import View
from engine.store import audit, orders, reading, tasks, timers


@dataclass(frozen=True, slots=True)
class Waits:
    """What an order waits for: open task -> its form, armed timer -> due, call -> operator, element -> the message that
    it awaits. `same` tells whether the rows that people and schedulers look at say the same."""

    status: str
    order_no: str = ""
    version_id: int | None = None
    tasks: dict[str, str] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    messages: dict[str, AwaitedMessage] = field(default_factory=dict)
    asides: frozenset[str] = frozenset()
    """Those of the elements that sit on an activity: their message may come or not, the order goes on without it."""
    current: tuple[str, ...] = ()
    same: bool = True

    @property
    def anything(self) -> frozenset[str]:
        """The ids of all that can happen next."""
        return frozenset((*self.tasks, *self.timers, *self.calls, *self.messages))

    @property
    def is_over(self) -> bool:
        """Has the order come to its end, one way or the other?"""
        return self.status in orders.ENDED


def bodies(view: View, order_id: int) -> list[dict[str, Any]]:
    """What the order's record says, event by event."""
    return [orjson.loads(row["body"]) for row in audit.events_of(view.connection, order_id)]


def variables_at(view: View, order_id: int, place: str) -> dict[str, Any]:
    """What an open task (its id) or an awaited message (its element) sees; raises NotReady when nothing waits there."""
    state = reading.instance(view.connection, order_id)
    head = reading.order_of_id(view.connection, order_id)
    if state is None:
        raise NotReady()
    process = view.world.version(view.connection, head["process_version_id"]).process
    return spiff.scope(process, state, place)


def waits(view: View, order_id: int) -> Waits:
    """What the order with this id, which exists, waits for now."""
    head = reading.order_of_id(view.connection, order_id)
    state = reading.instance(view.connection, order_id)
    if state is None:
        return Waits(head["status"], head["order_no"])
    process = view.world.version(view.connection, head["process_version_id"]).process
    now = spiff.inspect(process, state)
    open_rows = {task.id for task in tasks.open_of(view.connection, order_id)}
    armed_rows = timers.pending_of(view.connection, order_id)
    return Waits(
        status=head["status"],
        order_no=head["order_no"],
        version_id=head["process_version_id"],
        tasks={task.task_id: task.form_key for task in now.tasks.values()},
        timers={timer.timer_id: timer.due_at for timer in now.timers.values()},
        messages={message.element_id: message for message in now.messages},
        asides=frozenset(
            m.element_id for m in now.messages if process.index.elements[m.element_id].tag == "boundaryEvent"
        ),
        calls={call.call_id: call.operator for call in now.calls.values()},
        current=now.current,
        same=open_rows == now.tasks.keys() and armed_rows == {t.timer_id: t.due_at for t in now.timers.values()},
    )
