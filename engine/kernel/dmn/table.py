"""Decision tables: reads one from XML and evaluates it; which rows count is in `hit`, finding them in `index`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.kernel.dmn import hit
from engine.kernel.dmn.index import Index
from engine.kernel.dmn.session import Session
from engine.kernel.dmn.source import Element, Reader, child, children, local, place_of, text_in
from engine.kernel.dmn.types import TypeTable, type_ref
from engine.kernel.feel import Expression, UnaryTests
from engine.kernel.feel.lexer import normal
from engine.kernel.feel.runtime import Frame
from engine.kernel.feel.tree import Constant
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Range, Value


@dataclass(frozen=True, slots=True)
class Input:
    """An input column. `variable` is the type of the variable that its head begins with, for checks alone."""

    label: str
    expression: Expression | None
    type_ref: str
    allowed: UnaryTests | None
    variable: str


@dataclass(frozen=True, slots=True)
class Output:
    """An output column: `values` are the constants among the `allowed`, in order; `default` if no rule matches."""

    name: str
    type_ref: str
    allowed: UnaryTests | None
    values: tuple[Value, ...]
    default: Expression | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A row. A cell that could not be read is None and never matches."""

    element_id: str
    tests: tuple[UnaryTests | None, ...]
    outputs: tuple[Expression | None, ...]
    annotation: str


class Table:
    """A decision table. `title` says where it stands, for people."""

    __slots__ = (
        "aggregation",
        "element_id",
        "index",
        "inputs",
        "outputs",
        "policy",
        "rules",
        "shape",
        "title",
        "types",
    )

    def __init__(self, element: Element, reader: Reader, types: TypeTable, result_type: str) -> None:
        self.element_id = place_of(element)
        self.title = _title(element)
        self.types = types
        self.policy = str(element.get("hitPolicy") or "UNIQUE").strip().upper()
        self.aggregation = str(element.get("aggregation") or "").strip().upper()
        if self.policy not in hit.POLICIES or self.aggregation not in hit.AGGREGATIONS:
            reader.fault(element, "dmn_hit_policy", f"不认识的命中策略 {self.policy} {self.aggregation}")
        self.inputs = tuple(_input(each, reader) for each in children(element, "input"))
        result = type_ref(element) or result_type
        outputs = list(children(element, "output"))
        self.outputs = tuple(_output(each, reader, types, result if len(outputs) == 1 else "") for each in outputs)
        self.rules = tuple(self._rule(each, reader) for each in children(element, "rule"))
        if not outputs:
            reader.fault(element, "dmn_no_output", "决策表没有输出列")
        self._check_names(element, reader)
        names = tuple(output.name for output in self.outputs)
        self.shape = hit.Shape(names, tuple(output.values for output in self.outputs))
        self.index = Index([rule.tests for rule in self.rules], len(self.inputs))

    @property
    def reads(self) -> frozenset[str]:
        """The names in the heads of the input columns."""
        return frozenset(name for each in self.inputs if each.expression for name in each.expression.names)

    def _check_names(self, element: Element, reader: Reader) -> None:
        names = [output.name for output in self.outputs]
        if len(names) > 1 and (not all(names) or len(set(names)) < len(names)):
            reader.fault(element, "dmn_output_name", "多个输出列必须各有不同的名称")

    def _rule(self, element: Element, reader: Reader) -> Rule:
        tests = [reader.unary(each, text_in(each)) for each in children(element, "inputEntry")]
        outputs = [_entry(each, reader) for each in children(element, "outputEntry")]
        if len(tests) != len(self.inputs) or len(outputs) != len(self.outputs):
            reader.fault(element, "dmn_rule_width", "规则的单元格数与列数不符")
        tests = (tests + [None] * len(self.inputs))[: len(self.inputs)]
        outputs = (outputs + [None] * len(self.outputs))[: len(self.outputs)]
        note = " ".join(text_in(each) for each in children(element, "annotationEntry")) or text_in(
            element, "description"
        )
        return Rule(place_of(element), tuple(tests), tuple(outputs), note)

    def evaluate(self, frame: Frame) -> Value:
        """The table's value in a scope. The rules it came from, and what its columns asked, are kept in the session."""
        session = frame.run
        values = self._input_values(frame)
        if values is None:
            self._remember(session, (), ())
            return None
        matching = self.index.matching(values, frame)
        if self.policy == "FIRST":
            matching = matching[:1]
        session.tick(len(self.inputs) + len(matching))
        hits = [hit.Hit(number + 1, self._outputs(number, frame)) for number in matching]
        if not hits:
            self._remember(session, (), values)
            return self._default(frame)
        value, rules = hit.settle(self.policy, self.aggregation, hits, self.shape, session)
        self._remember(session, rules, values)
        return value

    def _remember(self, session: object, rules: tuple[int, ...], values: Sequence[Value]) -> None:
        if isinstance(session, Session):
            session.remember(self.element_id, rules, values)

    def _input_values(self, frame: Frame) -> list[Value] | None:
        """The inputs of this evaluation; None if one is not among its allowed values."""
        values: list[Value] = []
        for column in self.inputs:
            value = column.expression.run(frame) if column.expression is not None else None
            if value is not None and column.type_ref:
                value, why = self.types.fit(value, column.type_ref, frame.run, partial=True)
                if why:
                    frame.run.note(0, f"输入“{column.label}”{why}")
            if value is not None and column.allowed is not None and not self._allows(column.allowed, frame, value):
                frame.run.note(0, f"输入“{column.label}”的值（{name_of(value)}）不在允许值 {column.allowed.text} 之内")
                return None
            values.append(value)
        return values

    def _allows(self, allowed: UnaryTests, frame: Frame, value: Value) -> bool:
        if type(value) is list:
            return all(allowed.passes(frame, each) is True for each in value)
        return allowed.passes(frame, value) is True

    def _outputs(self, number: int, frame: Frame) -> tuple[Value, ...]:
        return tuple(each.run(frame) if each is not None else None for each in self.rules[number].outputs)

    def _default(self, frame: Frame) -> Value:
        """What the table gives if no rule matches: default or null (DMN 1.5, 10.3.2.10); what collects, nothing."""
        if not any(output.default is not None for output in self.outputs):
            return hit.nothing(self.policy, self.aggregation)
        values = [output.default.run(frame) if output.default is not None else None for output in self.outputs]
        return self.shape.value(values)


def _input(element: Element, reader: Reader) -> Input:
    expression = child(element, "inputExpression")
    text = text_in(expression)
    if expression is None or not text:
        reader.fault(element, "dmn_no_input", "输入列没有表达式")
        return Input(str(element.get("label", "")), None, "", None, "")
    values = child(element, "inputValues")
    allowed = reader.unary(values, text_in(values)) if values is not None and text_in(values) else None
    label = str(element.get("label") or text)
    own = type_ref(expression)
    return Input(label, reader.expression(expression, text), own, allowed, "" if own else _type_of(element, text))


def _output(element: Element, reader: Reader, types: TypeTable, result_type: str) -> Output:
    reference = type_ref(element) or result_type
    default = child(element, "defaultOutputEntry")
    values = child(element, "outputValues")
    tests = reader.unary(values, text_in(values)) if values is not None and text_in(values) else None
    if tests is None and reference in types.items:
        tests = types.items[reference].allowed
    return Output(
        str(element.get("name") or ""),
        reference,
        tests,
        constants(tests),
        _entry(default, reader) if default is not None else None,
    )


def constants(tests: UnaryTests | None) -> tuple[Value, ...]:
    """The values that a list of constants allows, in order; bounds and ranges are none."""
    if tests is None or tests.tree.negated:
        return ()
    operands = (test.operand for test in tests.tree.tests if test.operator in ("", "="))
    return tuple(each.value for each in operands if isinstance(each, Constant) and type(each.value) is not Range)


def _entry(element: Element, reader: Reader) -> Expression | None:
    text = text_in(element)
    return reader.expression(element, text) if text and text != "-" else None


# ---- where a table stands --------------------------------------------------------------------------------------------

_OWNERS = {"decision": "决策", "businessKnowledgeModel": "业务知识模型"}


def _title(element: Element) -> str:
    """`决策“A”`, with the names of the boxed entries on the way to the table."""
    entries: list[str] = []
    for around in element.iterancestors():
        if local(around) in _OWNERS:
            inner = "".join(f"中的“{name}”" for name in reversed(entries))
            return f"{_OWNERS[local(around)]}“{around.get('name', '')}”{inner}"
        variable = child(around, "variable")
        if variable is not None and variable.get("name"):
            entries.append(str(variable.get("name")))
    return ""


def _type_of(element: Element, head: str) -> str:
    """The declared type of the variable that a column's head begins with: a parameter, an input or a decision."""
    name = normal(head.partition(".")[0])
    for around in element.iterancestors():
        for each in children(around, "formalParameter"):
            if normal(str(each.get("name", ""))) == name:
                return type_ref(each)
        for each in children(around, "inputData", "decision"):
            if normal(str(each.get("name", ""))) == name:
                return type_ref(child(each, "variable"))
    return ""
