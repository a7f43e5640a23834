"""The transaction as a command sees it: who acts, when, on which locked order, and what is to be written.

Collects; the runner writes and finishes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from engine.errors import NotFound, NotReady
from engine.policy import Actor
from engine.store import audit, tasks, timers
from engine.store.changes import Changes
from engine.store.orders import OrderRow
from engine.store.tasks import TaskRow
from engine.store.types import Connection
from engine.store.uow import UnitOfWork
from engine.world import Version, World


@dataclass(slots=True)
class _Level:
    """Events of one depth of cause and effect, and those that wait for the next of them, which caused them."""

    events: list[audit.Event]
    caused: list[audit.Event] = field(default_factory=list)


@dataclass(slots=True)
class Tx:
    """One command's transaction. `received_at` is when the server got it, before it queued for the lock; `now` is the
    recorded time, after the lock was got."""

    uow: UnitOfWork
    world: World
    actor: Actor
    received_at: datetime
    now: datetime
    locked: OrderRow | None = None
    changes: Changes = field(default_factory=Changes)
    house_events: list[audit.Event] = field(default_factory=list)
    fired: dict[str, int] = field(default_factory=dict)
    desk: dict[str, Any] = field(default_factory=dict)
    """What the parts of one command share while it runs, by name: the order's clocks, read once."""
    _pending: dict[str, datetime] | None = None
    _tasks: dict[str, TaskRow | None] = field(default_factory=dict)
    _levels: list[_Level] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        """For reading inside the transaction."""
        return self.uow.connection

    @property
    def order(self) -> OrderRow:
        """The locked order. Raises NotFound when the command has none."""
        if self.locked is None:
            raise NotFound()
        return self.locked

    @property
    def version(self) -> Version:
        """The published version on which the order runs. Raises NotReady before it has started."""
        if self.order.process_version_id is None:
            raise NotReady("流程尚未启动")
        return self.world.version(self.connection, self.order.process_version_id)

    def pending_timers(self) -> dict[str, datetime]:
        """The order's armed timers, id -> due, as they stand now in this transaction."""
        if self._pending is None:
            self._pending = timers.pending_of(self.connection, self.order.id)
        return self._pending

    def armed(self, timers_by_id: Mapping[str, datetime]) -> None:
        """All timers that are armed after a step, as the process itself says: the table need not be asked."""
        self._pending = dict(timers_by_id)

    def task(self, task_id: str) -> TaskRow | None:
        """A stored task, read once."""
        if task_id not in self._tasks:
            self._tasks[task_id] = tasks.one(self.connection, task_id)
        return self._tasks[task_id]

    def know(self, task_id: str, task: TaskRow | None) -> None:
        """The task was read already, after the lock was got."""
        self._tasks[task_id] = task

    def record(
        self, kind: str, body: dict[str, Any], *, occurred_at: datetime | None = None, actor: str | None = None
    ) -> None:
        """An event for the order's chain; `body` holds nothing personal."""
        event = audit.Event(kind, actor or self.actor.id, occurred_at or self.received_at, body)
        level = self._level
        level.events += [event, *level.caused]
        level.caused.clear()

    @contextmanager
    def causing(self) -> Iterator[None]:
        """What is recorded within comes after the next event that is recorded outside: the cause stands first."""
        outer, inner = self._level, _Level([])
        self._levels.append(inner)
        try:
            yield
        finally:
            self._levels.pop()
            outer.caused += [*inner.events, *inner.caused]

    @property
    def _level(self) -> _Level:
        if not self._levels:
            self._levels.append(_Level(self.changes.events))
        return self._levels[-1]

    @contextmanager
    def acting_as(self, actor: Actor) -> Iterator[None]:
        """Let another be who acts: what a timer does on the way is not the person's whose command waits."""
        self.actor, before = actor, self.actor
        try:
            yield
        finally:
            self.actor = before

    def record_house(self, kind: str, body: dict[str, Any]) -> None:
        """An event for the chain of the house."""
        self.house_events.append(audit.Event(kind, self.actor.id, self.received_at, body))
