"""Boxed expressions to closures: each kind of box once, by its tag; names and types of the model come from outside."""

from __future__ import annotations

from collections.abc import Callable

from engine.kernel.dmn.source import Element, Reader, child, children, local, name_in, place_of, text_in
from engine.kernel.dmn.table import Table
from engine.kernel.dmn.types import TypeTable, type_ref
from engine.kernel.feel.code_lists import Domain, domain_code, filter_code, for_code, quantified_code
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.lexer import normal
from engine.kernel.feel.runtime import Code, Frame, Run
from engine.kernel.feel.table import builtin_value, call_named
from engine.kernel.feel.types import Kind
from engine.kernel.feel.values import Function, Value

BOXES = [
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "every",
    "some",
]


def _null(frame: Frame) -> Value:
    return None


class Boxes:
    """Compiles the boxes of one model; `tables` holds its decision tables by their element."""

    def __init__(self, reader: Reader, types: TypeTable) -> None:
        self.reader = reader
        self.types = types
        self.tables: dict[Element, Table] = {}
        self._compilers: dict[str, Callable[[Element, str], Code]] = {
            "literalExpression": self._literal,
            "decisionTable": self._table,
            "context": self._context,
            "invocation": self._invocation,
            "relation": self._relation,
            "list": self._list,
            "functionDefinition": self._definition,
            "conditional": self._conditional,
            "filter": self._filter,
            "for": self._for,
            "every": self._quantified,
            "some": self._quantified,
        }

    def within(self, parent: Element | None, result_type: str = "") -> Code:
        """The box inside an element; null, and a fault, if there is none."""
        box = child(parent, *BOXES) if parent is not None else None
        if box is None:
            if parent is not None:
                self.reader.fault(parent, "dmn_no_logic", "没有表达式")
            return _null
        return self.compile(box, result_type)

    def compile(self, box: Element, result_type: str = "") -> Code:
        """The closure of a box; its own typeRef is enforced."""
        own = type_ref(box)
        code = self._compilers[local(box)](box, own or result_type)
        return self.typed(code, own, place_of(box)) if own and local(box) != "decisionTable" else code

    def typed(self, code: Code, reference: str, place: str) -> Code:
        """`code`, null with a note where its value is not of the type."""
        types = self.types
        if not reference or self.types.kind_of(reference).name == "Any":
            return code

        def checked(frame: Frame) -> Value:
            value, why = types.fit(code(frame), reference, frame.run)
            if why:
                frame.run.note(0, f"{place} 的结果类型不符：{why}")
            return value

        return checked

    # ---- simple boxes ------------------------------------------------------------------------------------------------

    def _literal(self, box: Element, result_type: str) -> Code:
        language = str(box.get("expressionLanguage") or "")
        if language and "feel" not in language.lower():
            self.reader.fault(box, "dmn_language", f"只支持 FEEL，不支持 {language}")
            return _null
        text = text_in(box)
        if not text:
            return _null
        expression = self.reader.expression(box, text)
        return expression.run if expression is not None else _null

    def _table(self, box: Element, result_type: str) -> Code:
        table = Table(box, self.reader, self.types, result_type)
        self.tables[box] = table
        return table.evaluate

    def _context(self, box: Element, result_type: str) -> Code:
        entries: list[tuple[str, Code]] = []
        result: Code | None = None
        for entry in children(box, "contextEntry"):
            variable = child(entry, "variable")
            code = self.within(entry, type_ref(variable))
            if variable is None:
                result = code
            else:
                code = self.typed(code, type_ref(variable), place_of(entry))
                entries.append((name_in(variable), code))

        def evaluate(frame: Frame) -> Value:
            made: dict[str, Value] = {}
            inner = Frame(made, frame, frame.run)
            frame.run.tick(len(entries))
            for name, each in entries:
                made[name] = each(inner)
            return made if result is None else result(inner)

        return evaluate

    def _relation(self, box: Element, result_type: str) -> Code:
        names = [name_in(column) for column in children(box, "column")]
        rows = [[self.compile(cell) for cell in row if local(cell) in BOXES] for row in children(box, "row")]
        if any(len(row) != len(names) for row in rows):
            self.reader.fault(box, "dmn_row_width", "行的单元格数与列数不符")

        def evaluate(frame: Frame) -> Value:
            frame.run.size(len(rows) * (1 + 4 * len(names)))
            return [dict(zip(names, [cell(frame) for cell in row], strict=False)) for row in rows]

        return evaluate

    def _list(self, box: Element, result_type: str) -> Code:
        items = [self.compile(each) for each in box if local(each) in BOXES]

        def evaluate(frame: Frame) -> Value:
            frame.run.size(len(items))
            return [item(frame) for item in items]

        return evaluate

    # ---- functions ---------------------------------------------------------------------------------------------------

    def _definition(self, box: Element, result_type: str) -> Code:
        make = self.function(box, place_of(box))
        return lambda frame: make(frame)

    def function(self, box: Element, name: str, result_type: str = "") -> Callable[[Frame], Function | None]:
        """What makes the function value of a definition in the scope it stands in."""
        kind = str(box.get("kind") or "FEEL").upper()
        if kind not in ("FEEL", "F"):
            self.reader.fault(box, "dmn_external", f"不支持外部函数（{kind}）")
            return lambda frame: None
        params = self._params(box)
        body = self.within(box, result_type)
        body = self.typed(body, result_type, name)
        names = tuple(param for param, _ in params)
        kinds: tuple[Kind | None, ...] = tuple(self.types.kind_of(each) for _, each in params)
        told = result_type or type_ref(child(box, *BOXES))
        result = self.types.kind_of(told) if told else None

        def make(frame: Frame) -> Function:
            def call(run: Run, values: list[Value]) -> Value:
                if len(values) != len(params):
                    raise NullResult(f"“{name}”需要 {len(params)} 个参数，给了 {len(values)} 个")
                return body(Frame(self._bind(params, values, run), frame, run))

            return Function(name, names, call, kinds, result)

        return make

    def _params(self, box: Element) -> list[tuple[str, str]]:
        """Names and types; a table without formal parameters is called by what its columns ask (DMN 1.5, 10.2.1.7)."""
        formal = [(name_in(each), type_ref(each)) for each in children(box, "formalParameter")]
        table = child(box, "decisionTable")
        if formal or table is None:
            return formal
        asked = (child(each, "inputExpression") for each in children(table, "input"))
        found = [(normal(text_in(each)), type_ref(each)) for each in asked if each is not None]
        return list(dict(found).items())

    def _bind(self, params: list[tuple[str, str]], values: list[Value], run: Run) -> dict[str, Value]:
        scope: dict[str, Value] = {}
        for (param, reference), value in zip(params, values, strict=True):
            scope[param], why = self.types.fit(value, reference, run)
            if why:
                raise NullResult(f"参数“{param}”{why}")
        return scope

    def _invocation(self, box: Element, result_type: str) -> Code:
        called = child(box, *BOXES)
        name = text_in(called) if called is not None and local(called) == "literalExpression" else ""
        target = self.compile(called) if called is not None else _null
        bindings: list[tuple[str, Code]] = []
        for each in children(box, "binding"):
            parameter = child(each, "parameter")
            if parameter is not None and child(each, *BOXES) is not None:
                code = self.typed(self.within(each), type_ref(parameter), place_of(each))
                bindings.append((name_in(parameter), code))

        def evaluate(frame: Frame) -> Value:
            run = frame.run
            function = target(frame) or builtin_value(run, name)
            values = {key: code(frame) for key, code in bindings}
            run.tick()
            run.enter()
            try:
                return call_named(run, function, values)
            except NullResult as why:
                run.note(0, f"调用“{name}”：{why.reason}")
                return None
            finally:
                run.depth -= 1

        return evaluate

    # ---- DMN 1.4 boxes -----------------------------------------------------------------------------------------------

    def _conditional(self, box: Element, result_type: str) -> Code:
        condition, then, otherwise = (self.within(child(box, part)) for part in ("if", "then", "else"))

        def evaluate(frame: Frame) -> Value:
            return then(frame) if condition(frame) is True else otherwise(frame)

        return evaluate

    def _filter(self, box: Element, result_type: str) -> Code:
        return filter_code(self.within(child(box, "in")), self.within(child(box, "match")), 0, picks=False)

    def _iteration(self, box: Element) -> tuple[str, Domain]:
        name = normal(str(box.get("iteratorVariable") or "item"))
        return name, domain_code(self.within(child(box, "in")))

    def _for(self, box: Element, result_type: str) -> Code:
        return for_code([self._iteration(box)], self.within(child(box, "return")), 0, looks_back=True)

    def _quantified(self, box: Element, result_type: str) -> Code:
        body = self.within(child(box, "satisfies"))
        return quantified_code([self._iteration(box)], body, 0, every=local(box) == "every")
