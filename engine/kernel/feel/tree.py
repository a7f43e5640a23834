"""The syntax tree of FEEL: plain frozen nodes with the offset they began at, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Node:
    """Any expression; `pos` is its 0-based offset in the text."""

    pos: int


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A literal: number, string, boolean, null, or `@"…"`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable or function by its (normalised) name."""

    name: str


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Operands of one precedence level from left to right: `a + b - c`. `operators` is one shorter than `operands`."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """Unary minus."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and` or `or` over two or more operands."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`=`, `!=`, `<`, `<=`, `>`, `>=`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`x between low and high`, both included."""

    operand: Node
    low: Node
    high: Node


@dataclass(frozen=True, slots=True)
class Test(Node):
    """One positive unary test: a comparison with `operator`, or an expression if `operator` is empty."""

    operator: str
    operand: Node
    asks: bool
    """Whether the operand mentions `?`, so that its own truth counts."""


@dataclass(frozen=True, slots=True)
class In(Node):
    """`x in (test, …)`, or `x in candidate` if `tests` is empty."""

    operand: Node
    candidate: Node | None
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class InstanceOf(Node):
    """`x instance of type`."""

    operand: Node
    kind: Any


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """`[a..b]` with its brackets, or `(>a)`; a missing bound is None."""

    start: Node | None
    end: Node | None
    start_included: bool
    end_included: bool


@dataclass(frozen=True, slots=True)
class Listing(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Context(Node):
    """`{key: value}`."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Path(Node):
    """`operand.name`."""

    operand: Node
    name: str


@dataclass(frozen=True, slots=True)
class Filter(Node):
    """`operand[condition]`, an index if the condition is a number."""

    operand: Node
    condition: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """`function(arguments)`; `names` is empty for positional arguments."""

    function: Node
    arguments: tuple[Node, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class If(Node):
    """`if condition then … else …`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Iteration:
    """`name in domain`, or `name in start..end` if `end` is given."""

    name: str
    domain: Node
    end: Node | None


@dataclass(frozen=True, slots=True)
class For(Node):
    """`for … return body`; `looks_back` if the body mentions `partial`."""

    iterations: tuple[Iteration, ...]
    body: Node
    looks_back: bool


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`some`/`every … satisfies body`."""

    every: bool
    iterations: tuple[Iteration, ...]
    body: Node


@dataclass(frozen=True, slots=True)
class Lambda(Node):
    """`function(parameters) body`; the body of an external function is None."""

    params: tuple[tuple[str, Any], ...]
    result: Any
    body: Node | None


@dataclass(frozen=True, slots=True)
class UnaryTree(Node):
    """The content of an input cell; no tests means `-`, which anything passes."""

    tests: tuple[Test, ...]
    negated: bool
