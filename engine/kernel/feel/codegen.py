"""Turns tree nodes into closures: the table of who compiles what. It holds no semantics of its own.

A closure takes a frame and returns a value. Nothing here or in the `code_*` modules makes Python source or bytecode.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.kernel.feel.runtime import Code
from engine.kernel.feel.tree import Node

_COMPILERS: dict[type[Node], Callable[[Any], Code]] = {}


def compiles(kind: type[Node]) -> Callable[[Callable[[Any], Code]], Callable[[Any], Code]]:
    """Registers the function that compiles nodes of that type."""

    def register(function: Callable[[Any], Code]) -> Callable[[Any], Code]:
        _COMPILERS[kind] = function
        return function

    return register


def compile_node(node: Node) -> Code:
    """The closure of a node."""
    return _COMPILERS[type(node)](node)
