"""Start the process of an order that waited for it to be deployed."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import steps
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotReady
from engine.policy import Permission
from engine.store import orders, processes


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
    steps.begin_again(tx, version)
    return Started(order.id, order.order_no, order.process_key, version.row.version)


VERB = Verb(StartOrder, Started, Permission.ORDER_START, handle, locks=("order", "order_id"))
