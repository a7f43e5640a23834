"""Where an instance stands: what it waits for, who may act on it, and its variables. Moves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from SpiffWorkflow.util.task import TaskState

from engine.kernel.elements import HOLDERS, Element
from engine.kernel.model import ArmedTimer, AwaitedMessage, Call, Json, OpenTask
from engine.kernel.spiff.instance import ROOT, Instance
from engine.kernel.spiff.many import ManyTimes
from engine.kernel.spiff.tree import Token


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an instance stands: what it waits for and its variables.

    `variables` are those of the process itself, `scopes` those that each open task (by id) and each awaited message
    (by element) sees: of its called process, if it stands in one. `stages` are those of the called processes and
    sub-processes that a token is in, and of the marked flows by which one came to a join where it waits; an open task
    has its own.
    """

    tasks: Mapping[str, OpenTask]
    timers: Mapping[str, ArmedTimer]
    calls: Mapping[str, Call]
    messages: tuple[AwaitedMessage, ...]
    variables: Mapping[str, Json]
    current: tuple[str, ...]
    completed: bool
    stuck: bool
    scopes: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    stages: frozenset[str] = frozenset()


NOWHERE = Standing({}, {}, {}, (), {}, (), completed=False, stuck=False)


def standing(instance: Instance, *, with_scopes: bool = False) -> Standing:
    """Everything that the instance waits for, apart from what an unfinished step holds."""
    held = instance.held()
    tasks: dict[str, OpenTask] = {}
    timers: dict[str, ArmedTimer] = {}
    calls: dict[str, Call] = {}
    messages: dict[str, AwaitedMessage] = {}
    scopes: dict[str, Mapping[str, Json]] = {}
    stages: set[str] = set()
    current: list[str] = []
    elements = instance.process.index.elements
    for task in instance.unfinished():
        element = elements.get(task.element_id)
        if element is None:
            continue
        if stage := _held_stage(instance, task, element):
            stages.add(stage)
        if isinstance(task.task_spec, ManyTimes):
            continue
        current.append(element.id)
        if task.id in held:
            continue
        role = instance.process.roles.get(element.lane, "")
        if task._state == TaskState.READY and task.task_spec.manual:
            around = _around(instance, task)
            tasks[task.id] = OpenTask(
                task.id, element.id, _name(task, element), role, element.form, element.stage, around
            )
            if with_scopes:
                scopes[task.id] = instance.scope_of(task)
        elif "due" in task.internal_data and task._state == TaskState.WAITING:
            timer_id, due = instance.timer_id(task), datetime.fromisoformat(task.internal_data["due"])
            why = task.internal_data["why"]
            timers[timer_id] = ArmedTimer(timer_id, element.id, element.name, due, element.interrupting, why)
        elif element.message and task._state == TaskState.WAITING:
            awaited = AwaitedMessage(element.message, element.id, element.name, role, element.form)
            messages.setdefault(element.id, awaited)
            if with_scopes:
                scopes.setdefault(element.id, instance.scope_of(task))
        elif "call" in task.internal_data and task._state == TaskState.STARTED:
            call = task.internal_data["call"]
            calls[task.id] = Call(task.id, element.id, call["operator"], call["params"])
    return Standing(
        tasks=tasks,
        timers=timers,
        calls=calls,
        messages=tuple(messages.values()),
        variables=instance.variables[ROOT],
        current=tuple(current),
        completed=instance.workflow.completed,
        stuck=bool(instance.todo),
        scopes=scopes,
        stages=frozenset(stages),
    )


def _around(instance: Instance, task: Token) -> tuple[str, ...]:
    """The stages marked on the calls and sub-processes that a token stands in, innermost first."""
    found: list[str] = []
    workflow = task.workflow
    while workflow.parent_task_id is not None:
        holder = workflow.parent_workflow.tasks[workflow.parent_task_id]
        element = instance.process.index.elements.get(holder.element_id)
        if element is not None and element.stage:
            found.append(element.stage)
        workflow = holder.workflow
    return tuple(dict.fromkeys(found))


def _held_stage(instance: Instance, task: Token, element: Element) -> str:
    """The stage that the token holds open: by standing in something, or by the flow on which it came to a join."""
    if element.tag in HOLDERS:
        return element.stage
    return instance.process.index.waits.get((task.internal_data.get("from", ""), element.id), "")


def _name(task: Token, element: Element) -> str:
    """The name of the element; that of an item says which of how many it is."""
    if "item" not in task.internal_data or task.parent is None:
        return element.name
    return f"{element.name}（{task.internal_data['item'] + 1}/{len(task.parent.internal_data['results'])}）"
