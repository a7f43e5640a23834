"""One order as its customer sees it: how far it has come, what is missing, what waits for him. His own order only.

He has proven to hold the phone on the order and nothing more, so he is masked to himself too; only the letter that he
is to sign stands in the clear.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.domain.documents import NeedState, Way
from engine.domain.milestones import Milestone
from engine.errors import NotFound, Unauthenticated
from engine.kernel import spiff
from engine.kernel.model import AwaitedMessage
from engine.letters import Part
from engine.policy import SYSTEM, Actor, Permission, require
from engine.progress import PLAN_ANSWERED, WITHDRAWAL, may_rate, milestones_of, signing_task
from engine.queries import documents, letters
from engine.queries.view import View
from engine.store import clocks, holds, orders, portal, reading, tasks
from engine.store.portal import RatingRow
from engine.store.tasks import TaskRow
from engine.world import Version

TOTAL = "TOTAL"
_ASKED = frozenset({NeedState.OPEN.value, NeedState.PROMISED.value})


@dataclass(frozen=True, slots=True)
class Missing:
    """A document that is still out. `may_upload`: a photo is taken now; `due_on`: the day until which it was promised,
    if it was; `gate`: the stage before which it must be there."""

    doc_type: str
    name: str
    gate: str
    due_on: date | None
    may_upload: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A supply plan that waits for the customer's answer: label and value of what it says."""

    plan_no: str
    replied_on: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class OwnOrder:
    """The order whole. `total` is the row of its clock: of the whole process, or of the utility's stages together."""

    head: Mapping[str, Any]
    milestones: tuple[Milestone, ...]
    total: Mapping[str, Any] | None
    missing: tuple[Missing, ...]
    received: tuple[documents.Line, ...]
    sign_task: str | None
    sign_at_counter: bool
    plan: Plan | None
    may_withdraw: bool
    withdrawing: bool
    may_rate: bool
    rating: RatingRow | None


def own(view: View, actor: Actor) -> OwnOrder:
    """The customer's order. Raises NotFound when it is nobody's."""
    head = _head(view, actor)
    order_id, connection = head["id"], view.connection
    version = _version(view, head)
    waiting = list(_waiting(view, head, version))
    lines = documents.of_order(view, SYSTEM, head["order_no"]).lines
    task = _signing(view, order_id, version)
    withdrawing = holds.pending(connection, order_id, holds.TERMINATE) is not None
    running = head["status"] == orders.RUNNING
    return OwnOrder(
        head=head,
        milestones=tuple(milestones_of(connection, view.world, order_id)),
        total=_total(view, order_id) if running else None,
        missing=tuple(_missing(lines)) if running else (),
        received=tuple(line for line in lines if line.state == NeedState.HELD),
        sign_task=task.id if task and task.assignee is None else None,
        sign_at_counter=task is not None and task.assignee is not None,
        plan=_plan(view, head, version, waiting),
        may_withdraw=not withdrawing and any(one.message == WITHDRAWAL for one in waiting),
        withdrawing=withdrawing,
        may_rate=may_rate(connection, view.world, order_id),
        rating=portal.rating_of(connection, order_id),
    )


def letter(view: View, actor: Actor) -> Part | None:
    """The letter that waits for the customer's signature, in the clear: he must read what he signs."""
    head = _head(view, actor)
    if _signing(view, head["id"], _version(view, head)) is None:
        return None
    number = letters.draft_of(view, SYSTEM, head["order_no"])
    return letters.fragment(view, SYSTEM, number, masked=False) if number else None


def _head(view: View, actor: Actor) -> dict[str, Any]:
    require(actor, Permission.OWN_READ)
    if actor.kind != "customer":
        raise Unauthenticated()
    head = reading.order(view.connection, actor.order_no)
    if head is None:
        raise NotFound()
    return head


def _version(view: View, head: Mapping[str, Any]) -> Version | None:
    version_id = head["process_version_id"]
    return view.world.version(view.connection, version_id) if version_id is not None else None


def _waiting(view: View, head: Mapping[str, Any], version: Version | None) -> Iterator[AwaitedMessage]:
    state = reading.instance(view.connection, head["id"])
    if version is not None and state is not None and head["status"] == orders.RUNNING:
        yield from spiff.inspect(version.process, state).messages


def _signing(view: View, order_id: int, version: Version | None) -> TaskRow | None:
    if version is None:
        return None
    return signing_task(tasks.of_order(view.connection, order_id), version.process.forms)


def _total(view: View, order_id: int) -> Mapping[str, Any] | None:
    return next((row for row in clocks.of_order(view.connection, order_id) if row["stage"] == TOTAL), None)


def _missing(lines: tuple[documents.Line, ...]) -> Iterator[Missing]:
    """What is neither there nor merely looked up. A promised one comes by the ways that an open one has."""
    for line in lines:
        promised = line.state == NeedState.PROMISED
        if line.state in _ASKED and (promised or line.ways):
            due_on = line.promise.due_on if promised and line.promise and line.promise.status != "DRAFT" else None
            yield Missing(line.doc_type, line.name, line.gate, due_on, promised or Way.UPLOAD.value in line.ways)


def _plan(view: View, head: Mapping[str, Any], version: Version | None, waiting: list[AwaitedMessage]) -> Plan | None:
    found = next((one for one in waiting if one.message == PLAN_ANSWERED), None)
    state = reading.instance(view.connection, head["id"])
    if found is None or version is None or state is None or head["suspended_since"] is not None:
        return None
    known = spiff.scope(version.process, state, found.element_id)
    plan_no = str(known.get("plan_no") or "")
    drawn = [t for t in tasks.of_order(view.connection, head["id"]) if t.form and t.form.get("plan_no") == plan_no]
    last = max(drawn, key=lambda task: task.closed_at or task.opened_at, default=None)
    lines = tuple(_said(version.process.forms.get(last.form_key), last.form or {})) if last else ()
    return Plan(plan_no, _day(known.get("replied_on")), lines)


def _said(form: Mapping[str, Any] | None, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a plan says to the customer: its texts and numbers; not what staff only tick or note for themselves."""
    for name, part in (form["schema"]["properties"] if form else {}).items():
        value = values.get(name)
        if value is None or isinstance(value, bool | list | dict) or part.get("x-widget") == "textarea":
            continue
        text = part.get("x-labels", {}).get(str(value), str(value))
        yield part.get("title", name), f"{text} {part['x-unit']}" if "x-unit" in part else text


def _day(value: Any) -> str:
    return str(value.get("@date", "")) if isinstance(value, Mapping) else str(value or "")
