"""Our specifications of tasks, sub-processes and calls: each runs what the element's record in `elements.Index` says.

None of them holds state of an instance. Gateways are in `gateways`, events in `events`.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.util.task import TaskState

from engine.kernel.spiff.lean import Lean


class UserTask(Lean, stock.UserTask):
    """Waits for a person."""


class NoneTask(Lean, stock.NoneTask):
    """Passes the token on."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.manual = False


class ScriptTask(Lean):
    """Assigns `name = expression`, line by line, in the scope of its process."""

    def _run_hook(self, my_task: Any) -> bool:
        instance = my_task.workflow.top_workflow.instance
        for name, expression in instance.element(my_task).script:
            instance.spend(my_task)
            instance.assign(my_task, name, expression)
        return True


class BusinessRuleTask(Lean):
    """Takes a decision of the bundle's DMN models; never SpiffWorkflow's table engine."""

    def _run_hook(self, my_task: Any) -> bool:
        my_task.workflow.top_workflow.instance.decide(my_task)
        return True


class ServiceTask(Lean):
    """Asks the outside: the parameters become a call, the reply completes the task."""

    def _run_hook(self, my_task: Any) -> None:
        instance = my_task.workflow.top_workflow.instance
        element = instance.element(my_task)
        values = {name: instance.json(my_task, name, expression) for name, expression in element.params}
        my_task.internal_data["call"] = {"operator": element.operator, "params": values}


class SubProcess(Lean, stock.SubWorkflowTask):
    """An embedded sub-process: the same scope as the process around it."""

    def _update_hook(self, my_task: Any) -> bool | None:
        started = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        if started is not None:
            return bool(started.completed)
        my_task._set_state(TaskState.STARTED)
        self._enter(my_task)
        return None

    def _enter(self, my_task: Any) -> None:
        child = my_task.workflow.top_workflow.create_subprocess(my_task, self.spec)
        child.completed_event.connect(self._on_subworkflow_completed, my_task)
        child.begin()

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        """Nothing to bring back: the variables never left."""

    def _on_cancel(self, my_task: Any) -> None:
        """What runs inside ends with it; SpiffWorkflow would look for it through the tree, down to some depth only."""
        inner = my_task.workflow.top_workflow.subprocesses.get(my_task.id)
        if inner is not None:
            inner.stop()


class CallActivity(SubProcess):
    """A called process: its own scope, filled and emptied by its mappings only."""

    def _enter(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.instance.open_scope(my_task)
        super()._enter(my_task)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        my_task.workflow.top_workflow.instance.close_scope(my_task)
