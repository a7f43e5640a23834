"""Our events: timers and messages wait until a command says that they have happened, and never fire by themselves."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.kernel.spiff.lean import Lean


class OnCommand(EventDefinition):
    """A timer or message that has happened when a command said so, and never by itself."""

    def __init__(self, name: str, kind: str) -> None:
        super().__init__(name)
        self.kind = kind


class Catching(Lean):
    """Waits until `happen` was called on its task."""

    def _update_hook(self, my_task: Any) -> bool:
        if self.event_definition.has_fired(my_task) or not isinstance(self.event_definition, OnCommand):
            return True
        my_task._set_state(TaskState.WAITING)
        return False

    def _on_ready_hook(self, my_task: Any) -> None:
        """The stock class keeps a second book of waiting events; ours is the task tree."""

    def _on_cancel(self, my_task: Any) -> None:
        """As above."""

    def _run_hook(self, my_task: Any) -> bool:
        return True


class StartEvent(Catching, stock.StartEvent):
    """Where tokens begin."""


class EndEvent(Lean, stock.EndEvent):
    """Where a token ends. The terminate kind ends everything in its own process or sub-process, and nothing around it:
    to the outside the sub-process is done, a called process gives its outputs."""

    def _on_complete_hook(self, my_task: Any) -> None:
        if isinstance(self.event_definition, TerminateEventDefinition):
            my_task.workflow.stop()


class IntermediateCatchEvent(Catching, stock.IntermediateCatchEvent):
    """Waits for a timer or a message."""


class ReceiveTask(Catching, stock.ReceiveTask):
    """Waits for a message."""


class BoundaryEvent(Catching, stock.BoundaryEvent):
    """A timer or message on an activity. A non-interrupting one leaves the activity's own join alone; if it is a
    message, it can come again as long as the activity goes on."""

    def _on_complete(self, my_task: Any) -> None:
        if not self.cancel_activity and self.event_definition.kind == "message":
            my_task.parent._add_child(self, TaskState.WAITING)
        super()._on_complete(my_task)

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        if self.cancel_activity:
            # The join first: it cancels the activity before a token runs on (SpiffWorkflow did the reverse).
            return sorted(self.outputs, key=lambda spec: not isinstance(spec, BoundaryEventJoin))
        return [spec for spec in self.outputs if not isinstance(spec, BoundaryEventJoin)]
