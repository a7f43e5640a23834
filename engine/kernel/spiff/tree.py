"""SpiffWorkflow's task tree without its log records, time stamps and rescans. Knows nothing of variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

if TYPE_CHECKING:
    from engine.kernel.spiff.instance import Instance
    from engine.kernel.spiff.parsing import Net

NO_PYTHON = object()
"""Stands where SpiffWorkflow wants a script engine: whatever would run Python fails at once instead."""


class Token(Task):
    """A task with a text id that changes state without building a log record each time."""

    def __init__(self, workflow: Any, task_spec: Any, parent: Token | None, state: int, id: str | None = None) -> None:
        # Every field of Task.__init__, which is not called: it reads the clock and draws a UUID object.
        self.id = id or uuid4().hex
        self.workflow = workflow
        self.task_spec = task_spec
        self._parent = parent.id if parent is not None else None
        self._children: list[str] = []
        self._state = state
        self.triggered = False
        self.thread_id = 0
        self.data: dict[str, Any] = {}
        self.internal_data: dict[str, Any] = {}
        self.last_state_change = 0.0
        workflow.tasks[self.id] = self
        if parent is not None:
            parent._children.append(self.id)

    @property
    def element_id(self) -> str:
        """The element of the diagram that it stands at; internal specs have only a name."""
        return self.task_spec.bpmn_id or self.task_spec.name  # type: ignore[no-any-return]

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Token:
        return Token(self.workflow, task_spec, self, state)

    def _set_state(self, value: int) -> None:
        self._state = value

    def cancel(self) -> None:
        """Cancel what is open at and below this token, sub-processes included; nothing is taken out of the tree."""
        for child in self.children:
            child.cancel()
        if not self._state & TaskState.FINISHED_MASK:
            self._state = TaskState.CANCELLED
            self.task_spec._on_cancel(self)


class _Tree:
    """What the top workflow and a sub-workflow share."""

    tasks: dict[str, Token]
    completed: bool
    completed_event: Any
    spec: Any

    def begin(self) -> None:
        """Put the first token at the start, not yet moving."""
        self.task_tree = Token(self, self.spec.start, None, TaskState.FUTURE)
        self.task_tree.task_spec._predict(self.task_tree, mask=TaskState.NOT_FINISHED_MASK)
        self.task_tree._set_state(TaskState.READY)

    def stop(self) -> None:
        """End at once: every open token is cancelled, and with it what runs inside it."""
        self.completed = True
        for task in list(self.tasks.values()):
            if not task._state & TaskState.FINISHED_MASK:
                task.cancel()

    def _task_completed_notify(self, task: Token) -> None:
        """Only joins can be moved by somebody else's completion, so only they are asked again."""
        if task.task_spec.name == "End":
            self.completed = True
        if self.completed:
            self.completed_event(self)
            return
        for waiting in list(self.tasks.values()):
            if waiting._state == TaskState.WAITING and isinstance(
                waiting.task_spec, UnstructuredJoin | BoundaryEventJoin
            ):
                waiting.task_spec._update(waiting)


class SubWorkflow(_Tree, BpmnSubWorkflow):
    """The inside of a sub-process or called process."""


class TopWorkflow(_Tree, BpmnWorkflow):
    """The process itself."""

    instance: Instance

    def __init__(self, net: Net, instance: Instance) -> None:
        super().__init__(net.main, net.parts, script_engine=NO_PYTHON, deserializing=True)
        self.instance = instance

    def create_subprocess(self, my_task: Token, spec_name: str) -> SubWorkflow:
        inner = SubWorkflow(self.subprocess_specs[spec_name], my_task.id, self, deserializing=True)
        self.subprocesses[my_task.id] = inner
        return inner
