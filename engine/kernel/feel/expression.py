"""The door of FEEL: text in, compiled and cached expression out, evaluated against a scope within a budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from functools import cached_property, lru_cache
from typing import Any

from engine.kernel.feel import builtins as _builtins
from engine.kernel.feel import code_basic as _basic
from engine.kernel.feel import code_calls as _calls
from engine.kernel.feel import code_lists as _lists
from engine.kernel.feel import tree
from engine.kernel.feel.code_tests import compile_tests
from engine.kernel.feel.codegen import compile_node
from engine.kernel.feel.errors import FeelBudget, FeelSyntaxError
from engine.kernel.feel.fold import folded
from engine.kernel.feel.parser import Parser
from engine.kernel.feel.runtime import Code, Frame, Run
from engine.kernel.feel.table import BUILTINS
from engine.kernel.feel.types import Types
from engine.kernel.feel.values import Value
from engine.kernel.feel.walk import steps_of

REGISTERED = (_builtins, _basic, _calls, _lists)
"""Modules imported because they register what they compile or offer."""
BUILTIN_NAMES = frozenset(BUILTINS)


class Expression:
    """A compiled expression. `names` are its free variables, `functions` the called names that are not built in.

    As a part of something larger, evaluating it is worth `steps`, what it calls and repeats not included.
    """

    def __init__(self, text: str, names: frozenset[str]) -> None:
        source = text.strip()
        parser = Parser(source.removeprefix("="), names, BUILTIN_NAMES)
        self.text = text
        self.tree = folded(parser.whole(), names)
        self.names = frozenset(parser.free)
        self.functions = frozenset(parser.called)
        self.code: Code = compile_node(self.tree)

    @cached_property
    def steps(self) -> int:
        """Found when first needed: most expressions stand alone."""
        return steps_of(self.tree)

    def evaluate(
        self,
        scope: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
        types: Types | None = None,
    ) -> Value:
        """Its value in `scope` (JSON or FEEL values). Errors are null, and why goes into `notes`.

        Raises FeelBudget, and nothing else.
        """
        run = Run(functions, notes, types)
        run.source = self.text
        try:
            return self.code(Frame(scope, None, run))
        except RecursionError:
            raise FeelBudget("嵌套过深") from None

    def run(self, frame: Frame) -> Value:
        """Its value as a part of a larger evaluation."""
        frame.run.tick(self.steps)
        outer, frame.run.source = frame.run.source, self.text
        try:
            return self.code(frame)
        except RecursionError:
            raise FeelBudget("嵌套过深") from None
        finally:
            frame.run.source = outer


class UnaryTests:
    """A compiled input cell: which values pass. `steps` as of an expression."""

    def __init__(self, text: str, names: frozenset[str]) -> None:
        parser = Parser(text, names, BUILTIN_NAMES)
        self.text = text
        self.tree: tree.UnaryTree = folded(parser.unary_tests(), names)
        self.names = frozenset(parser.free)
        self.functions = frozenset(parser.called)
        self.check = compile_tests(self.tree.tests)

    @cached_property
    def steps(self) -> int:
        """Found when first needed: most cells are answered by an index."""
        return steps_of(self.tree)

    def matches(
        self,
        input_value: Value,
        scope: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
    ) -> bool | None:
        """Whether `input_value` passes; None if that cannot be said. Raises FeelBudget."""
        run = Run(functions, notes)
        return self.passes(Frame(scope, None, run), run.feel(input_value))

    def passes(self, frame: Frame, value: Value) -> bool | None:
        """`matches` as a part of a larger evaluation, with a FEEL value."""
        if not self.tree.tests:
            return True
        outer, frame.run.source = frame.run.source, self.text
        try:
            passed = self.check(frame, value)
        except RecursionError:
            raise FeelBudget("嵌套过深") from None
        finally:
            frame.run.source = outer
        if self.tree.negated:
            return None if passed is None else not passed
        return passed


@lru_cache(maxsize=4096)
def compile_expression(text: str, names: frozenset[str] = frozenset()) -> Expression:
    """The expression of a text; `names` are the variables known to have blanks or signs in their names.

    A leading `=`, which some modelers write, is ignored. Raises FeelSyntaxError.
    """
    try:
        return Expression(text, names)
    except RecursionError:
        raise FeelSyntaxError("嵌套过深", 0, text) from None


@lru_cache(maxsize=16384)
def compile_unary(text: str, names: frozenset[str] = frozenset()) -> UnaryTests:
    """The tests of an input cell; nothing or `-` lets everything pass. Raises FeelSyntaxError."""
    try:
        return UnaryTests(text, names)
    except RecursionError:
        raise FeelSyntaxError("嵌套过深", 0, text) from None
