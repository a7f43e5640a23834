"""What the checks may know beside the diagram: the names that the process version offers. None means "not checked"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from engine.kernel.lint.diagram import Diagram


@dataclass(frozen=True, slots=True)
class Context:
    """One file under examination. `called`: id of each process of the other files -> the root of its file."""

    diagram: Diagram
    functions: frozenset[str] | None
    operators: frozenset[str] | None
    decisions: frozenset[str] | None
    forms: frozenset[str] | None
    lanes: frozenset[str] | None
    called: Mapping[str, etree._Element] | None
    rules: frozenset[str] | None = None
    """Those of the decisions that give a list."""
