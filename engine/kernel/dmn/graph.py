"""The requirement graph of a model: which element needs which, in what scope it is evaluated, and each only once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.kernel.dmn.session import Session, Taken
from engine.kernel.dmn.table import Table
from engine.kernel.dmn.types import TypeTable
from engine.kernel.feel.errors import FeelBudget, NullResult
from engine.kernel.feel.runtime import Code, Frame, Note, Run
from engine.kernel.feel.types import Kind
from engine.kernel.feel.values import Function, Value

NO_RULE = "没有规则命中，也没有默认输出"
DEFAULT_TAKEN = "没有规则命中，取默认输出"
"""Said of a table that no rule matches. That is an answer and no fault, so only the record says it."""


@dataclass(slots=True)
class InputData:
    """What comes from outside. Expressions know it as `called`, its variable's name, which modelers let differ."""

    element_id: str
    name: str
    called: str
    type_ref: str


@dataclass(slots=True)
class Decision:
    """A decision: ids of what it requires, its logic, and its table if the logic is one. Expressions know it as
    `called`."""

    id: str
    name: str
    called: str
    type_ref: str
    inputs: tuple[str, ...]
    decisions: tuple[str, ...]
    knowledge: tuple[str, ...]
    code: Code
    table: Table | None = None


@dataclass(slots=True)
class Knowledge:
    """A business knowledge model: a function, and the functions it may call."""

    element_id: str
    name: str
    knowledge: tuple[str, ...]
    make: Callable[[Frame], Function | None]


@dataclass(slots=True)
class ServedDecisions:
    """A decision service: decisions offered as one function."""

    element_id: str
    name: str
    result_type: str
    inputs: tuple[str, ...]
    input_decisions: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(slots=True)
class Graph:
    """All elements of a model by id, those of imported models by "path of imports#id" (`imports`)."""

    types: TypeTable
    inputs: dict[str, InputData] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    knowledge: dict[str, Knowledge] = field(default_factory=dict)
    services: dict[str, ServedDecisions] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    """All decision tables of this file, wherever they stand; those of imported models are not among them."""
    prefixes: dict[str, dict[str, str]] = field(default_factory=lambda: {"": {}})
    """Path of an importing model ("" for this one) -> path of the imported one -> name of the import ("" for none)."""
    origins: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Path of an imported model -> name and digest of the file it came from."""
    _read: dict[str, frozenset[str]] = field(default_factory=dict)

    def value_of(self, decision_id: str, session: Session) -> Value:
        """The decision's value, from memory if it was taken already in this session."""
        if decision_id in session.results:
            return session.results[decision_id]
        decision = self.decisions[decision_id]
        session.tick()
        session.enter()
        try:
            scope = self.scope_of(decision, session)
            outer, n_noted = (session.matched, session.asked, session.hits), len(session.notes)
            session.matched, session.asked, session.hits = {}, {}, {}
            value = decision.code(Frame(scope, Frame({}, None, session), session))
        except RecursionError:
            raise FeelBudget("嵌套过深") from None
        finally:
            session.depth -= 1
        fitted, why = self.types.fit(value, decision.type_ref, session)
        if why:
            session.note(0, f"决策“{decision.name}”的结果类型不符：{why}")
        session.results[decision_id] = fitted
        session.keep(self._taken(decision, scope, fitted, session, n_noted))
        session.matched, session.asked, session.hits = outer
        return fitted

    def _taken(
        self, decision: Decision, scope: Mapping[str, Value], value: Value, session: Session, n_noted: int
    ) -> Taken:
        """What is recorded of a decision that was just taken; `n_noted` notes had been made before its logic began."""
        table = decision.table
        own = session.matched.get(table.element_id, ()) if table is not None else ()
        notes = [session.doubts[each] for each in decision.inputs if each in session.doubts]
        notes += session.notes[n_noted:]
        if table is not None and not own and session.asked.get(table.element_id) != ():
            notes += _unmatched(table, value)
        reads = self._reads(decision) if table is not None and self._is_bare(decision) else scope.keys()
        return Taken(
            key=decision.id,
            name=decision.name,
            inputs={name: each for name, each in scope.items() if name in reads and type(each) is not Function},
            value=value,
            matched=own,
            rules=tuple(table.rules[number - 1].element_id for number in own) if table is not None else (),
            asked=_asked(table, session.asked.get(table.element_id, ()), scope) if table is not None else (),
            within=tuple(
                (key, tuple(sorted(rules)))
                for key, rules in session.hits.items()
                if table is None or key != table.element_id
            ),
            notes=tuple(dict.fromkeys(notes)),
        )

    def _is_bare(self, decision: Decision) -> bool:
        return not self.inputs and not decision.inputs and decision.table is not None

    def _reads(self, decision: Decision) -> frozenset[str]:
        """The names in a table's cells and column heads."""
        found = self._read.get(decision.id)
        if found is None and decision.table is not None:
            cells = (cell for rule in decision.table.rules for cell in (*rule.tests, *rule.outputs) if cell is not None)
            found = decision.table.reads.union(*(cell.names for cell in cells))
            self._read[decision.id] = found
        return found or frozenset()

    def scope_of(self, decision: Decision, session: Session) -> dict[str, Value]:
        """What the decision's logic sees: exactly what it requires.

        Modelers also save tables without any input data; such a model means the names it writes, so all that is given
        is seen. The specification would make them null.
        """
        scope: dict[str, Value] = {}
        if self._is_bare(decision):
            scope = {name: session.feel(value) for name, value in session.inputs.items()}
            session.bare.update({name: scope[name] for name in self._reads(decision) if name in scope})
        for each in decision.decisions:
            self._put(scope, decision.id, each, self.decisions[each].called, self.value_of(each, session))
        for each in decision.inputs:
            data = self.inputs[each]
            self._put(scope, decision.id, each, data.called, self.input_value(data, session))
        for each in decision.knowledge:
            self._put(scope, decision.id, each, self._function_name(each), self.function_of(each, session))
        return scope

    def _put(self, scope: dict[str, Value], owner: str, key: str, name: str, value: Value) -> None:
        """Under its name, or, if it is of another model than its owner, under the import's name and then its own."""
        home, path = owner.rpartition("#")[0], key.rpartition("#")[0]
        prefix = "" if home == path else self.prefixes.get(home, {}).get(path)
        if prefix == "":
            scope[name] = value
        elif prefix is not None:
            scope.setdefault(prefix, {})[name] = value

    def _function_name(self, key: str) -> str:
        return self.knowledge[key].name if key in self.knowledge else self.services[key].name

    def input_value(self, data: InputData, session: Session) -> Value:
        """The input, of its declared type or null."""
        if data.element_id in session.used:
            return session.used[data.element_id]
        inputs = _inputs_of(data, session.inputs)
        given = session.feel(inputs.get(data.called, inputs.get(data.name)))
        if data.called not in inputs and data.name not in inputs:
            session.doubt(data.element_id, f"没有给出输入“{data.name}”")
        value, why = self.types.fit(given, data.type_ref, session, partial=True)
        if why:
            session.doubt(data.element_id, f"输入“{data.name}”{why}")
        session.used[data.element_id] = value
        return value

    def function_of(self, key: str, session: Session) -> Function | None:
        """A knowledge model or service as a function value; its own scope holds only the knowledge it requires."""
        service = self.services.get(key)
        if service is not None:
            return self._service_function(service, session)
        if key in session.functions_made:
            return session.functions_made[key]
        model = self.knowledge[key]
        scope: dict[str, Value] = {}
        function = model.make(Frame(scope, Frame({}, None, session), session))
        session.functions_made[key] = scope[model.name] = function
        for each in model.knowledge:
            if each != key:
                self._put(scope, key, each, self._function_name(each), self.function_of(each, session))
        return function

    def _service_function(self, service: ServedDecisions, session: Session) -> Function:
        params = [(self.inputs[each].called, self.inputs[each].type_ref) for each in service.inputs]
        params += [(self.decisions[each].called, self.decisions[each].type_ref) for each in service.input_decisions]

        def call(run: Run, values: list[Value]) -> Value:
            if len(values) != len(params):
                raise NullResult(f"“{service.name}”需要 {len(params)} 个参数，给了 {len(values)} 个")
            arguments: dict[str, Value] = {}
            for (name, reference), value in zip(params, values, strict=True):
                arguments[name], why = self.types.fit(value, reference, run)
                if why:
                    raise NullResult(f"参数“{name}”{why}")
            return self.serve(service, arguments, session)

        kinds = tuple(self.types.kind_of(reference) for _, reference in params)
        return Function(service.name, tuple(name for name, _ in params), call, kinds, self._result_kind(service))

    def _result_kind(self, service: ServedDecisions) -> Kind | None:
        return self.types.kind_of(service.result_type) if service.result_type else None

    def serve(self, service: ServedDecisions, values: Mapping[str, Value], outer: Session) -> Value:
        """The service's outputs for these arguments, computed apart from the caller's results."""
        inner = Session(values, outer.functions, outer.notes, outer.types)
        inner.steps, inner.depth, inner.bytes = outer.steps, outer.depth + 1, outer.bytes
        for each in service.input_decisions:
            decision = self.decisions[each]
            given, why = self.types.fit(
                inner.feel(values.get(decision.called, values.get(decision.name))), decision.type_ref, inner
            )
            if why:
                inner.note(0, f"参数“{decision.name}”{why}")
            inner.results[each] = given
        results = {self.decisions[each].name: self.value_of(each, inner) for each in service.outputs}
        outer.keep(*inner.taken)
        outer.n_left_out += inner.n_left_out
        outer.steps, outer.bytes = inner.steps, inner.bytes
        value = next(iter(results.values())) if len(results) == 1 else results
        fitted, why = self.types.fit(value, service.result_type, outer)
        if why:
            outer.note(0, f"决策服务“{service.name}”的结果类型不符：{why}")
        return fitted


def _import_names(key: str) -> Iterator[str]:
    """The names of the imports on the way to an element; those without a name are passed over."""
    for part in key.rpartition("#")[0].split("\n"):
        if part and not part.startswith("~"):
            yield part


def _inputs_of(data: InputData, inputs: Mapping[str, Value]) -> Mapping[str, Value]:
    """Those of an imported model are given as a context under the import's name, or flatly with the others."""
    found: Value = inputs
    for name in _import_names(data.element_id):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) and (data.called in found or data.name in found) else inputs


def _unmatched(table: Table, value: Value) -> list[Note]:
    """What is said of a table whose inputs were allowed but none of whose rules matched."""
    if any(output.default for output in table.outputs):
        return [Note(0, DEFAULT_TAKEN)]
    return [Note(0, NO_RULE)] if value is None else []


def _asked(table: Table, values: Sequence[Value], scope: Mapping[str, Value]) -> tuple[tuple[int, Value], ...]:
    """What columns asked that the inputs do not say by themselves: a column may ask `if x = null then 0 else x`."""
    pairs = enumerate(zip(table.inputs, values, strict=False), 1)
    return tuple(
        (number, value)
        for number, (column, value) in pairs
        if column.expression is None or column.expression.text.strip() not in scope
    )
