"""Goes through syntax trees, whatever their nodes: all parts of one, and what evaluating it is worth in steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from engine.kernel.feel import tree

FIELDS = {
    kind: tuple(each.name for each in fields(kind) if each.name != "pos")
    for kind in (*tree.Node.__subclasses__(), tree.Iteration)
} | {tree.Constant: ()}
"""The fields of each node that may hold nodes, or tuples of them."""
_FREE = 8
_NODES_A_STEP = 2


def nodes_of(part: Any) -> Iterator[Any]:
    """The node and all below it, in no particular order."""
    stack = [part]
    while stack:
        each = stack.pop()
        if type(each) is tuple:
            stack += each
            continue
        names = FIELDS.get(type(each))
        if names is not None:
            yield each
            for name in names:
                stack.append(getattr(each, name))


def steps_of(node: tree.Node) -> int:
    """Steps that evaluating the node once is worth: what repeats a large expression pays for its size."""
    return 1 + max(sum(1 for _ in nodes_of(node)) - _FREE, 0) // _NODES_A_STEP
