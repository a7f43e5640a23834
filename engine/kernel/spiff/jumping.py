"""Moves the token of a user task to another user task of the same scope, against the flow or along it.

What stood in parallel and cannot stay is cancelled: its tasks, timers and calls go as after an interrupting event.
"""

from __future__ import annotations

from collections.abc import Iterator

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from engine.errors import NotReady
from engine.kernel import returning
from engine.kernel.lint.diagram import USER
from engine.kernel.spiff.instance import Instance
from engine.kernel.spiff.lean import PREDICT
from engine.kernel.spiff.tree import Token

_JOIN = ".BoundaryEventJoin"


def taken_back(instance: Instance, task: Token, element_id: str, *, onwards: bool = False) -> list[Token]:
    """What has to go when the task's token goes there: the task itself first. Only `onwards` may it lie ahead.

    Raises:
        NotReady: there is no such user task in this scope, it does not lie before the task, the token is one item of
            several, or no marking with a token there can be carried to the end.
    """
    element = instance.process.index.elements.get(element_id)
    if element is None or element.tag not in USER or element_id not in task.workflow.spec.task_specs:
        raise NotReady("只能退到同一流程内的人工环节")
    if "item" in task.internal_data or instance.todo:
        raise NotReady("多实例任务或有异常的流程不能退回")
    scope_id = task.workflow.spec.name
    if not onwards and not returning.lies_before(instance.process, scope_id, element_id, task.element_id):
        raise NotReady("只能退到本环节之前的环节")
    others = list(_others(instance, task))
    stay = returning.kept(instance.process, scope_id, [at for at, _ in others], element_id)
    if stay is None:
        raise NotReady("该环节在并行分支内，流程已汇合，不能直接退到")
    gone = [token for n, (_, tokens) in enumerate(others) if n not in stay for token in tokens]
    return [task, *gone]


def jump(instance: Instance, task: Token, element_id: str) -> None:
    """Do it."""
    workflow = task.workflow
    for token in taken_back(instance, task, element_id, onwards=True):
        _cut(token)
    specs = workflow.spec.task_specs
    entry = specs.get(f"{element_id}.BoundaryEventSplit") or specs[element_id]
    token = Token(workflow, entry, workflow.task_tree, TaskState.FUTURE)
    entry._predict(token, mask=PREDICT)
    entry._update(token)
    for waiting in list(workflow.tasks.values()):
        if waiting._state == TaskState.WAITING and isinstance(waiting.task_spec, UnstructuredJoin):
            waiting.task_spec._update(waiting)  # what an inclusive join still waited for may be gone


def _cut(token: Token) -> None:
    """Cancel it with the boundary events that wait on it."""
    parent = token.parent
    (parent if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit) else token).cancel()


def _others(instance: Instance, task: Token) -> Iterator[tuple[returning.At, list[Token]]]:
    """Where the other tokens of the scope stand; events that race each other are one token at their gateway."""
    races: dict[str, list[Token]] = {}
    index = instance.process.index
    for token in list(task.workflow.tasks.values()):
        if token is task or token._state & TaskState.FINISHED_MASK or "item" in token.internal_data:
            continue
        element = index.elements.get(token.element_id)
        if element is None or element.tag in ("boundaryEvent", "startEvent"):
            continue
        if race := token.internal_data.get("race"):
            races.setdefault(race, []).append(token)
        else:
            yield (element.id, token.internal_data.get("from", "").removesuffix(_JOIN)), [token]
    for tokens in races.values():
        gateway, _ = index.branches[index.raced_by[tokens[0].element_id]]
        yield (gateway, ""), tokens
