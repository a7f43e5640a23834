"""What an input cell says if it holds nothing but constants: its tests one by one, and where on a line it passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.kernel.dmn.line import Line, Span, outside
from engine.kernel.feel import UnaryTests, tree
from engine.kernel.feel.code_tests import compile_tests
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Range, Value


@dataclass(frozen=True, slots=True)
class Part:
    """One test, or the items of a list (`["A", "B"]`), which never leave open whether they hold a value."""

    tests: tuple[tree.Test, ...]
    listed: bool


@dataclass(frozen=True, slots=True)
class ConstantCell:
    """A cell such as `"A", "B"`, `not(>= 5)` or `[1..3]`."""

    parts: tuple[Part, ...]
    negated: bool

    def tests(self) -> Iterator[tuple[str, Value]]:
        """Operator and constant of every test."""
        for part in self.parts:
            for test in part.tests:
                yield test.operator, value_of(test.operand)

    def bounds(self) -> Iterator[Value]:
        """Every constant, of ranges both ends."""
        for _, value in self.tests():
            if type(value) is Range:
                yield from (bound for bound in (value.start, value.end) if bound is not None)
            else:
                yield value

    def spans(self, line: Line) -> list[Span] | None:
        """Where on the line the cell passes; None if it compares with another kind and must be evaluated to know."""
        if any(line.mixes(bound) for bound in self.bounds()):
            return None
        own: list[Span] = []
        always = unknown = False
        for part in self.parts:
            for test in part.tests:
                spans = line.span(test.operator, value_of(test.operand))
                if spans is not None:
                    own += spans
                    continue
                passed = _elsewhere(test, line)
                always = always or passed is True
                unknown = unknown or (passed is None and not part.listed)
        if self.negated:
            return [] if always or unknown else outside(own, line.last)
        return [(0, line.last)] if always else own


def constant_cell(cell: UnaryTests) -> ConstantCell | None:
    """What the cell says; None if it must be evaluated to know."""
    parts: list[Part] = []
    for test in cell.tree.tests:
        operand = test.operand
        if test.asks:
            return None
        if isinstance(operand, tree.Constant):
            parts.append(Part((test,), False))
        elif isinstance(operand, tree.Listing) and not test.operator and _all_constant(operand.items):
            parts.append(Part(tuple(tree.Test(item.pos, "", item, False) for item in operand.items), True))
        else:
            return None
    return ConstantCell(tuple(parts), cell.tree.negated)


def _all_constant(items: tuple[tree.Node, ...]) -> bool:
    return all(isinstance(item, tree.Constant) for item in items)


def value_of(node: tree.Node) -> Value:
    """The value of a constant."""
    return node.value if isinstance(node, tree.Constant) else None


def _elsewhere(test: tree.Test, line: Line) -> bool | None:
    """What a test of another kind says to all values of the line alike."""
    return compile_tests((test,))(Frame({}, None, Run()), line.points[0])
