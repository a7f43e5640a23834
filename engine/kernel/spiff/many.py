"""An activity for each item of a list: our own multi-instance, with a scope for each item and results in order."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.util.task import TaskState

from engine.kernel.spiff.lean import Lean

EACH = ".Each"
"""Ends the name of the specification that runs once for each item."""


class ManyTimes(Lean, stock.NoneTask):
    """Stands for the whole activity: starts its items, all at once or one after the other, and goes on after the last.

    Boundary events sit on the whole. What it must remember is in the token: results so far, and the items to come.
    """

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False

    def _update_hook(self, my_task: Any) -> bool | None:
        instance = my_task.workflow.top_workflow.instance
        plan, items = instance.element(my_task).many, instance.items_of(my_task)
        my_task.internal_data.update(results=[None] * len(items), left=len(items))
        if not items:
            instance.keep_items(my_task)
            return True
        my_task._set_state(TaskState.STARTED)
        if plan.sequential:
            my_task.internal_data["items"] = items
        for number, item in enumerate(items[:1] if plan.sequential else items):
            self._begin(my_task, number, item)
        return None

    def item_done(self, my_task: Any, child: Any) -> None:
        """One item is done; begin the next one, or go on."""
        instance, data = my_task.workflow.top_workflow.instance, my_task.internal_data
        data["results"][child.internal_data["item"]] = instance.close_item(child)
        data["left"] -= 1
        if not data["left"]:
            instance.keep_items(my_task)
            my_task._children = []
            my_task._set_state(TaskState.READY)
        elif "items" in data:
            number = len(data["results"]) - data["left"]
            self._begin(my_task, number, data["items"][number])

    def _begin(self, my_task: Any, number: int, item: Any) -> None:
        child = my_task._add_child(self._wf_spec.task_specs[self.name + EACH], TaskState.FUTURE)
        child.internal_data["item"] = number
        my_task.workflow.top_workflow.instance.open_item(child, item)
        child.task_spec._update(child)

    def _run_hook(self, my_task: Any) -> bool:
        return True
