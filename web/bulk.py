"""One act on many tasks: a command for each, so that one that fails stops no other. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.commands.assign_task import AssignTask
from engine.commands.claim_task import ClaimTask
from engine.commands.remind_order import RemindOrder
from engine.commands.unclaim_task import UnclaimTask
from engine.errors import EngineError, NotFound
from engine.queries import tasks as queries
from engine.queries.tasks import TaskLine
from web.accounts import actor, engine

Act: TypeAlias = Literal["claim", "unclaim", "assign", "remind"]
ACTS: tuple[Act, ...] = ("claim", "unclaim", "assign", "remind")
N_MOST = 100


@dataclass(frozen=True, slots=True)
class With:
    """What an act needs besides the tasks: to whom, or why."""

    to: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task; `error` None when the act was done, `line` None for one that the caller does not see."""

    task_id: str
    line: TaskLine | None
    error: EngineError | None


def lines(task_ids: Iterable[str]) -> dict[str, TaskLine | None]:
    """The tasks by id, None for those that the caller does not see."""
    with engine().read() as view:
        return {task_id: _line(view, task_id) for task_id in dict.fromkeys(task_ids)}


def run(act: Act, task_ids: Sequence[str], key: str, what: With) -> list[Outcome]:
    """Do it to each; the same key again repeats nothing. An order is reminded of once for all of its tasks."""
    found, reminded = [], dict[str, EngineError | None]()
    for task_id, line in lines(task_ids).items():
        if line is None:
            found.append(Outcome(task_id, None, NotFound()))
        elif act != "remind":
            found.append(Outcome(task_id, line, _refused(_command(act, task_id, f"{key}:{task_id}", what))))
        else:
            if line.order_no not in reminded:
                command = RemindOrder(line.order_no, what.reason, f"{key}:{line.order_no}", what.note)
                reminded[line.order_no] = _refused(command)
            found.append(Outcome(task_id, line, reminded[line.order_no]))
    return found


def _line(view: Any, task_id: str) -> TaskLine | None:
    try:
        return queries.line_of(view, actor(), task_id)
    except NotFound:
        return None


def _command(act: Act, task_id: str, key: str, what: With) -> ClaimTask | UnclaimTask | AssignTask:
    if act == "assign":
        return AssignTask(task_id, what.to, key)
    return ClaimTask(task_id, key) if act == "claim" else UnclaimTask(task_id, key)


def _refused(command: Any) -> EngineError | None:
    try:
        engine().run(command, actor())
    except EngineError as error:
        return error
    return None
