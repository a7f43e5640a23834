"""All that a leaver has goes to others (离职交接): his account is closed first, so that nothing new comes to him.

A task is a transaction of its own. What could not be given away is said and stays his; running it again goes on there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.commands.close_account import CloseAccount
from engine.commands.hand_over_task import HandOverTask
from engine.errors import Conflict, EngineError, Forbidden, Invalid, NotFound
from engine.policy import Actor
from engine.queries import handover

if TYPE_CHECKING:
    from engine.app import Engine


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one task: who has it now (None: its role), or why it stayed."""

    task_id: str
    name: str
    order_no: str
    to: str | None
    error: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """All tasks of the leaver, in the order in which they were tried."""

    login: str
    lines: tuple[Line, ...]

    @property
    def n_left(self) -> int:
        """How many are still his."""
        return sum(bool(line.error) for line in self.lines)


def hand_over(
    engine: Engine, actor: Actor, login: str, successors: Mapping[str, str], reason: str, key: str, note: str = ""
) -> HandedOver:
    """Close the account and give every open task of it to the successor of its role (`successors`: role -> login; "" is
    for every other role). Raises NotFound, Forbidden, Invalid before anything has been done."""
    engine.run(CloseAccount(login, reason, f"{key}:account", note), actor)
    with engine.read() as view:
        held = handover.open_tasks(view, actor, login)
    return HandedOver(login, tuple(_one(engine, actor, task, login, successors, reason, key, note) for task in held))


def _one(
    engine: Engine,
    actor: Actor,
    task: handover.HeldTask,
    login: str,
    successors: Mapping[str, str],
    reason: str,
    key: str,
    note: str,
) -> Line:
    to = successors.get(task.role, successors.get("", ""))
    try:
        held = engine.run(HandOverTask(task.task_id, login, to, reason, f"{key}:{task.task_id}", note), actor)
    except (Conflict, Forbidden, Invalid, NotFound) as error:
        return Line(task.task_id, task.name, task.order_no, None, _why(error))
    return Line(task.task_id, task.name, task.order_no, held.assignee, "")


def _why(error: EngineError) -> str:
    faults = getattr(error, "faults", ())
    return "；".join(fault.reason for fault in faults) or error.detail or error.text
