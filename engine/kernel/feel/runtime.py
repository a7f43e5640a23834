"""What one evaluation carries with it: scopes, notes, and the budget that ends it; it knows no syntax."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from decimal import Decimal
from time import perf_counter
from typing import Any, TypeAlias

from engine.kernel.feel.errors import FeelBudget
from engine.kernel.feel.types import Types
from engine.kernel.feel.values import NATIVE, Value, to_feel

MAX_STEPS = 20_000
"""About a microsecond each. One for an item of an iteration or filter, a rule that is asked, a character of a regular
expression; two for a call; more for what is large or dear. A list of 5,000 items can be filtered, summed up and sorted,
a table of 1,000 rules with five columns that must all be asked can be decided."""
MAX_CALLS = 60
"""Calls within calls; each costs about ten Python frames of the interpreter's 1,000."""
MAX_ITEMS = 10_000
MAX_STRING = 100_000
"""Characters of a string that an expression makes, so that no single operation on one takes long."""
MAX_BYTES = 6_000_000
"""Of all strings and lists that an evaluation makes; what Python needs beside them stays below 10 MB together."""
MAX_NOTES = 100
MAX_SECONDS = 2.0
"""Last resort only: the bounds above end any evaluation in about 50 ms, and they end it alike on every machine."""
_CHECK_EVERY = 1_000
_SMALL = 10**18


@dataclass(frozen=True, slots=True)
class Note:
    """Why something became null: offset in `source` and the reason in Chinese."""

    position: int
    reason: str
    source: str = ""

    def __str__(self) -> str:
        return f"第 {self.position + 1} 个字符：{self.reason}" + (f"（{self.source[:80]}）" if self.source else "")


class Run:
    """The state of one evaluation, shared by all expressions that take part in it.

    What an evaluation begins with stands in the class: most conditions are done before any of it changes.
    """

    source = ""
    steps = 0
    depth = 0
    bytes = 0
    _next_check = _CHECK_EVERY
    _checked_at = 0.0
    _converted: dict[int, tuple[Value, Value]] | None = None

    def __init__(
        self,
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
        types: Types | None = None,
    ) -> None:
        self.functions = functions or {}
        self.notes = notes
        self.types: Types = types or {}

    def note(self, position: int, reason: str) -> None:
        """Keep why a value is null; only the first `MAX_NOTES` are kept. What fails takes longer than what does not."""
        self.tick(2)
        if self.notes is not None and len(self.notes) < MAX_NOTES:
            self.notes.append(Note(position, reason, self.source))

    def tick(self, count: int = 1) -> None:
        """Count steps. Raises FeelBudget when there are too many or they take too long."""
        self.steps += count
        if self.steps >= self._next_check:
            self._check()

    def _check(self) -> None:
        """The time counts from the first check on: short evaluations do not look at the clock at all."""
        if self.steps > MAX_STEPS:
            raise FeelBudget(f"超过 {MAX_STEPS} 步")
        now = perf_counter()
        self._checked_at = self._checked_at or now
        if now - self._checked_at > MAX_SECONDS:
            raise FeelBudget(f"超过 {MAX_SECONDS:g} 秒")
        self._next_check = self.steps + _CHECK_EVERY

    def text(self, text: str) -> str:
        """A new string, if it is not too long and not too much has been made already."""
        if len(text) > MAX_STRING:
            raise FeelBudget(f"字符串超过 {MAX_STRING} 字符")
        self.weigh(sys.getsizeof(text))
        return text

    def size(self, count: int) -> None:
        """Room for a list or context of `count` items."""
        if count > MAX_ITEMS:
            raise FeelBudget(f"列表超过 {MAX_ITEMS} 项")
        self.weigh(56 + 8 * count)

    def weigh(self, n_bytes: int) -> None:
        self.bytes += n_bytes
        if self.bytes > MAX_BYTES:
            raise FeelBudget(f"内存超过 {MAX_BYTES // 1_000_000} MB")

    def enter(self) -> None:
        """One call deeper."""
        self.depth += 1
        if self.depth > MAX_CALLS:
            raise FeelBudget(f"函数调用超过 {MAX_CALLS} 层")

    def feel(self, value: Value) -> Value:
        """A value from outside as a FEEL value; lists and contexts are converted once an evaluation."""
        kind = type(value)
        if kind is int and -_SMALL < value < _SMALL:
            return Decimal(value)
        if kind is not list and kind is not dict:
            return value if kind in NATIVE else to_feel(value)
        if self._converted is None:
            self._converted = {}
        known = self._converted.get(id(value))
        if known is None:
            known = self._converted[id(value)] = (value, to_feel(value))  # the first keeps the id from being reused
        return known[1]


class Frame:
    """A scope: names and the scope round it. Only the outermost (`up` is None) holds values from outside."""

    __slots__ = ("run", "up", "vars")

    def __init__(self, names: Mapping[str, Value], up: Frame | None, run: Run) -> None:
        self.vars = names
        self.up = up
        self.run = run


Code: TypeAlias = Callable[[Frame], Value]
"""A compiled expression."""
Check: TypeAlias = Callable[[Frame, Value], bool | None]
"""A compiled unary test: scope and input value -> does it pass."""
