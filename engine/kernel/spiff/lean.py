"""What all task specifications of ours share: SpiffWorkflow's life cycle without its predictions and data copies."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

PREDICT = TaskState.FUTURE | TaskState.PREDICTED_MASK


class Lean(BpmnSpecMixin):
    """Grows children only when a token leaves: nothing is predicted, so creation cost does not explode (k^n)."""

    def _predict(self, my_task: Any, seen: Any = None, looked_ahead: int = 0, mask: int = 0) -> None:
        """Look at nothing ahead."""

    def _on_ready(self, my_task: Any) -> None:
        self._on_ready_hook(my_task)

    def _update(self, my_task: Any) -> None:
        if self._update_hook(my_task):
            my_task._ready()

    def _update_hook(self, my_task: Any) -> bool | None:
        """Variables live outside the tasks, so nothing is inherited."""
        return True

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        return self.outputs  # type: ignore[no-any-return]

    def _on_complete(self, my_task: Any) -> None:
        workflow = my_task.workflow
        workflow.top_workflow.instance.leave(my_task)
        self._on_complete_hook(my_task)
        if not workflow.completed:
            my_task._sync_children(self._next_specs(my_task), TaskState.FUTURE)
            for child in my_task.children:
                child.task_spec._predict(child, mask=PREDICT)
                child.task_spec._update(child)
        workflow._task_completed_notify(my_task)
        if "item" in my_task.internal_data:
            my_task.parent.task_spec.item_done(my_task.parent, my_task)
