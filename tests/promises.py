"""Promises of an order, step by step: a draft, a signature, what comes next, what is delivered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine.app import Engine
from engine.clock import ManualClock
from engine.commands.accept_application import Accepted
from engine.policy import SYSTEM
from engine.queries import orders
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.tables import connection_order
from tests.orders import CLERK, accept, complete, tasks_of
from tests.papers import CHECKLIST, LIST, PROPERTY, answer, fetching, operate, papers

FRIDAY = date(2026, 3, 20)
"""The day until which `sign_both` promises."""


def failing(engine: Engine) -> Accepted:
    """An order: its property certificate is missing after a failed query, a list cannot be shared; nothing chosen."""
    fetching(engine)
    order = accept(engine)
    operate(engine, order.order_id, ("documents.open", {"checklist": CHECKLIST}))
    complete(engine, tasks_of(engine, order.order_id)["a"].id, CLERK)
    answer(engine, order.order_id, "DOWN", SYSTEM)
    return order


def promise_both(engine: Engine, order: Accepted) -> Accepted:
    choices = [{"doc_type": each["doc_type"], "way": "COMMITMENT"} for each in (PROPERTY, LIST)]
    operate(engine, order.order_id, ("documents.take", {"choices": choices}))
    return order


def sign_both(engine: Engine, order: Accepted) -> Accepted:
    draft(engine, order, FRIDAY)
    sign(engine, order)
    return order


def found(engine: Engine, order: Accepted) -> None:
    """The platform is asked again and has the certificate."""
    complete(engine, tasks_of(engine, order.order_id)["b"].id, CLERK)
    answer(engine, order.order_id, "FOUND", SYSTEM)


def run(engine: Engine, order: Accepted, operator: str, **params: Any) -> Any:
    return operate(engine, order.order_id, (operator, params))


def draft(engine: Engine, order: Accepted, due_on: date | None = None, **more: Any) -> str:
    items = [
        {"doc_type": each["doc_type"], "due_on": due_on and due_on.isoformat(), "delivery": "ONSITE", **more}
        for each in (PROPERTY, LIST)
    ]
    drafted: str = run(engine, order, "commitments.draft", items=items)["commitment_no"]
    return drafted


def number(order: Accepted) -> str:
    return f"{order.order_no}C01"


def sign(engine: Engine, order: Accepted, commitment_no: str | None = None, **params: Any) -> Any:
    values = {"commitment_no": commitment_no or number(order), "sign_method": "ON_PAPER", "signature": None}
    return run(engine, order, "commitments.sign", **(values | params))


def following(engine: Engine, order: Accepted) -> tuple[str, str | None, list[str]]:
    found = run(engine, order, "commitments.next", order_no=order.order_no)
    return found["action"], found["at"] and found["at"]["@datetime"][:16], found["items"]


def mark(engine: Engine, order: Accepted, action: str) -> Any:
    return run(engine, order, "commitments.mark", action=action)["outstanding"]


def receive(engine: Engine, order: Accepted, *doc_types: str, way: str = "ONSITE", on: str | None = None) -> Any:
    delivered = [{"doc_type": doc_type, "way": way} for doc_type in doc_types]
    return run(engine, order, "documents.receive", delivered=delivered, delivered_on=on)["outstanding"]


def letter(engine: Engine, order: Accepted, n: int = 0) -> CommitmentRow:
    return papers(engine, order.order_id).commitments[n]


def items(engine: Engine, order: Accepted) -> dict[str, ItemRow]:
    return {item.doc_type: item for item in papers(engine, order.order_id).items if item.status != "CANCELLED"}


def n_promised(engine: Engine, order: Accepted) -> Any:
    wanted = select(connection_order.c.n_promised).where(connection_order.c.id == order.order_id)
    with engine.read() as view:
        return view.connection.execute(wanted).scalar_one()


def kinds(engine: Engine, order: Accepted) -> list[str]:
    with engine.read() as view:
        return [entry.kind for entry in orders.timeline(view, CLERK, order.order_no)]


def move(clock: ManualClock, text: str) -> None:
    clock.move_to(datetime.fromisoformat(f"{text}+08:00"))
