"""Delivers what processes want of the outside: claim, send outside of any transaction, record the reply as a command.

At least once with a key: a worker that dies between sending and recording leaves the call to the next one, which sends
it again under the same key. A recipient's phone is taken from the vault here and goes nowhere else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from engine.app import Engine
from engine.commands.record_reply import RecordReply
from engine.crashpoints import Point, reach
from engine.policy import SYSTEM
from engine.ports.notification import DeliveryFailed, HttpOutside, Outside
from engine.store import applications, outbox
from engine.store.outbox import Delivery
from engine.store.uow import UnitOfWork

BACKOFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of the worker did."""

    n_answered: int
    n_postponed: int
    n_failed: int


def deliver_due(engine: Engine, outside: Outside | None = None, limit: int = 50) -> Round:
    """Deliver the calls that wait; nothing is done while no outside platform is configured."""
    if outside is None:
        if not engine.settings.sandbox_url:
            return Round(0, 0, 0)
        outside = HttpOutside(engine.settings.sandbox_url)
    outcomes = [_attempt(engine, outside, call) for call in _claimed(engine, limit)]
    return Round(outcomes.count("answered"), outcomes.count("postponed"), outcomes.count("failed"))


def _claimed(engine: Engine, limit: int) -> list[Delivery]:
    lease = timedelta(seconds=engine.settings.outbox_lease_seconds)
    with UnitOfWork(engine.database) as uow:
        found = outbox.claim(uow, engine.clock.now(), lease, limit)
        uow.finish()
    return found


def _attempt(engine: Engine, outside: Outside, call: Delivery) -> str:
    """One call. Whatever goes wrong with it, the others that were claimed with it are delivered as well."""
    try:
        return _deliver(engine, outside, call)
    except Exception as error:
        log.exception("delivery broken", extra={"action": "outbox.broken", "call": call.call_id})
        return _failed(engine, call, DeliveryFailed(type(error).__name__, final=False))


def _deliver(engine: Engine, outside: Outside, call: Delivery) -> str:
    try:
        reply = outside.deliver(call.key, _message(engine, call))
    except DeliveryFailed as error:
        return _failed(engine, call, error)
    reach(Point.OUTBOX_SENT)
    engine.run(RecordReply(call.call_id, uuid4().hex, result=reply), SYSTEM)
    return "answered"


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


def _message(engine: Engine, call: Delivery) -> dict[str, Any]:
    """Operator, parameters and recipient; the phone exists in the clear only on its way out."""
    with engine.database.read() as connection:
        phone = applications.opened(connection, engine.vault, call.order_id, "phone")
    return {"operator": call.operator, "params": call.params, "phone": phone}
