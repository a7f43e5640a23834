"""Our gateways: choices that tell which flow they took, joins of our own, and the race of events. Hold no state."""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable
from typing import Any

from SpiffWorkflow.bpmn.specs import defaults as stock
from SpiffWorkflow.specs.base import TaskSpec
from SpiffWorkflow.util.task import TaskState

from engine.kernel.spiff.lean import Lean
from engine.kernel.spiff.specs import NoneTask
from engine.kernel.trouble import Stuck


class _Choosing(Lean):
    """`flow_ids` are the ids of the flows in `cond_task_specs`, put there by the parser."""

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.flow_ids: list[str] = []

    def _flows(self, default: bool) -> list[tuple[int, Any]]:
        """The numbers and conditions of the flows that have one, or of the default flow."""
        return [(n, rule) for n, (rule, _) in enumerate(self.cond_task_specs) if (rule is None) is default]

    def _take(self, my_task: Any, numbers: Iterable[int]) -> list[TaskSpec]:
        """The specs behind these flows; where there was a choice, it is told."""
        chosen = list(numbers)
        if not chosen:
            raise Stuck(self.name, "no_flow_taken", "没有任何条件成立，且未设置默认流向")
        if len(self.flow_ids) > 1:
            my_task.workflow.top_workflow.instance.branches += [self.flow_ids[number] for number in chosen]
        return [self._wf_spec.task_specs[self.cond_task_specs[number][1]] for number in chosen]


class ExclusiveGateway(_Choosing, stock.ExclusiveGateway):
    """The first flow whose condition is true, else the default flow; a condition that is no boolean is trouble."""

    def _run_hook(self, my_task: Any) -> bool:
        return True

    def _next_specs(self, my_task: Any) -> list[TaskSpec]:
        holds = my_task.workflow.top_workflow.instance.holds
        first = next((n for n, rule in self._flows(default=False) if holds(my_task, rule.args[0])), None)
        return self._take(my_task, (n for n, _ in self._flows(default=True)) if first is None else [first])


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


class InclusiveGateway(_Gathering, _Choosing, stock.InclusiveGateway):
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
        holds = my_task.workflow.top_workflow.instance.holds
        taken = [n for n, rule in self._flows(default=False) if holds(my_task, rule.args[0])]
        return self._take(my_task, taken or (n for n, _ in self._flows(default=True)))


class EventGateway(NoneTask):
    """Lets several events wait; the first that happens takes the token (BPMN 2.0 §13.4.4).

    The waiting tokens are marked with the same `race`: what stands above them is cut off when the step is stored.
    """

    def _on_complete(self, my_task: Any) -> None:
        super()._on_complete(my_task)
        for child in my_task.children:
            child.internal_data["race"] = my_task.id
