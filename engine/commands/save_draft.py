"""Keep what somebody has filled in of a task's form so far. Moves nothing and checks nothing but who and how much.

Locks no order and leaves no event: a draft is its writer's own, sealed, and gone when the task is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyDone, Forbidden, NotFound
from engine.policy import Permission, require_unit
from engine.store import desk, tasks

N_MAX_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """`values` as typed, `timing` when it happened and why it is late as typed. Both empty: forget the draft."""

    task_id: str
    values: Mapping[str, Any]
    timing: Mapping[str, str]
    key: str


@dataclass(frozen=True, slots=True)
class DraftSaved:
    """`saved_at` is the server's time, ISO 8601; blank when there is no draft any more."""

    task_id: str
    saved_at: str


def handle(command: SaveDraft, tx: Tx) -> DraftSaved:
    """Raises NotFound, AlreadyDone, Forbidden for who does not hold the task, Invalid for more than fits."""
    task = tx.task(command.task_id)
    if task is None:
        raise NotFound()
    require_unit(tx.actor, task.unit_code, tx.world.organisation(tx.connection).is_within)
    if task.state != tasks.OPEN:
        raise AlreadyDone()
    if task.assignee != tx.actor.id:
        raise Forbidden("先领取任务")
    timing = {name: text for name, text in command.timing.items() if text}
    if not command.values and not timing:
        desk.drop_draft(tx.uow, task.id, tx.actor.id)
        return DraftSaved(task.id, "")
    content = {"values": dict(command.values), "timing": timing}
    if len(orjson.dumps(content)) > N_MAX_BYTES:
        raise wrong("values", "too_big", "内容过多，未保存草稿")
    desk.save_draft(tx.uow, tx.world.vault, task.id, tx.actor.id, content, tx.received_at)
    return DraftSaved(task.id, instant_text(tx.received_at))


def instant_text(at: datetime) -> str:
    """As results carry instants."""
    return at.isoformat(timespec="seconds")


VERB = Verb(
    SaveDraft, DraftSaved, Permission.TASK_COMPLETE, handle, lock_name=lambda command: ("draft", command.task_id)
)
