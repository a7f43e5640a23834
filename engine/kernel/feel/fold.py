"""Computes at compile time what cannot change at run time: conversions, arithmetic and ranges of constants.

`>= date("2021-12-31")` costs nothing then, and index and checks of decision tables see a date. What would be null stays
as written, so that its reason is noted each time it is evaluated. It knows no semantics: the nodes' own closures run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.kernel.feel import tree
from engine.kernel.feel.codegen import compile_node
from engine.kernel.feel.errors import FeelBudget
from engine.kernel.feel.runtime import Frame, Note, Run
from engine.kernel.feel.values import Function
from engine.kernel.feel.walk import FIELDS, nodes_of

CONVERSIONS = frozenset(
    {"date", "time", "date and time", "duration", "years and months duration", "number"},
)
"""Built-in functions that give the same for the same constants, whoever asks; a business function may not replace them
where their arguments are constants."""
_LONGEST = 20
"""Operands of a chain that is folded; one of thousands would make compiling as dear as running."""
_FOLDS = (tree.Call, tree.Chain, tree.Negation, tree.Interval)


def folded(node: Any, names: frozenset[str]) -> Any:
    """The node with constants in place of what always gives the same; `names` are those that the scope may bind."""
    parts = list(nodes_of(node))
    if not any(isinstance(part, _FOLDS) for part in parts):
        return node
    hidden = names.union(name for part in parts for name in _bound(part))
    return _rewritten(node, hidden)


def _bound(part: Any) -> Iterator[str]:
    """Names that a node binds, wherever they may be seen: a function of that name could stand behind them."""
    if isinstance(part, tree.Context):
        yield from (key for key, _ in part.entries)
    elif isinstance(part, tree.Lambda):
        yield from (name for name, _ in part.params)
    elif isinstance(part, tree.Iteration):
        yield part.name


def _rewritten(part: Any, hidden: frozenset[str]) -> Any:
    if type(part) is tuple:
        made = tuple(_rewritten(each, hidden) for each in part)
        return part if all(new is old for new, old in zip(made, part, strict=True)) else made
    names = FIELDS.get(type(part))
    if not names:
        return part
    changes = {}
    for name in names:
        old = getattr(part, name)
        new = _rewritten(old, hidden)
        if new is not old:
            changes[name] = new
    node = replace(part, **changes) if changes else part
    return _value(node) if _foldable(node, hidden) else node


def _foldable(node: Any, hidden: frozenset[str]) -> bool:
    if isinstance(node, tree.Call):
        known = isinstance(node.function, tree.Name) and node.function.name in CONVERSIONS - hidden
        return known and all(type(each) is tree.Constant for each in node.arguments)
    if isinstance(node, tree.Chain):
        return len(node.operands) <= _LONGEST and all(type(each) is tree.Constant for each in node.operands)
    if isinstance(node, tree.Interval):
        return all(bound is None or type(bound) is tree.Constant for bound in (node.start, node.end))
    return isinstance(node, tree.Negation) and type(node.operand) is tree.Constant


def _value(node: Any) -> Any:
    notes: list[Note] = []
    try:
        value = compile_node(node)(Frame({}, None, Run(None, notes)))
    except FeelBudget:
        return node
    if notes or value is None or isinstance(value, list | dict | Function):
        return node
    return tree.Constant(node.pos, value)
