"""One running instance in memory: tokens in SpiffWorkflow's tree, variables in scopes of our own. Reads no clock but
the stopwatch of its step budget, and stores nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError
from engine.kernel.decided import decided, hidden_notes
from engine.kernel.dmn.reading import as_declared
from engine.kernel.elements import Element, Many
from engine.kernel.feel import Expression, Note
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import to_json
from engine.kernel.model import Decided, Doubt, Env, Json
from engine.kernel.spiff.timers import arm
from engine.kernel.spiff.tree import Token, TopWorkflow
from engine.kernel.trouble import Stuck, reasons

if TYPE_CHECKING:
    from engine.kernel.loader import Process

MAX_STEPS = 1_000
MAX_SECONDS = 2.0
MAX_DOUBTS = 20
"""Null values with a reason that one step records."""
MAX_ITEMS = 200
"""Items of one multi-instance activity."""
ROOT = ""
ITEM = "#"
"""Ends the name of an item's scope, after the id of its task."""


class Instance:
    """A process instance between two commits.

    `variables` maps a scope to its names: `""`, the id of a call activity's task, or that of an item's task with `#`
    behind it. `todo` lists [kind, task id] of steps whose automatic part failed: neither open nor done until somebody
    retries.
    """

    def __init__(self, process: Process, env: Env) -> None:
        self.process = process
        self.env = env
        self.variables: dict[str, dict[str, Json]] = {ROOT: {}}
        self.todo: list[list[str]] = []
        self.passed: list[str] = []
        self.branches: list[str] = []
        self.decisions: list[Decided] = []
        self.doubts: list[Doubt] = []
        self.n_spent = 0
        self._begun = perf_counter()
        self.workflow = TopWorkflow(process.net, self)

    # ---- what the specs ask for -----------------------------------------------------------------------------------

    def element(self, task: Token) -> Element:
        return self.process.index.elements[task.element_id]

    def leave(self, task: Token) -> None:
        """A token goes on from here; the items of an activity are no steps of their own."""
        if task.element_id in self.process.index.elements and "item" not in task.internal_data:
            self.passed.append(task.element_id)

    def own_scope(self, task: Token) -> dict[str, Json]:
        """The variables that the task writes: of the item, the called process or the process that it stands in."""
        return self._scopes(task)[0]

    def scope_of(self, task: Token) -> dict[str, Json]:
        """The variables that the task reads: those of an item hide those of the process around it."""
        innermost, *around = self._scopes(task)
        if not around:
            return innermost
        seen: dict[str, Json] = {}
        for scope in (*reversed(around), innermost):
            seen |= scope
        return seen

    def _scopes(self, task: Token) -> list[dict[str, Json]]:
        """Innermost first: items of multi-instance activities, then the called process or the process itself."""
        if len(self.variables) == 1:
            return [self.variables[ROOT]]
        found: list[dict[str, Json]] = []
        while True:
            if (item := self.variables.get(task.id + ITEM)) is not None:
                found.append(item)
            workflow = task.workflow
            if workflow.parent_task_id is None:
                return [*found, self.variables[ROOT]]
            if workflow.spec.name not in self.process.index.embedded:
                return [*found, self.variables[workflow.parent_task_id]]
            task = workflow.parent_workflow.tasks[workflow.parent_task_id]

    def evaluate(self, task: Token, expression: Expression, notes: list[Any] | None = None) -> Any:
        return expression.evaluate(self.scope_of(task), self.env.functions, notes)

    def json(self, task: Token, name: str, expression: Expression, scope: dict[str, Json] | None = None) -> Json:
        """The value for a variable or parameter; why it is null is kept, for the record."""
        notes: list[Note] = []
        value = expression.evaluate(self.scope_of(task) if scope is None else scope, self.env.functions, notes)
        if value is None and notes and len(self.doubts) < MAX_DOUBTS:
            self.doubts.append(Doubt(task.element_id, name, self.told(notes)))
        return to_json(value)

    def assign(self, task: Token, name: str, expression: Expression) -> None:
        self.own_scope(task)[name] = self.json(task, name, expression)

    def holds(self, task: Token, text: str) -> bool:
        """Whether a flow's condition is true.

        Raises:
            Stuck: it is neither true nor false; to take the default flow then would hide a missing variable.
        """
        notes: list[Note] = []
        value = self.evaluate(task, self.process.index.conditions[text], notes)
        if not isinstance(value, bool):
            if value is not None:
                notes.append(Note(0, f"结果是 {name_of(value)}，应为真或假", text))
            found = self.told(notes) or (Note(0, "结果是空值，应为真或假", text),)
            why = f"条件“{text.strip()}”的结果不是真或假：{reasons(found)}"
            raise Stuck(task.element_id, "condition_not_boolean", why, found)
        return value

    def open_scope(self, task: Token) -> None:
        self.variables[task.id] = {n: self.json(task, n, e) for n, e in self.element(task).inputs}

    def close_scope(self, task: Token) -> None:
        inner = self.variables.pop(task.id)
        outer = self.own_scope(task)
        for name, expression in self.element(task).outputs:
            outer[name] = self.json(task, name, expression, inner)

    def items_of(self, task: Token) -> list[Json]:
        """The list for whose items an activity is done.

        Raises:
            Stuck: it is no list, or too long.
        """
        many = self._many(task)
        notes: list[Note] = []
        value = self.evaluate(task, many.collection, notes)
        if not isinstance(value, list):
            text = many.collection.text
            found = self.told(notes) or (Note(0, f"结果是 {name_of(value)}，应为列表", text),)
            raise Stuck(task.element_id, "items_no_list", f"多实例“{text}”的结果不是列表：{reasons(found)}", found)
        if len(value) > MAX_ITEMS:
            raise Stuck(task.element_id, "items_too_many", f"多实例有 {len(value)} 项，最多 {MAX_ITEMS} 项")
        return [to_json(each) for each in value]

    def open_item(self, task: Token, item: Json) -> None:
        self.variables[task.id + ITEM] = {self._many(task).item: item}

    def close_item(self, task: Token) -> Json:
        """What is kept of an item; its variables are gone."""
        result = self.json(task, self._many(task).results, self._many(task).result)
        del self.variables[task.id + ITEM]
        return result

    def keep_items(self, task: Token) -> None:
        self.own_scope(task)[self._many(task).results] = task.internal_data["results"]
        task.internal_data.clear()

    def _many(self, task: Token) -> Many:
        many = self.element(task).many
        assert many is not None
        return many

    def decide(self, task: Token) -> None:
        """Take the decision of a business rule task and keep how it was reached.

        Raises:
            Stuck: the decision is null because something in it went wrong; that no rule matches is an answer.
        """
        element = self.element(task)
        model = self.process.model_of(element.decision)
        given = as_declared(model, self.scope_of(task), element.decision)
        outcome = model.decide(element.decision, given, self.env.functions)
        taken = decided(model, outcome.taken, element.id, self.private())
        if outcome.value is None and outcome.notes:
            notes = self.told(outcome.notes)
            why = f"决策“{taken[-1].name}”没有结果：{reasons(notes)}"
            raise Stuck(element.id, "decision_failed", why, notes, taken)
        self.decisions += taken
        self.keep_result(task, element.result, to_json(outcome.value), element.decision)

    def told(self, notes: Iterable[Note], values: Json = None) -> tuple[Note, ...]:
        """The notes as the record may have them."""
        return hidden_notes(notes, self.private(values))

    def private(self, values: Json = None) -> frozenset[str]:
        """What people wrote in their own words, `values` being filled in just now; none may go into the record."""
        names = self.process.free_texts
        everything = (*self.variables.values(), values)
        return frozenset(text for scope in everything for text in _texts("", scope, names) if text)

    def keep_result(self, task: Token, name: str, value: Json, otherwise: str) -> None:
        """Into the named result variable; without a name a context is merged by its keys."""
        if name:
            self.own_scope(task)[name] = value
        elif isinstance(value, dict):
            self.own_scope(task).update(value)
        elif otherwise:
            self.own_scope(task)[otherwise] = value

    # ---- finding --------------------------------------------------------------------------------------------------

    def workflows(self) -> Iterator[Any]:
        """Sub-workflows that still run, then the top."""
        yield from [w for w in self.workflow.subprocesses.values() if not w.completed]
        yield self.workflow

    def unfinished(self) -> Iterator[Token]:
        for workflow in self.workflows():
            for task in workflow.tasks.values():
                if not task._state & TaskState.FINISHED_MASK:
                    yield task

    def find(self, task_id: str) -> Token | None:
        return next((t for t in self.unfinished() if t.id == task_id), None)

    def held(self) -> frozenset[str]:
        """Tokens that nobody else may move: their step is accepted and unfinished, or lost the race to one that is."""
        if not self.todo:
            return frozenset()
        ids = {task_id for _, task_id in self.todo}
        open_ones = list(self.unfinished())
        races = {task.internal_data.get("race") for task in open_ones if task.id in ids} - {None}
        return frozenset(ids | {task.id for task in open_ones if task.internal_data.get("race") in races})

    @staticmethod
    def timer_id(task: Token) -> str:
        """A timer that was armed anew is another one."""
        n = task.internal_data.get("n", 0)
        return f"{task.id}:{n}" if n else task.id

    # ---- running --------------------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Run everything automatic until only people, timers, messages and replies are waited for, and arm timers.

        Raises:
            Stuck: the step budget is used up, or an element cannot be run.
        """
        while (task := self._next_automatic()) is not None:
            self.spend(task)
            self.run(task)
        for task in self.unfinished():
            arm(self, task)

    def spend(self, task: Token) -> None:
        """Count a step or a script line against the budget of this advance.

        Raises:
            Stuck: 1,000 of them, or 2 s, are used up.
        """
        self.n_spent += 1
        if self.n_spent > MAX_STEPS or perf_counter() - self._begun > MAX_SECONDS:
            raise Stuck(task.element_id, "step_budget", f"自动步骤超出预算（第 {self.n_spent} 步）")

    def run(self, task: Token) -> None:
        """Run one task; whatever it raises becomes `Stuck` at this element.

        Raises:
            Stuck: always in place of another error.
        """
        try:
            task.run()
        except Stuck:
            raise
        except EngineError as error:
            raise Stuck(task.element_id, error.code, str(error)) from error
        except RecursionError as error:
            raise Stuck(task.element_id, "too_deep", "流程或表达式嵌套过深") from error

    def _next_automatic(self) -> Token | None:
        for workflow in self.workflows():
            for task in workflow.tasks.values():
                if task._state == TaskState.READY and not task.task_spec.manual:
                    return task  # type: ignore[no-any-return]
        return None


def _texts(name: str, value: Json, names: frozenset[str]) -> Iterator[str]:
    """All texts below the fields of these names."""
    if isinstance(value, str) and name in names:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(name, each, names)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(key, each, names)
