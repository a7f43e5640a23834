"""Start the process of an order that waited for it to be deployed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands import steps
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.classification import feel_date
from engine.errors import NotReady
from engine.policy import Permission
from engine.store import applications, orders, processes
from engine.world import Version


@dataclass(frozen=True, slots=True)
class StartOrder:
    """The order by its id; the newest version of its process is taken."""

    order_id: int
    key: str


@dataclass(frozen=True, slots=True)
class Started:
    """The order runs on this version of its process."""

    order_id: int
    order_no: str
    process_key: str
    version: int


def handle(command: StartOrder, tx: Tx) -> Started:
    """Raises NotReady when it has started before or its process is still not deployed."""
    order = tx.order
    version_id = processes.newest_id(tx.connection, order.process_key)
    if order.status != orders.WAITING_PROCESS or version_id is None:
        raise NotReady("工单已启动，或其流程尚未部署")
    version = tx.world.version(tx.connection, version_id)
    begin(tx, version, applications.facts(tx.connection, order.id))
    return Started(order.id, order.order_no, order.process_key, version.row.version)


def begin(tx: Tx, version: Version, facts: Mapping[str, Any]) -> None:
    """Start the locked order on a version, and say so in the record."""
    order = tx.order
    variables = {
        **facts,
        "order_no": order.order_no,
        "category": order.category,
        "applied_on": feel_date(shanghai_day(order.submitted_at)),
        "in_sme_park": facts["sme_park_code"] is not None,
    }
    body = steps.start(tx, version, variables)
    tx.record("OrderStarted", {"process": version.row.process_key, "version": version.row.version, **body})


VERB = Verb(StartOrder, Started, Permission.ORDER_START, handle, locks=("order", "order_id"))
