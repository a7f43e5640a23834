"""The one door to SpiffWorkflow: `start`, `advance`, `inspect`. Pure: bytes and a step in, bytes and effects out.

Timers fire only on a `Fire` step. A step whose automatic part fails is kept as accepted but unfinished (`trouble` says
why); everything after the person's own act is as if it had not been tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError, InvalidForm, NotReady
from engine.kernel.model import (
    Advance,
    ArmedTimer,
    Call,
    Complete,
    Deliver,
    Env,
    Fire,
    Json,
    OpenTask,
    Reply,
    Retry,
    Step,
    Trouble,
)
from engine.kernel.spiff.codec import dump, restore
from engine.kernel.spiff.instance import ROOT, Instance
from engine.kernel.spiff.parsing import Net, build
from engine.kernel.spiff.specs import OnCommand, ServiceTask
from engine.kernel.spiff.tree import Token
from engine.kernel.trouble import Stuck

if TYPE_CHECKING:
    from engine.kernel.loader import Process

__all__ = ["Net", "Standing", "advance", "build", "inspect", "scope", "start"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an instance stands: what it waits for and its variables."""

    tasks: Mapping[str, OpenTask]
    timers: Mapping[str, ArmedTimer]
    calls: Mapping[str, Call]
    messages: tuple[str, ...]
    variables: Mapping[str, Json]
    current: tuple[str, ...]
    completed: bool
    stuck: bool


_NOWHERE = Standing({}, {}, {}, (), {}, (), completed=False, stuck=False)
_NEVER = Env(now=datetime.min.replace(tzinfo=UTC))


def start(process: Process, variables: Mapping[str, Json], env: Env) -> Advance:
    """A new instance, run until it waits for the first time."""

    def fresh() -> Instance:
        instance = Instance(process, env)
        instance.variables[ROOT].update(variables)
        instance.workflow.begin()
        return instance

    return _settle(fresh(), [], _NOWHERE, fresh)


def advance(process: Process, state: bytes, step: Step, env: Env) -> Advance:
    """Take one step and everything automatic that follows.

    Raises:
        NotReady: what the step is about is not open in this instance; SpiffWorkflow itself would run a finished task
            again without a word.
    """
    instance = restore(process, state, env)
    before = _standing(instance)

    def taken() -> Instance:
        again = restore(process, state, env)
        again.todo += [item for item in _accept(again, step) if item not in again.todo]
        return again

    return _settle(instance, _accept(instance, step), before, taken)


def inspect(process: Process, state: bytes) -> Standing:
    """Where the instance stands, without moving it."""
    return _standing(restore(process, state, _NEVER))


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


def _settle(instance: Instance, todo: list[list[str]], before: Standing, taken: Callable[[], Instance]) -> Advance:
    """Do what was accepted. If that fails, the state is `taken`: accepted, nothing automatic tried, and why."""
    trouble = None
    try:
        instance.todo = [item for item in instance.todo if item not in todo]
        for kind, task_id in todo:
            _perform(instance, kind, task_id)
        instance.drain()
        state = dump(instance)
    except EngineError as error:
        trouble = _trouble(error, instance)
        instance = taken()
        state = _accepted(instance)
    after = _standing(instance)
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


def _accept(instance: Instance, step: Step) -> list[list[str]]:
    """Check that the step is possible, keep its values, and return what is to be done: [[kind, task id]]."""
    if isinstance(step, Retry):
        return list(instance.todo)
    if isinstance(step, Deliver):
        task = next((t for t in instance.unfinished() if _awaits(instance, t, step.message)), None)
    else:
        wanted = {Complete: "task_id", Fire: "timer_id", Reply: "call_id"}[type(step)]
        task = instance.find(getattr(step, wanted))
    if task is None or task.id in {task_id for _, task_id in instance.todo} or not _possible(task, step):
        raise NotReady()
    if isinstance(step, Complete):
        instance.scope_of(task).update(step.values)
        return [["complete", task.id]]
    if isinstance(step, Reply):
        instance.keep_result(task, instance.element(task).result, step.result, "")
        return [["reply", task.id]]
    if isinstance(step, Deliver):
        instance.scope_of(task).update(step.payload)
    return [["happen", task.id]]


def _possible(task: Token, step: Step) -> bool:
    if isinstance(step, Complete):
        return task._state == TaskState.READY and bool(task.task_spec.manual)
    if isinstance(step, Reply):
        return task._state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)
    kind = "timer" if isinstance(step, Fire) else "message"
    return task._state == TaskState.WAITING and getattr(_definition(task), "kind", "") == kind


def _awaits(instance: Instance, task: Token, message: str) -> bool:
    definition = _definition(task)
    return definition is not None and definition.kind == "message" and instance.element(task).message == message


def _perform(instance: Instance, kind: str, task_id: str) -> None:
    task = instance.find(task_id)
    if task is None:
        return  # cancelled meanwhile by another branch
    if kind == "complete":
        instance.run(task)
    elif kind == "reply":
        task.complete()
    else:
        task.internal_data["event_fired"] = True
        task.task_spec._update(task)


def _definition(task: Token) -> OnCommand | None:
    definition = getattr(task.task_spec, "event_definition", None)
    return definition if isinstance(definition, OnCommand) else None


def _standing(instance: Instance) -> Standing:
    held = {task_id for _, task_id in instance.todo}
    tasks: dict[str, OpenTask] = {}
    timers: dict[str, ArmedTimer] = {}
    calls: dict[str, Call] = {}
    messages: list[str] = []
    current: list[str] = []
    for task in instance.unfinished():
        if task.task_spec.name not in instance.process.index.elements:
            continue
        current.append(task.task_spec.name)
        if task.id in held:
            continue
        element = instance.element(task)
        if task._state == TaskState.READY and task.task_spec.manual:
            role = instance.process.roles.get(element.lane, "")
            tasks[task.id] = OpenTask(task.id, element.id, element.name, role, element.form, element.stage)
        elif "due" in task.internal_data and task._state == TaskState.WAITING:
            due, why = datetime.fromisoformat(task.internal_data["due"]), task.internal_data["why"]
            timers[task.id] = ArmedTimer(task.id, element.id, element.name, due, element.interrupting, why)
        elif element.message and task._state == TaskState.WAITING:
            messages.append(element.message)
        elif "call" in task.internal_data and task._state == TaskState.STARTED:
            call = task.internal_data["call"]
            calls[task.id] = Call(task.id, element.id, call["operator"], call["params"])
    done = instance.workflow.completed
    names = instance.variables[ROOT]
    return Standing(tasks, timers, calls, tuple(messages), names, tuple(current), done, bool(instance.todo))
