"""Puts one text through everything: compile, evaluate, note, text, JSON. Only our own errors may end it early."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid
from engine.kernel.feel import FeelBudget, FeelSyntaxError
from engine.kernel.feel.expression import Expression, UnaryTests
from engine.kernel.feel.runtime import Frame, Note, Run
from engine.kernel.feel.text import text_of
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Function, Value, to_json
from tests.expressions.grammar import SCOPE, SPACED


@dataclass
class Course:
    """What became of a text: how it ended, and what the evaluation used."""

    end: str
    run: Run
    value: Value = None


def evaluated(text: str, scope: Mapping[str, Any] = SCOPE) -> Course:
    """An expression from its text to the text of its value. Nothing is taken from the cache of compiled ones."""
    notes: list[Note] = []
    run = Run({"now": lambda: None, "limit": lambda stage: 5}, notes)
    try:
        expression = Expression(text, SPACED)
    except RecursionError:
        return Course("nested", run)
    except FeelSyntaxError as error:
        assert str(error)
        return Course("syntax", run)
    try:
        value = expression.run(Frame(scope, None, run))
    except FeelBudget as error:
        assert str(error)
        return Course("budget", run)
    return Course(_shown(value, run, notes), run, value)


def asked(text: str, given: Any, scope: Mapping[str, Any] = SCOPE) -> Course:
    """A cell, asked whether a value passes."""
    notes: list[Note] = []
    run = Run(None, notes)
    try:
        cell = UnaryTests(text, SPACED)
        passed = cell.passes(Frame(scope, None, run), run.feel(given))
    except RecursionError:
        return Course("nested", run)
    except (FeelSyntaxError, FeelBudget) as error:
        assert str(error)
        return Course(type(error).__name__, run)
    assert passed is None or type(passed) is bool
    return Course(_shown(passed, run, notes), run, passed)


def _shown(value: Value, run: Run, notes: list[Note]) -> str:
    """The value written out both ways; functions have no JSON form."""
    assert all(str(note) for note in notes)
    assert name_of(value)
    try:
        assert isinstance(text_of(value, run), str)
        to_json(value)
    except FeelBudget:
        return "unwritten"
    except Invalid:
        assert _has_function(value)
        return "function"
    return "value"


def _has_function(value: Value) -> bool:
    inner = value.values() if type(value) is dict else value if type(value) is list else ()
    return type(value) is Function or any(_has_function(each) for each in inner)
