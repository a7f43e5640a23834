"""Delivers what processes want of the outside: claim, do outside of any transaction, record the result as a command.

At least once with a key: a worker that dies between doing and recording leaves the call to the next one, which does it
again under the same key. Personal values are opened by the handlers on their way out and go nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

from engine.app import Engine
from engine.commands.record_reply import RecordReply
from engine.crashpoints import Point, reach
from engine.outbox_worker.operators import Operator
from engine.outbox_worker.registry import OPERATORS
from engine.policy import SYSTEM
from engine.ports.failures import DeliveryFailed
from engine.ports.notification import Outside
from engine.store import applications, outbox
from engine.store.outbox import Delivery
from engine.store.uow import UnitOfWork

BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))

OperatorOf: TypeAlias = Callable[[str], Operator | None]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of the worker did; a call whose lease ended before its turn came counts nowhere."""

    n_answered: int
    n_postponed: int
    n_failed: int


def deliver_due(engine: Engine, outside: Outside | None = None, limit: int = 50) -> Round:
    """Do the calls that wait, several at a time, so that a slow platform holds up its own calls only.

    `outside` takes every call in place of the platforms, one after the other.
    """
    if outside is not None:
        whole = _all_to(outside)
        return _round(engine, _claimed(engine, limit, ()), lambda name: whole, n_threads=1)
    absent = [
        name
        for name, operator in OPERATORS.items()
        if operator.waits_for is not None and not engine.platforms.configured(operator.waits_for)
    ]
    n_threads = engine.settings.n_outbox_threads
    return _round(engine, _claimed(engine, limit, absent), OPERATORS.get, n_threads=n_threads)


def deliver_one(engine: Engine, order_id: int, call_id: str) -> str:
    """Do one waiting call now, whenever its turn would come: `answered`, `postponed` or `failed`; `left` if none waits.

    For those who drive an order by themselves; workers claim.
    """
    with engine.read() as view:
        rows = {row["call_id"]: row for row in outbox.of_order(view.connection, order_id)}
    row = rows.get(call_id)
    if row is None or row["state"] != outbox.PENDING:
        return "left"
    call = Delivery(call_id, order_id, row["operator"], row["params"], row["key"], row["n_attempts"] + 1)
    return _attempt(engine, OPERATORS.get, call, engine.clock.now() + _lease(engine))


def _round(engine: Engine, calls: list[Delivery], find: OperatorOf, *, n_threads: int) -> Round:
    until = engine.clock.now() + _lease(engine)
    if n_threads == 1 or len(calls) < 2:
        outcomes = [_attempt(engine, find, call, until) for call in calls]
    else:
        with ThreadPoolExecutor(min(n_threads, len(calls)), thread_name_prefix="outbox") as pool:
            outcomes = list(pool.map(lambda call: _attempt(engine, find, call, until), calls))
    return Round(outcomes.count("answered"), outcomes.count("postponed"), outcomes.count("failed"))


def _lease(engine: Engine) -> timedelta:
    return timedelta(seconds=engine.settings.outbox_lease_seconds)


def _claimed(engine: Engine, limit: int, absent: list[str] | tuple[str, ...]) -> list[Delivery]:
    with UnitOfWork(engine.database) as uow:
        found = outbox.claim(uow, engine.clock.now(), _lease(engine), limit, absent)
        uow.finish()
    return found


def _attempt(engine: Engine, find: OperatorOf, call: Delivery, until: datetime) -> str:
    """One call. Whatever goes wrong with it, the others that were claimed with it are done as well."""
    if engine.clock.now() >= until:
        return "left"  # another worker may hold it by now
    operator = find(call.operator)
    try:
        if operator is None:
            raise DeliveryFailed("UNKNOWN_OPERATOR", final=True)
        return _deliver(engine, operator, call)
    except DeliveryFailed as error:
        return _failed(engine, call, error)
    except Exception as error:
        log.exception("delivery broken", extra={"action": "outbox.broken", "call": call.call_id})
        return _failed(engine, call, DeliveryFailed(type(error).__name__, final=False))


def _deliver(engine: Engine, operator: Operator, call: Delivery) -> str:
    result = _result(engine, operator, call)
    reach(Point.OUTBOX_SENT)
    engine.run(operator.record(call, uuid4().hex, result), SYSTEM)
    return "answered"


def _result(engine: Engine, operator: Operator, call: Delivery) -> Any:
    try:
        return operator.handle(engine, call)
    except DeliveryFailed as error:
        if operator.when_down is None or error.reason.startswith("BAD_PARAMETER"):
            raise
        told = {"action": "outbox.down", "call": call.call_id, "operator": call.operator, "reason": error.reason}
        log.warning("platform down, the order goes on", extra=told)
        return operator.when_down(call)


def _failed(engine: Engine, call: Delivery, error: DeliveryFailed) -> str:
    log.warning("delivery failed", extra={"action": "outbox.failed", "call": call.call_id, "reason": str(error)})
    if error.final or call.n_attempts >= engine.settings.n_outbox_attempts:
        engine.run(RecordReply(call.call_id, uuid4().hex, error=str(error)), SYSTEM)
        return "failed"
    again_at = engine.clock.now() + BACKOFF[min(call.n_attempts, len(BACKOFF)) - 1]
    with UnitOfWork(engine.database) as uow:
        outbox.postpone(uow, call.call_id, again_at, str(error))
        uow.finish()
    return "postponed"


def _all_to(outside: Outside) -> Operator:
    def handle(engine: Engine, call: Delivery) -> Any:
        with engine.database.read() as connection:
            phone = applications.opened(connection, engine.vault, call.order_id, "phone")
        return outside.deliver(call.key, {"operator": call.operator, "params": call.params, "phone": phone})

    return Operator(handle)
