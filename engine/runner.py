"""Runs one command in one transaction: lock, replay check, authorise, handle, write, record, finish. Knows no verb.

A lost connection, a deadlock or a serialization failure is tried again up to five times, which is safe because every
command carries a key. What was told to the caller has happened; what was not told may have, and asking again tells.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.clock import Clock
from engine.commands import overdue
from engine.commands.tx import Tx
from engine.commands.verbs import Command, Verb, body_of, result_from_json, result_to_json
from engine.crashpoints import Point, reach
from engine.errors import EngineError, Fault, Invalid, KeyReused
from engine.policy import Actor, require, require_own, require_unit
from engine.store import audit, changes, command_log, locks, orders, prefetch
from engine.store.database import Database
from engine.store.failures import Transient
from engine.store.uow import UnitOfWork
from engine.world import World

N_TRIES = 5
BACKOFF_SECONDS = 0.1
N_MAX_KEY = 200

log = logging.getLogger(__name__)


class Runner:
    """Runs commands against one database. Threads share it."""

    def __init__(self, database: Database, world: World, verbs: Mapping[type, Verb], clock: Clock) -> None:
        self._database = database
        self._world = world
        self._verbs = verbs
        self._clock = clock
        self._pause = threading.Event()

    def run(self, command: Command, actor: Actor, *, received_at: datetime | None = None) -> Any:
        """The command's result, or one of engine/errors.py. `received_at` is when the server got the request."""
        if not 1 <= len(command.key) <= N_MAX_KEY or not command.key.isprintable():
            reason = f"幂等键须为 1 至 {N_MAX_KEY} 个可见字符"
            raise Invalid(reason, field="key", faults=[Fault("key", "bad_key", reason)])
        verb = self._verbs[type(command)]
        at = received_at or self._clock.now()
        for n_failed in range(N_TRIES - 1):
            try:
                return self._once(verb, command, actor, at)
            except Transient:
                log.warning("transaction lost, trying again", extra={"action": "runner.retry"})
                self._pause.wait(BACKOFF_SECONDS * 2**n_failed)
        return self._once(verb, command, actor, at)

    def _once(self, verb: Verb, command: Command, actor: Actor, received_at: datetime) -> Any:
        tx: Tx | None = None
        try:
            with UnitOfWork(self._database) as uow:
                locked = self._lock(uow, verb, command)
                reach(Point.AFTER_LOCK)
                tx = Tx(uow, self._world, actor, received_at, self._clock.now(), locked)
                result = self._inside(verb, command, tx)
            reach(Point.AFTER_RESPONSE)
            return result
        except EngineError as error:
            if tx is not None and tx.fired and not isinstance(error, Transient):
                self._fire_overdue(tx, received_at)
            raise

    def _lock(self, uow: UnitOfWork, verb: Verb, command: Command) -> orders.OrderRow | None:
        if verb.locks is not None:
            kind, field = verb.locks
            return orders.lock(uow, kind, getattr(command, field))
        if verb.lock_name is not None:
            locks.lock_name(uow, *verb.lock_name(command))
        return None

    def _inside(self, verb: Verb, command: Command, tx: Tx) -> Any:
        kind = verb.command.__name__
        digest = self._world.vault.digest(body_of(command))
        seen = self._seen(verb, command, tx)
        reach(Point.AFTER_REPLAY_CHECK)
        if seen is not None:
            if (seen.kind, seen.digest) != (kind, digest):
                raise KeyReused()
            return result_from_json(verb.result, seen.result)
        require(tx.actor, verb.permission)
        if tx.locked is not None:
            require_own(tx.actor, tx.locked.order_no)
            require_unit(tx.actor, tx.locked.unit_code, self._world.organisation(tx.connection).is_within)
        reach(Point.AFTER_POLICY)
        if tx.locked is not None:
            overdue.fire_before(tx, tx.received_at)
        result = verb.handle(command, tx)
        reach(Point.AFTER_ENGINE)
        if tx.house_events:
            audit.write_house(tx.uow, tx.house_events, tx.now)
        with tx.uow.together():
            if tx.locked is not None:
                changes.write(tx.uow, tx.locked, tx.changes, tx.now)
            command_log.remember(tx.uow, tx.actor.id, command.key, kind, digest, result_to_json(result), tx.now)
        tx.uow.finish()
        return result

    def _seen(self, verb: Verb, command: Command, tx: Tx) -> command_log.Seen | None:
        if verb.locks is None or verb.locks[0] != "task":
            return command_log.find(tx.uow, tx.actor.id, command.key)
        task_id = getattr(command, verb.locks[1])
        seen, task = prefetch.seen_and_task(tx.uow, tx.actor.id, command.key, task_id)
        tx.know(task_id, task)
        return seen

    def _fire_overdue(self, lost: Tx, until: datetime) -> None:
        """The command failed after the timers before it had fired: they stay fired, in a transaction of their own."""
        with UnitOfWork(self._database) as uow:
            locked = orders.lock(uow, "order", lost.order.id)
            tx = Tx(uow, self._world, lost.actor, until, self._clock.now(), locked)
            overdue.fire_before(tx, until)
            changes.write(uow, locked, tx.changes, tx.now)
            uow.finish()
