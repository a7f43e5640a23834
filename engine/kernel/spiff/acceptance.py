"""Takes a step in: whether it is possible now, whether the rules allow it, what it leaves behind. Runs nothing.

What is accepted is kept even if the automatic part that follows fails.
"""

from __future__ import annotations

from collections.abc import Mapping

from SpiffWorkflow.util.task import TaskState

from engine.errors import Invalid, NotReady
from engine.kernel.model import Complete, Deliver, Fire, Hold, Json, Rearm, Redate, Reply, Retry, Return, Step
from engine.kernel.spiff.events import OnCommand
from engine.kernel.spiff.instance import Instance
from engine.kernel.spiff.jumping import jump, taken_back
from engine.kernel.spiff.rules import require_rule
from engine.kernel.spiff.specs import ServiceTask
from engine.kernel.spiff.tree import Token

_JUMP = "jump:"


def accept(instance: Instance, step: Step) -> list[list[str]]:
    """Check that the step is possible, keep its values, and return what is to be done: [[kind, task id]].

    Raises:
        NotReady: the instance does not wait for this, or the task cannot be returned there.
        Invalid: several events wait for the message, and it does not say which.
        RuleBroken, RuleFailed: the rule at the element forbids it, or cannot be judged.
    """
    if isinstance(step, Retry):
        return list(instance.todo)
    if isinstance(step, Hold | Rearm):
        _move_timers(instance, step)
        return []
    if isinstance(step, Redate):
        _redate(instance, step)
        return []
    task = _meant(instance, step)
    if isinstance(step, Return):
        taken_back(instance, task, step.element_id)
        return [[_JUMP + step.element_id, task.id]]
    if isinstance(step, Complete):
        _keep(instance, task, step, step.values)
        return [[_JUMP + step.then if _may_jump(instance, task, step.then) else "complete", task.id]]
    if isinstance(step, Reply):
        instance.keep_result(task, instance.element(task).result, step.result, "")
        return [["reply", task.id]]
    if isinstance(step, Deliver):
        _keep(instance, task, step, step.payload)
    return [["happen", task.id]]


def perform(instance: Instance, kind: str, task_id: str) -> None:
    """Do one thing that was accepted."""
    task = instance.find(task_id)
    if task is None:
        return  # cancelled meanwhile by another branch
    if kind == "complete":
        instance.run(task)
    elif kind == "reply":
        task.complete()
    elif kind.startswith(_JUMP):
        jump(instance, task, kind.removeprefix(_JUMP))
    else:
        _happen(instance, task)


def _may_jump(instance: Instance, task: Token, element_id: str) -> bool:
    """Straight back, if the other branches have not moved so that it has become impossible: then by the drawn way."""
    if not element_id:
        return False
    try:
        return taken_back(instance, task, element_id, onwards=True) == [task]
    except NotReady:
        return False


def _meant(instance: Instance, step: Complete | Return | Fire | Reply | Deliver) -> Token:
    """The token that the step is about."""
    held = instance.held()
    open_ones = [task for task in instance.unfinished() if task.id not in held and _possible(task, step)]
    found = [task for task in open_ones if _is_meant(instance, task, step)]
    if not found:
        raise NotReady()
    if isinstance(step, Deliver) and len({task.element_id for task in found}) > 1:
        names = "、".join(instance.element(task).name or task.element_id for task in found)
        raise Invalid(f"有多处在等待消息“{step.message}”（{names}），请指明是哪一处", field="element_id")
    return found[0]


def _is_meant(instance: Instance, task: Token, step: Complete | Return | Fire | Reply | Deliver) -> bool:
    if isinstance(step, Deliver):
        element = instance.element(task)
        return element.message == step.message and step.element_id in ("", element.id)
    if isinstance(step, Fire):
        return instance.timer_id(task) == step.timer_id and "due" in task.internal_data
    return task.id == (step.call_id if isinstance(step, Reply) else step.task_id)


def _possible(task: Token, step: Step) -> bool:
    if isinstance(step, Complete | Return):
        return task._state == TaskState.READY and bool(task.task_spec.manual)
    if isinstance(step, Reply):
        return task._state == TaskState.STARTED and isinstance(task.task_spec, ServiceTask)
    definition = getattr(task.task_spec, "event_definition", None)
    kind = "timer" if isinstance(step, Fire) else "message"
    return task._state == TaskState.WAITING and isinstance(definition, OnCommand) and definition.kind == kind


def _keep(instance: Instance, task: Token, step: Complete | Deliver, values: Mapping[str, Json]) -> None:
    """What a person filled in becomes variables, once the rule at the element has nothing against it."""
    element = instance.element(task)
    given = dict(values)
    kept = {element.result: given} if element.result else given
    if element.rule:
        require_rule(instance, task, {**given, **kept}, step.occurred_at, step.actor_roles)
    instance.own_scope(task).update(kept)


def _happen(instance: Instance, task: Token) -> None:
    """A timer or message takes its token on; of several that an event-based gateway lets wait, the others are off."""
    race = task.internal_data.get("race")
    if race is not None:
        instance.branches.append(instance.process.index.raced_by[task.element_id])
        for other in list(task.workflow.tasks.values()):
            if other is not task and other.internal_data.get("race") == race:
                other.cancel()
    task.internal_data["event_fired"] = True
    task.task_spec._update(task)


def _move_timers(instance: Instance, step: Hold | Rearm) -> None:
    """Put aside the timers that hang on the clocks of these stages, or let them be armed anew by what follows."""
    held = instance.held()
    for task in instance.unfinished():
        data = task.internal_data
        if task.id in held or task._state != TaskState.WAITING:
            continue
        if isinstance(step, Hold) and "due" in data and _stage(data["why"]) in step.stages:
            data["aside"] = data.pop("why")
            del data["due"]
        elif isinstance(step, Rearm) and "aside" in data and _stage(data["aside"]) in step.stages:
            del data["aside"]
            data["n"] = data.get("n", 0) + 1


def _redate(instance: Instance, step: Redate) -> None:
    """Give armed timers another instant; one that is gone by now stays gone."""
    held = instance.held()
    for task in instance.unfinished():
        data, timer_id = task.internal_data, instance.timer_id(task)
        if timer_id in step.dues and "due" in data and task.id not in held:
            due_at, why = step.dues[timer_id]
            data.update(due=due_at.isoformat(), why=why, n=data.get("n", 0) + 1)


def _stage(why: object) -> object:
    return why.get("stage") if isinstance(why, dict) else None
