"""What a running order waits to be told: a message event of its diagram each, with the form that tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain.holds import goes_on
from engine.errors import NotFound
from engine.kernel import spiff
from engine.kernel.forms import resolved
from engine.kernel.model import AwaitedMessage
from engine.policy import Actor
from engine.queries.orders import order_head
from engine.queries.tasks import known_values, summary
from engine.queries.view import View
from engine.store import reading
from engine.world import Version


@dataclass(frozen=True, slots=True)
class AwaitedLine:
    """One thing that may be registered. `open_now`: no suspension stops it; `may_deliver`: nor the actor's role."""

    message: str
    element_id: str
    name: str
    role: str
    folder: str
    may_deliver: bool
    open_now: bool


@dataclass(frozen=True, slots=True)
class MessagePage:
    """One to register: its form as it stands now (None if it has none), values to start from, what stands above it."""

    line: AwaitedLine
    form: Mapping[str, Any] | None
    values: Mapping[str, Any]
    summary: tuple[tuple[str, Any], ...]


def of_order(view: View, actor: Actor, order_no: str) -> list[AwaitedLine]:
    """All that the order waits for now. Raises NotFound outside the actor's units."""
    head = order_head(view, actor, order_no)
    return list(_lines(view, actor, head))


def one(view: View, actor: Actor, order_no: str, element_id: str) -> MessagePage:
    """One of them, by its event. Raises NotFound outside the actor's units, and when the order does not wait for it."""
    head = order_head(view, actor, order_no)
    version, state = _running(view, head)
    if version is None or state is None:
        raise NotFound()
    found = next((one for one in spiff.inspect(version.process, state).messages if one.element_id == element_id), None)
    if found is None:
        raise NotFound()
    form, known = version.process.forms.get(found.form_key), spiff.scope(version.process, state, element_id)
    form = resolved(form, known) if form is not None else None
    return MessagePage(_line(version, actor, head, found), form, known_values(form, known), summary(form, known))


def _lines(view: View, actor: Actor, head: Mapping[str, Any]) -> Iterator[AwaitedLine]:
    version, state = _running(view, head)
    if version is not None and state is not None:
        for found in spiff.inspect(version.process, state).messages:
            yield _line(version, actor, head, found)


def _running(view: View, head: Mapping[str, Any]) -> tuple[Version | None, bytes | None]:
    version_id = head["process_version_id"]
    if version_id is None or head["completed_at"] is not None:
        return None, None
    return view.world.version(view.connection, version_id), reading.instance(view.connection, head["id"])


def _line(version: Version, actor: Actor, head: Mapping[str, Any], found: AwaitedMessage) -> AwaitedLine:
    folder = version.process.index.elements[found.element_id].process
    is_his = not found.role or found.role in actor.roles or actor.kind == "system"
    within = version.process.while_suspended(found.element_id)
    open_now = goes_on(suspended=head["suspended_since"] is not None, within=within, message=found.message)
    return AwaitedLine(found.message, found.element_id, found.name, found.role, folder, is_his and open_now, open_now)
