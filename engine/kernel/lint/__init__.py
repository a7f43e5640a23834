"""Says before anything runs which diagrams would not run as drawn, element by element. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from lxml import etree

from engine.kernel.lint import (
    calls,
    dialect,
    events,
    expressions,
    flows,
    lanes,
    loops,
    many,
    soundness,
    structure,
    tasks,
    timers,
)
from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import read
from engine.kernel.lint.finding import Finding

__all__ = ["Finding", "lint"]

_CHECKS: Final[tuple[Callable[[Context], Iterator[Finding]], ...]] = (
    structure.check,
    dialect.check,
    flows.check,
    events.check,
    timers.check,
    tasks.check,
    expressions.check,
    lanes.check,
    calls.check,
    many.check,
)
_ON_CLEAN_ONES: Final[tuple[Callable[[Context], Iterator[Finding]], ...]] = (loops.check, soundness.check)


def lint(
    root: etree._Element,
    *,
    name: str,
    functions: frozenset[str] | None,
    operators: frozenset[str] | None,
    decisions: frozenset[str] | None,
    forms: frozenset[str] | None,
    called: Mapping[str, etree._Element] | None,
    lanes: frozenset[str] | None = None,
    rules: frozenset[str] | None = None,
) -> list[Finding]:
    """All findings about a repaired file, errors first, each once; a file without errors runs as drawn.

    `name` stands for the file in messages. The sets are the names that the process version offers, `called` the
    processes of its other files (id -> root of the file), `lanes` the lane names that have a role, `rules` the
    decisions that give a list; None: not checked.
    """
    context = Context(read(root), functions, operators, decisions, forms, lanes, called, rules)
    found = [finding for check in _CHECKS for finding in check(context)]
    if not any(finding.severity == "error" for finding in found):
        found += [finding for check in _ON_CLEAN_ONES for finding in check(context)]
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda finding: finding.severity != "error")
