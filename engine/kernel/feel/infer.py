"""What type a function's result surely has, read off its body, so that `instance of` knows functions whose author did
not say (DMN 1.5, 10.3.2.9). It judges no value, and gives nothing where it would have to guess."""

from __future__ import annotations

from collections.abc import Mapping

from engine.kernel.feel import tree
from engine.kernel.feel.tree import Node
from engine.kernel.feel.types import ANY, Kind, name_of

Known = Mapping[str, Kind | None]
"""The types of names in scope."""

_BOOLEAN, _NUMBER, _STRING = Kind("boolean"), Kind("number"), Kind("string")
_TRUTHS = (tree.Logic, tree.Comparison, tree.Between, tree.In, tree.InstanceOf, tree.Quantified)


def kind_of(node: Node, known: Known) -> Kind | None:
    """The type of the node's value; None if that depends on more than its form."""
    if isinstance(node, tree.Constant):
        return Kind(name_of(node.value))
    if isinstance(node, tree.Name):
        return known.get(node.name)
    if isinstance(node, _TRUTHS):
        return _BOOLEAN
    if isinstance(node, tree.Chain):
        return _of_chain(node, known)
    if isinstance(node, tree.If):
        return _same([node.then, node.otherwise], known)
    if isinstance(node, tree.Listing):
        return Kind("list", (_same(list(node.items), known) or ANY,))
    if isinstance(node, tree.Context):
        parts = tuple(kind_of(value, known) or ANY for _, value in node.entries)
        return Kind("context", parts, tuple(key for key, _ in node.entries))
    return None


def _of_chain(node: tree.Chain, known: Known) -> Kind | None:
    kinds = {kind_of(operand, known) for operand in node.operands}
    if kinds == {_NUMBER}:
        return _NUMBER
    return _STRING if kinds == {_STRING} and set(node.operators) == {"+"} else None


def _same(nodes: list[Node], known: Known) -> Kind | None:
    kinds = {kind_of(node, known) for node in nodes}
    return kinds.pop() if len(kinds) == 1 else None
