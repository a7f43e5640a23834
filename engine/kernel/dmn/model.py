"""A DMN model ready to decide. Loading is in `load`; it opens no file and knows no process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from typing import Any

from engine.errors import NotFound
from engine.kernel.dmn.graph import Decision, Graph
from engine.kernel.dmn.session import Session, Taken
from engine.kernel.feel.errors import FeelBudget, NullResult
from engine.kernel.feel.runtime import Note
from engine.kernel.feel.table import call_named
from engine.kernel.feel.values import Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided and why: the value, everything it was decided on by name, and the rules (from 1) that gave it.

    `inputs` holds the input data that was read, and the values of the decisions that were required directly; `taken`
    every decision that was taken on the way, in order of evaluation and this one last; `notes` why something is null.
    """

    value: Value
    inputs: dict[str, Value]
    matched: tuple[int, ...]
    taken: tuple[Taken, ...]
    notes: tuple[Note, ...]


class Model:
    """All decisions of one file. `digest` is the SHA-256 of its bytes; `declared` is kept by `reading`."""

    def __init__(self, name: str, namespace: str, digest: str, graph: Graph) -> None:
        self.name = name
        self.namespace = namespace
        self.digest = digest
        self.graph = graph
        self.decisions: Mapping[str, Decision] = {
            **{each.name: each for key, each in graph.decisions.items() if "#" not in key},
            **{key: each for key, each in graph.decisions.items() if "#" not in key},
        }
        self.declared: dict[str, Mapping[str, str]] = {}
        self.services = {each.name: each for key, each in graph.services.items() if "#" not in key}

    def decide(
        self,
        decision: str,
        inputs: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
    ) -> Outcome:
        """Take a decision, by id or name, and all it requires. `inputs` may be JSON or FEEL values, by name.

        Errors in expressions are null as FEEL says, with the reason in `notes`. Raises NotFound for an unknown decision
        and FeelBudget.
        """
        found = self.decisions.get(decision)
        if found is None:
            raise NotFound(f"{self.name} 中没有决策“{decision}”")
        session = Session(inputs, functions, notes, self.graph.types.kinds)
        n_noted = len(session.notes)
        value = self.graph.value_of(found.id, session)
        used = {self.graph.inputs[key].called: each for key, each in session.used.items()}
        used |= session.bare
        used |= {self.graph.decisions[key].called: session.results[key] for key in found.decisions}
        taken = session.taken
        if session.latest is not None and taken[-1] is not session.latest:
            session.note(0, f"另有 {session.n_left_out - 1} 次决策（由决策服务反复作出）未逐一列出")
            taken = [*taken, session.latest]
        return Outcome(value, used, taken[-1].matched, tuple(taken), tuple(session.notes[n_noted:]))

    def origin(self, key: str) -> tuple[str, str]:
        """Name and digest of the file in which the element with this key stands: this one, or an imported one."""
        return self.graph.origins.get(key.rpartition("#")[0], (self.name, self.digest))

    def serve(
        self,
        service: str,
        inputs: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
    ) -> Value:
        """The value of a decision service by name. Raises NotFound and FeelBudget."""
        found = self.services.get(service)
        if found is None:
            raise NotFound(f"{self.name} 中没有决策服务“{service}”")
        outer = Session(inputs, functions, notes, self.graph.types.kinds)
        values = {name: outer.feel(value) for name, value in inputs.items()}
        return self.graph.serve(found, values, outer)

    def call(
        self,
        knowledge: str,
        arguments: Mapping[str, Value],
        functions: Mapping[str, Callable[..., Any]] | None = None,
        notes: MutableSequence[Any] | None = None,
    ) -> Value:
        """The value of a business knowledge model for named arguments; null, with a note, if they do not fit."""
        own = ((key, each) for key, each in self.graph.knowledge.items() if "#" not in key)
        found = next((key for key, each in own if each.name == knowledge), None)
        if found is None:
            raise NotFound(f"{self.name} 中没有业务知识模型“{knowledge}”")
        session = Session(arguments, functions, notes, self.graph.types.kinds)
        try:
            values = {name: session.feel(value) for name, value in arguments.items()}
            return call_named(session, self.graph.function_of(found, session), values)
        except NullResult as why:
            session.note(0, why.reason)
            return None
        except RecursionError:
            raise FeelBudget("嵌套过深") from None
