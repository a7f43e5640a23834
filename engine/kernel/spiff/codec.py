"""Instance <-> bytes: unfinished tokens, variables, nothing of the specification. Only bytes of ours are read back.

Finished tasks are cut off at every dump, so neither the size of the state nor the cost of a step grows with the
order's history, and the tree never nears the depth of 1,000 where SpiffWorkflow silently stops looking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from engine.kernel.model import Env
from engine.kernel.spiff.instance import ITEM, ROOT, Instance
from engine.kernel.spiff.tree import Token
from engine.kernel.trouble import Stuck

if TYPE_CHECKING:
    from engine.kernel.loader import Process

FORMAT = 1
MAX_BYTES = 1_000_000


def dump(instance: Instance) -> bytes:
    """The instance as bytes.

    Raises:
        Stuck: its variables exceed 1 MB.
    """
    *inner, top = instance.workflows()
    alive = {ROOT, *(w.parent_task_id for w in inner)}
    if len(instance.variables) > 1:
        alive.update(task.id + ITEM for task in instance.unfinished())
    document = {
        "v": FORMAT,
        "vars": {scope: names for scope, names in instance.variables.items() if scope in alive},
        "todo": instance.todo,
        "trees": [[w.spec.name, w.parent_task_id, _pack(w)] for w in (top, *inner)],
        "done": instance.workflow.completed,
    }
    blob = orjson.dumps(document)
    if len(blob) > MAX_BYTES:
        raise Stuck(instance.passed[-1] if instance.passed else "", "data_budget", "流程数据超过 1 MB")
    return blob


def restore(process: Process, state: bytes, env: Env) -> Instance:
    """The instance that `dump` wrote."""
    document = orjson.loads(state)
    instance = Instance(process, env)
    instance.variables = document["vars"]
    instance.todo = document["todo"]
    top = instance.workflow
    for spec_name, parent_id, packed in document["trees"]:
        if parent_id is None:
            _unpack(top, packed)
            continue
        parent = next(w.tasks[parent_id] for w in (top, *top.subprocesses.values()) if parent_id in w.tasks)
        inner = top.create_subprocess(parent, spec_name)
        inner.completed_event.connect(parent.task_spec._on_subworkflow_completed, parent)
        _unpack(inner, packed)
    top.completed = document["done"]
    return instance


def _pack(workflow: Any) -> list[list[Any]]:
    """[id, index of the parent, spec, state, internal data] of the root and every unfinished token, parents first.

    A token whose parent is finished hangs under the root: nothing looks further up than a boundary split, which is
    kept as long as its activity is.
    """
    root = workflow.task_tree
    kept: dict[str, Token] = {root.id: root}
    for task in workflow.tasks.values():
        if not task._state & TaskState.FINISHED_MASK:
            parent = task.parent
            if parent is not None and isinstance(parent.task_spec, BoundaryEventSplit):
                kept[parent.id] = parent
            kept[task.id] = task
    place = {task_id: number for number, task_id in enumerate(kept)}
    return [
        [t.id, place.get(t._parent or "", 0) if t is not root else -1, t.task_spec.name, t._state, t.internal_data]
        for t in kept.values()
    ]


def _unpack(workflow: Any, packed: list[list[Any]]) -> None:
    specs = workflow.spec.task_specs
    tasks: list[Token] = []
    for task_id, parent, name, state, internal in packed:
        task = Token(workflow, specs[name], tasks[parent] if parent >= 0 else None, state, task_id)
        task.internal_data = internal
        tasks.append(task)
    workflow.task_tree = tasks[0]
