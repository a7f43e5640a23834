"""Our task specifications: SpiffWorkflow's, minus its predictions, its data copies and its own ideas of joins.

Each class runs what the element's record in `elements.Index` says; none of them holds state of an instance.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.kernel.trouble import Stuck

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


class CallActivity(SubProcess):
    """A called process: its own scope, filled and emptied by its mappings only."""

    def _enter(self, my_task: Any) -> None:
        my_task.workflow.top_workflow.instance.open_scope(my_task)
        super()._enter(my_task)

    def update_data(self, my_task: Any, subworkflow: Any) -> None:
        my_task.workflow.top_workflow.instance.close_scope(my_task)


class ExclusiveGateway(Lean, stock.ExclusiveGateway):
    """The first flow whose condition is true, else the default flow; a condition that is no boolean is trouble."""

    def _run_hook(self, my_task: Any) -> bool:
        return True

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        instance = my_task.workflow.top_workflow.instance
        for condition, name in self.cond_task_specs:
            if condition is not None and instance.holds(my_task, condition.args[0]):
                return [self._wf_spec.task_specs[name]]
        if self.default_task_spec is None:
            raise Stuck(self.name, "no_flow_taken", "没有任何条件成立，且未设置默认流向")
        return [self._wf_spec.task_specs[self.default_task_spec]]


class _Gathering(Lean):
    """Tokens that arrived wait here until enough are together; one token a flow is used up, excess ones stay."""

    def _update_hook(self, my_task: Any) -> bool:
        my_task.internal_data.setdefault("from", my_task.parent.task_spec.name)
        my_task._set_state(TaskState.WAITING)
        arrived = [t for t in my_task.workflow.tasks.values() if t.task_spec is self and t.state == TaskState.WAITING]
        used = self._gather(my_task, arrived)
        for task in used:
            if task is not my_task:
                task._set_state(TaskState.CANCELLED)
        return bool(used)

    @abstractmethod
    def _gather(self, my_task: Any, arrived: list[Any]) -> list[Any]:
        """The tokens that are used up together, `my_task` among them; none while more are awaited."""

    def _run_hook(self, my_task: Any) -> bool:
        return True


class ParallelGateway(_Gathering, stock.ParallelGateway):
    """Waits for one token on every incoming flow (BPMN 2.0 §13.4.1)."""

    def _gather(self, my_task: Any, arrived: list[Any]) -> list[Any]:
        wanted: Counter[str] = Counter(self._inputs)
        used = []
        for task in [my_task, *(t for t in arrived if t is not my_task)]:
            source = task.internal_data["from"]
            if wanted[source] > 0:
                wanted[source] -= 1
                used.append(task)
        return [] if wanted.total() else used


class InclusiveGateway(_Gathering, stock.InclusiveGateway):
    """Waits for every token that can still come (BPMN 2.0 §13.4.3); leaves by every flow whose condition is true."""

    def _gather(self, my_task: Any, arrived: list[Any]) -> list[Any]:
        if len(self._inputs) > 1 and self._more_may_come(my_task):
            return []
        seen: set[str] = set()
        used = []
        for task in [my_task, *(t for t in arrived if t is not my_task)]:
            if task.internal_data["from"] not in seen:
                seen.add(task.internal_data["from"])
                used.append(task)
        return used

    def _more_may_come(self, my_task: Any) -> bool:
        upstream = self._upstream()
        return any(
            task.task_spec.name in upstream and not task.has_state(TaskState.FINISHED_MASK)
            for task in my_task.workflow.tasks.values()
            if task.task_spec is not self
        )

    def _upstream(self) -> frozenset[str]:
        """Names of all nodes from which a token can reach this gateway without passing through it."""
        known: frozenset[str] | None = getattr(self, "_reach", None)
        if known is None:
            found: set[str] = set()
            todo = list(self._inputs)
            while todo:
                name = todo.pop()
                if name != self.name and name not in found:
                    found.add(name)
                    todo.extend(self._wf_spec.task_specs[name]._inputs)
            known = self._reach = frozenset(found)
        return known

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        specs, holds = self._wf_spec.task_specs, my_task.workflow.top_workflow.instance.holds
        taken = [specs[name] for rule, name in self.cond_task_specs if rule and holds(my_task, rule.args[0])]
        default = [specs[name] for condition, name in self.cond_task_specs if condition is None]
        if not taken and not default:
            raise Stuck(self.name, "no_flow_taken", "没有任何条件成立，且未设置默认流向")
        return taken or default


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
    """Where a token ends; the terminate kind ends all of its process."""


class IntermediateCatchEvent(Catching, stock.IntermediateCatchEvent):
    """Waits for a timer or a message."""


class ReceiveTask(Catching, stock.ReceiveTask):
    """Waits for a message."""


class BoundaryEvent(Catching, stock.BoundaryEvent):
    """A timer or message on an activity. A non-interrupting one leaves the activity's own join alone."""

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        if self.cancel_activity:
            # The join first: it cancels the activity before a token runs on (SpiffWorkflow did the reverse).
            return sorted(self.outputs, key=lambda spec: not isinstance(spec, BoundaryEventJoin))
        return [spec for spec in self.outputs if not isinstance(spec, BoundaryEventJoin)]
