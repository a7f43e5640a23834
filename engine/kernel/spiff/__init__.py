"""The one door to SpiffWorkflow: `start`, `advance`, `inspect`. Pure: bytes and a step in, bytes and effects out.

Timers fire only on a `Fire` step. A step whose automatic part fails is kept as accepted but unfinished (`trouble` says
why); everything after the person's own act is as if it had not been tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.errors import EngineError, InvalidForm, NotReady
from engine.kernel.model import Advance, Env, Json, Step, Trouble
from engine.kernel.spiff.acceptance import accept, perform
from engine.kernel.spiff.codec import dump, restore
from engine.kernel.spiff.instance import ROOT, Instance
from engine.kernel.spiff.jumping import taken_back
from engine.kernel.spiff.parsing import Net, build
from engine.kernel.spiff.standing import NOWHERE, Standing, standing
from engine.kernel.trouble import Stuck

if TYPE_CHECKING:
    from engine.kernel.loader import Process

__all__ = ["Net", "Standing", "advance", "build", "inspect", "returnable", "scope", "start"]


_NEVER = Env(now=datetime.min.replace(tzinfo=UTC))


def start(process: Process, variables: Mapping[str, Json], env: Env) -> Advance:
    """A new instance, run until it waits for the first time."""

    def fresh() -> Instance:
        instance = Instance(process, env)
        instance.variables[ROOT].update(variables)
        instance.workflow.begin()
        return instance

    return _settle(fresh(), [], NOWHERE, fresh)


def advance(process: Process, state: bytes, step: Step, env: Env) -> Advance:
    """Take one step and everything automatic that follows.

    Raises:
        NotReady: what the step is about is not open in this instance; SpiffWorkflow itself would run a finished task
            again without a word.
        Invalid, RuleBroken, RuleFailed: as `acceptance.accept` says.
    """
    instance = restore(process, state, env)
    before = standing(instance)

    def taken() -> Instance:
        again = restore(process, state, env)
        again.todo += [item for item in accept(again, step) if item not in again.todo]
        return again

    return _settle(instance, accept(instance, step), before, taken)


def inspect(process: Process, state: bytes) -> Standing:
    """Where the instance stands, without moving it."""
    return standing(restore(process, state, _NEVER), with_scopes=True)


def scope(process: Process, state: bytes, place: str) -> dict[str, Json]:
    """The variables that an open task, or what waits at an element (a message), sees: of the called process around it.

    `place` is the id of the task or of the element. Raises NotReady when nothing waits there.
    """
    instance = restore(process, state, _NEVER)
    waiting = instance.unfinished()
    task = next((task for task in waiting if place in (task.id, task.task_spec.name)), None)
    if task is None:
        raise NotReady()
    return dict(instance.scope_of(task))


def returnable(process: Process, state: bytes, task_id: str, elements: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """To which of these elements an open user task may be returned -> the names of what would be taken back besides."""
    instance = restore(process, state, _NEVER)
    task, found = instance.find(task_id), dict[str, tuple[str, ...]]()
    if task is None:
        return found
    for element_id in elements:
        try:
            gone = taken_back(instance, task, element_id)
        except NotReady:
            continue
        named = (process.index.elements[token.element_id].name for token in gone[1:])
        found[element_id] = tuple(name for name in named if name)
    return found


def _settle(instance: Instance, todo: list[list[str]], before: Standing, taken: Callable[[], Instance]) -> Advance:
    """Do what was accepted. If that fails, the state is `taken`: accepted, nothing automatic tried, and why."""
    trouble = None
    try:
        instance.todo = [item for item in instance.todo if item not in todo]
        for kind, task_id in todo:
            perform(instance, kind, task_id)
        instance.drain()
        state = dump(instance)
    except EngineError as error:
        trouble = _trouble(error, instance)
        instance = taken()
        state = _accepted(instance)
    after = standing(instance)
    return Advance(
        state=state,
        completed=after.completed,
        opened=tuple(after.tasks[i] for i in after.tasks if i not in before.tasks),
        closed=tuple(i for i in before.tasks if i not in after.tasks),
        armed=tuple(after.timers[i] for i in after.timers if i not in before.timers),
        disarmed=tuple(i for i in before.timers if i not in after.timers),
        pending={i: timer.due_at for i, timer in after.timers.items()},
        calls=tuple(after.calls[i] for i in after.calls if i not in before.calls),
        recalled=tuple(i for i in before.calls if i not in after.calls),
        decisions=tuple(instance.decisions),
        doubts=tuple(instance.doubts),
        passed=tuple(instance.passed),
        branches=tuple(instance.branches),
        stages=after.stages,
        entered=after.stages - before.stages,
        left=before.stages - after.stages,
        trouble=trouble,
    )


def _accepted(instance: Instance) -> bytes:
    """The state with the person's values and nothing else done.

    Raises:
        InvalidForm: the values alone break the bound on data; then they are refused instead of kept.
    """
    try:
        return dump(instance)
    except Stuck as error:
        raise InvalidForm(error.detail) from error


def _trouble(error: EngineError, instance: Instance) -> Trouble:
    if isinstance(error, Stuck):
        return Trouble(error.element_id, error.reason, error.detail, error.notes, error.decisions)
    return Trouble(instance.passed[-1] if instance.passed else "", error.code, str(error))
