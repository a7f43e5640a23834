"""Orders as staff see them: lists, and one order whole with clocks, tasks, timers, incidents and decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from engine.errors import Invalid, NotFound
from engine.kernel import spiff
from engine.kernel.elements import HOLDERS
from engine.kernel.loader import Process
from engine.kernel.outline import ahead
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import audit, clocks, orders, outbox, reading, tasks, timers

N_MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """A diagram that the order is or was on: the key and title of its folder, and whether it stands there now, and
    not only in what the diagram calls."""

    key: str
    title: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One order. `head` is its row with masks; `current` the elements where it stands now, of whatever diagram;
    `drawn` the diagrams on which it is or was, its own first; `diagrams` all of its version, by folder."""

    head: Mapping[str, Any]
    clocks: list[dict[str, Any]]
    tasks: list[tasks.TaskRow]
    timers: list[dict[str, Any]]
    calls: list[dict[str, Any]]
    incidents: list[dict[str, Any]]
    decisions: list[dict[str, Any]]
    current: tuple[str, ...]
    passed: tuple[str, ...]
    drawn: tuple[Drawn, ...]
    diagrams: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the record, its body read."""

    seq: int
    recorded_at: Any
    occurred_at: Any
    actor: str
    kind: str
    body: dict[str, Any]


def order_list(
    view: View, actor: Actor, *, status: str | None = None, after: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """A page of orders of the actor's units, newest first; `after` is the last `id` of the page before."""
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    return reading.orders(view.connection, units=view.units_of(actor), status=status, after=after, limit=limit)


def waiting_orders(view: View, actor: Actor, *, after: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Orders accepted while their process is not deployed."""
    return order_list(view, actor, status=orders.WAITING_PROCESS, after=after, limit=limit)


def order(view: View, actor: Actor, order_no: str) -> OrderPage:
    """One order whole. Raises NotFound outside the actor's units."""
    head = order_head(view, actor, order_no)
    order_id = head["id"]
    entries = _entries(view, order_id)
    standing = _standing(view, head)
    version_id = head["process_version_id"]
    process = view.world.version(view.connection, version_id).process if version_id else None
    current = standing.current if standing else ()
    passed = tuple(element for entry in entries for element in entry.body.get("passed", ()))
    return OrderPage(
        head=head,
        clocks=clocks.of_order(view.connection, order_id),
        tasks=tasks.of_order(view.connection, order_id),
        timers=timers.of_order(view.connection, order_id),
        calls=outbox.of_order(view.connection, order_id),
        incidents=reading.incidents_of(view.connection, order_id),
        decisions=[decision for entry in entries for decision in entry.body.get("decisions", ())],
        current=current,
        passed=passed,
        drawn=_drawn(process, passed, current) if process else (),
        diagrams=process.diagrams if process else {},
    )


def _drawn(process: Process, passed: tuple[str, ...], current: tuple[str, ...]) -> tuple[Drawn, ...]:
    """The order may have come over from another process: what it passed there is not drawn here."""
    known = process.index.elements
    touched = dict.fromkeys(known[each].process for each in (*passed, *current) if each in known)
    stands = {known[each].process for each in current if known[each].tag not in HOLDERS | {"boundaryEvent"}}
    titles = {process.key: process.title} | {key: str(m.get("title", key)) for key, m in process.called.items()}
    return tuple(Drawn(key, titles[key], key in stands) for key in dict.fromkeys((process.key, *touched)))


def coming(page: OrderPage) -> frozenset[str]:
    """Elements that may still come on the diagrams where the order stands. None once it has ended."""
    if not page.current:
        return frozenset()
    return frozenset().union(*(ahead(page.diagrams[each.key], each.key, page.current) for each in page.drawn))


def timeline(view: View, actor: Actor, order_no: str) -> list[Entry]:
    """Everything that happened to an order, oldest first. Raises NotFound outside the actor's units."""
    return _entries(view, order_head(view, actor, order_no)["id"])


def incidents(view: View, actor: Actor, limit: int = N_MAX_PAGE) -> list[dict[str, Any]]:
    """What has stopped and not been mended, in the actor's units, with the name of the element as drawn."""
    require(actor, Permission.INCIDENT_RETRY)
    found = reading.open_incidents(view.connection, units=view.units_of(actor), limit=limit)
    for row in found:
        row["element_name"] = element_names(view, row["process_version_id"]).get(row["element_id"], row["element_id"])
    return found


def element_names(view: View, version_id: int | None) -> dict[str, str]:
    """Element id -> name, as drawn on the diagram of a version."""
    if version_id is None:
        return {}
    known = view.world.version(view.connection, version_id).process.index.elements
    return {element_id: name for element_id, element in known.items() if (name := element.name)}


def order_head(view: View, actor: Actor, order_no: str) -> dict[str, Any]:
    """The row of an order with masks. Raises NotFound outside the actor's units."""
    require(actor, Permission.ORDER_READ)
    head = reading.order(view.connection, order_no)
    if head is None or not view.sees(actor, head["unit_code"]):
        raise NotFound()
    return head


def _standing(view: View, head: Mapping[str, Any]) -> spiff.Standing | None:
    state = reading.instance(view.connection, head["id"])
    if state is None:
        return None
    return spiff.inspect(view.world.version(view.connection, head["process_version_id"]).process, state)


def _entries(view: View, order_id: int) -> list[Entry]:
    return [
        Entry(r["seq"], r["recorded_at"], r["occurred_at"], r["actor"], r["kind"], orjson.loads(r["body"]))
        for r in audit.events_of(view.connection, order_id)
    ]
