"""Try again what an incident stopped, after its cause was mended."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import steps
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.kernel.model import Retry
from engine.policy import Permission
from engine.store import outbox


@dataclass(frozen=True, slots=True)
class RetryIncident:
    """Names one incident; whatever stands still in its order is tried again."""

    incident_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Retried:
    """`mended` is False when it failed again; there is a new incident then."""

    incident_id: int
    order_no: str
    mended: bool


def handle(command: RetryIncident, tx: Tx) -> Retried:
    """Raises NotReady when the order has no open incident."""
    if tx.order.n_incidents == 0:
        raise NotReady("工单没有未处理的异常")
    tx.order.n_incidents = 0
    tx.changes.resolved.append({"of_order": tx.order.id, "resolved_at": tx.now, "resolved_by": tx.actor.id})
    outbox.requeue_failed(tx.uow, tx.order.id, tx.now)
    body = steps.take(tx, Retry())
    tx.record("IncidentRetried", {"incident": command.incident_id, **body})
    return Retried(command.incident_id, tx.order.order_no, mended=tx.order.n_incidents == 0)


VERB = Verb(RetryIncident, Retried, Permission.INCIDENT_RETRY, handle, locks=("incident", "incident_id"))
