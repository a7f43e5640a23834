"""Which values an input column may be given, by its own list and by the types of its variable; it cuts nothing up."""

from __future__ import annotations

from dataclasses import dataclass

from engine.kernel.dmn.table import Input, Table, constants
from engine.kernel.dmn.types import ItemType, TypeTable, plain
from engine.kernel.feel import FeelBudget, UnaryTests, compile_expression, tree
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Value

_DEEP = 30
_WHOLE = ("integer", "int", "long")
"""Other modelers' names of numbers without a fraction: their tables have no gap between 1 and 2."""
_WIDE = ("list", "context", "function", "range")

_USUAL = {
    "number": "1",
    "string": '"其他"',
    "date": '@"2024-01-01"',
    "time": '@"12:00:00"',
    "date and time": '@"2024-01-01T12:00:00Z"',
    "days and time duration": '@"P1D"',
    "years and months duration": '@"P1M"',
}
"""An example of each type, for a column whose cells name none."""


@dataclass(frozen=True, slots=True)
class Domain:
    """A FEEL type by name ("" if unknown) and the lists a value must be in. Not `known`: nothing can be said."""

    base: str
    tests: tuple[UnaryTests, ...]
    known: bool
    types: TypeTable

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return plain(self.base) in _WHOLE

    @property
    def boolean(self) -> bool:
        return self.types.kind_of(self.base).name == "boolean"

    def usual(self) -> Value:
        """Some value of the type; null if it says nothing."""
        text = _USUAL.get(self.types.kind_of(self.base).name, "null")
        return compile_expression(text).evaluate({})

    def listed(self) -> tuple[Value, ...] | None:
        """All values, if a list of constants names them."""
        for tests in self.tests:
            values = constants(tests)
            if values and len(values) == len(tests.tree.tests):
                return values
        return None

    def allows(self, value: Value) -> bool:
        """Whether a column may be given the value. Null it may always be given."""
        if value is None:
            return True
        run = Run()
        try:
            fitted, why = self.types.fit(value, self.base, run)
            return not why and all(tests.passes(Frame({}, None, run), fitted) is True for tests in self.tests)
        except FeelBudget:
            return True


def domain_of(column: Input, table: Table) -> Domain:
    """The domain of a column."""
    tests = [column.allowed] if column.allowed is not None else []
    base, item = column.type_ref, table.types.items.get(plain(column.type_ref))
    if not base and column.expression is not None:
        base, item = _head_type(column.expression.tree, column.variable, table.types)
    known = table.types.kind_of(base).name not in _WIDE
    for _ in range(_DEEP):
        if item is None:
            break
        if item.collection or item.components or item.function is not None:
            known = False
        tests += [each for each in (item.allowed, item.constraint) if each is not None]
        base = item.base
        item = table.types.items.get(plain(base))
    return Domain(base, tuple(tests), known, table.types)


def _head_type(head: object, variable: str, types: TypeTable) -> tuple[str, ItemType | None]:
    """The type of a column's head that is a variable or a component of one."""
    if isinstance(head, tree.Name):
        return variable, types.items.get(plain(variable))
    if isinstance(head, tree.Path):
        _, item = _head_type(head.operand, variable, types)
        part = item.components.get(head.name) if item is not None and not item.collection else None
        if part is not None:
            return part.base, part if part.components or part.allowed else types.items.get(plain(part.base), part)
    return "", None
