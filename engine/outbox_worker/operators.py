"""What an operator of the worker is: its handler, its platform, and what happens when the platform does not answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.app import Engine
from engine.commands.record_reply import RecordReply
from engine.commands.verbs import Command
from engine.store.outbox import Delivery

Handler: TypeAlias = Callable[[Engine, Delivery], Any]
"""Does what the call asks, outside of any transaction, and gives its result: JSON, or what `record` takes. Raises
DeliveryFailed. May be called again for the same call (same `key`), so the second time must be harmless."""


def reply(call: Delivery, key: str, result: Any) -> Command:
    """The result is the reply, as it is."""
    return RecordReply(call.call_id, key, result=result)


@dataclass(frozen=True, slots=True)
class Operator:
    """`waits_for` names a platform without which there is no point in trying: calls stay where they are.

    `when_down`: the result when the platform gave no answer, so that the order goes on at once and the process decides
    what to do about it. Without it the call is tried for hours and ends as an incident. `record` makes the command that
    writes the result down.
    """

    handle: Handler
    waits_for: str | None = None
    when_down: Callable[[Delivery], Any] | None = None
    record: Callable[[Delivery, str, Any], Command] = reply
