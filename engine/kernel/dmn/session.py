"""One evaluation of a model: a FEEL run that also remembers inputs, results and matched rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from typing import Any

from engine.kernel.feel.runtime import Run
from engine.kernel.feel.types import Types
from engine.kernel.feel.values import Function, Value


class Session(Run):
    """`matched` holds the rules (from 1) each table's last evaluation came from, by the table's element id."""

    __slots__ = ("bare", "functions_made", "inputs", "matched", "results", "used")

    def __init__(
        self,
        inputs: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None,
        notes: MutableSequence[Any] | None,
        types: Types,
    ) -> None:
        super().__init__(functions, notes, types)
        self.inputs = inputs
        self.used: dict[str, Value] = {}
        self.bare: dict[str, Value] = {}
        self.functions_made: dict[str, Function | None] = {}
        self.results: dict[str, Value] = {}
        self.matched: dict[str, tuple[int, ...]] = {}
