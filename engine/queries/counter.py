"""What the counter wants to know: whether the house knows a subject already, and how far an application has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.clock import SHANGHAI
from engine.policy import Actor, Permission, require
from engine.queries import documents as papers
from engine.queries.orders import OrderPage, order
from engine.queries.tasks import TaskLine, task_line
from engine.queries.view import View
from engine.store import applications, documents, outbox, reading, tasks
from engine.store.orders import ENDED

N_MAX_ORDERS = 5
N_MAX_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Known:
    """Orders of a subject in the actor's units: how many of the newest N_MAX_LOOKED_AT, and those that still run; the
    kinds of its documents that are on file and valid, which need not be asked for again."""

    n_orders: int
    running: Sequence[Mapping[str, Any]]
    on_file: list[str]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an application has come. `calls`: what was asked about identity and documents, oldest first; `settled`
    when none of it is awaited any more."""

    page: OrderPage
    papers: papers.PapersPage
    calls: list[dict[str, Any]]
    tasks: list[TaskLine]
    settled: bool


def known_subject(view: View, actor: Actor, id_no: str) -> Known:
    """By the blind index of a normalised number: the number itself is neither stored nor told."""
    require(actor, Permission.ORDER_ACCEPT)
    index = view.world.vault.index(id_no)
    rows = applications.of_subject(view.connection, index, but=0, units=view.units_of(actor), limit=N_MAX_LOOKED_AT)
    on_file = documents.on_file(view.connection, index, view.now.astimezone(SHANGHAI).date())
    return Known(len(rows), [row for row in rows if row["status"] not in ENDED][:N_MAX_ORDERS], on_file)


def progress(view: View, actor: Actor, order_no: str) -> Progress:
    """Raises NotFound outside the actor's units."""
    page = order(view, actor, order_no)
    head = reading.order_of_id(view.connection, page.head["id"])
    lines = [
        task_line(head | {name: getattr(row, name) for name in tasks.TaskRow.__slots__}, actor)
        for row in page.tasks
        if row.state == tasks.OPEN
    ]
    calls = [call for call in page.calls if call["operator"] in ("identity.verify", "documents.fetch")]
    waiting = any(call["state"] == outbox.PENDING for call in calls)
    return Progress(page, papers.of_order(view, actor, order_no), calls, lines, not waiting)
