"""One evaluation of a model: a FEEL run that also remembers inputs, results, matched rules and the decisions taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any

from engine.kernel.feel.runtime import Note, Run
from engine.kernel.feel.types import Types
from engine.kernel.feel.values import Function, Value

MAX_TAKEN = 50
"""Decisions that one evaluation records: a service called in a loop takes its decisions again and again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One decision as it was taken, with all that is needed to explain it.

    `inputs` are what its logic saw by name; `matched` the rules (from 1) of its own table, `rules` their element ids,
    `asked` what its columns (from 1) asked where that is no input as it stands;
    `within` the rules of other tables that its logic evaluated (those of knowledge models), by table; `notes` why
    something in it became null.
    """

    key: str
    name: str
    inputs: dict[str, Value]
    value: Value
    matched: tuple[int, ...] = ()
    rules: tuple[str, ...] = ()
    asked: tuple[tuple[int, Value], ...] = ()
    within: tuple[tuple[str, tuple[int, ...]], ...] = ()
    notes: tuple[Note, ...] = ()


class Session(Run):
    """`matched` holds the rules (from 1) each table's last evaluation came from, by the table's element id, `asked` the
    values of its columns then, `hits` the rules of all its evaluations. All are of the decision that is being taken."""

    __slots__ = (
        "asked", "bare", "doubts", "functions_made", "hits", "inputs", "latest", "matched", "n_left_out", "results",
        "taken", "used",
    )  # fmt: skip

    notes: MutableSequence[Any]

    def __init__(
        self,
        inputs: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None,
        notes: MutableSequence[Any] | None,
        types: Types,
    ) -> None:
        super().__init__(functions, None, types)
        self.notes = [] if notes is None else notes
        self.inputs = inputs
        self.used: dict[str, Value] = {}
        self.bare: dict[str, Value] = {}
        self.doubts: dict[str, Note] = {}
        self.functions_made: dict[str, Function | None] = {}
        self.results: dict[str, Value] = {}
        self.matched: dict[str, tuple[int, ...]] = {}
        self.asked: dict[str, Sequence[Value]] = {}
        self.hits: dict[str, dict[int, None]] = {}
        self.taken: list[Taken] = []
        self.latest: Taken | None = None
        self.n_left_out = 0

    def remember(self, table: str, rules: tuple[int, ...], asked: Sequence[Value]) -> None:
        """A table was evaluated: its value came from these rules for these values of its columns."""
        self.matched[table] = rules
        self.asked[table] = asked
        self.hits.setdefault(table, {}).update(dict.fromkeys(rules))

    def doubt(self, input_id: str, reason: str) -> None:
        """Something is wrong with an input; every decision that reads it will say so."""
        self.note(0, reason)
        self.doubts[input_id] = Note(0, reason)

    def keep(self, *taken: Taken) -> None:
        """Record decisions, as many as there is room for, and the last one in any case."""
        room = max(MAX_TAKEN - len(self.taken), 0)
        self.taken += taken[:room]
        self.n_left_out += len(taken[room:])
        self.latest = taken[-1] if taken else self.latest
