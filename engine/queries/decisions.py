"""Decision tables in force: which there are, and what one would decide. An evaluation here is a trial: it is recorded
nowhere and moves nothing.

A key is looked for in the newest shared tables, then in the newest version of each process among the files that are its
own. Where several processes define it, or where a process's copy of a shared table is meant, the process is named too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Fault, Invalid, NotFound
from engine.kernel.decided import decided, tellable
from engine.kernel.dmn import Decision, Model
from engine.kernel.dmn.reading import declared_types, read_inputs
from engine.kernel.feel import Note
from engine.kernel.model import Decided, Json
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import processes
from engine.world import SHARED, Version


class Ambiguous(Invalid):
    """Several processes have a decision of this name; name the process too."""

    code = "decision_ambiguous"
    text = "有多个流程定义了该决策"


@dataclass(frozen=True, slots=True)
class Found:
    """A decision in a file of a version. `is_own` unless the file is a process's copy of a shared one."""

    version: processes.Version
    model: Model
    decision: Decision
    is_own: bool = True

    @property
    def address(self) -> str:
        """Where it is found whatever else is deployed: its key, of a process behind the process's own."""
        shared = self.version.process_key == SHARED
        return self.decision.id if shared else f"{self.version.process_key}/{self.decision.id}"

    @property
    def inputs(self) -> Mapping[str, str]:
        """What it may be given, by name, with the declared type ("" if none is)."""
        return declared_types(self.model, self.decision.id)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a decision gave, how it came to it, and why anything in it is null."""

    found: Found
    value: Json
    inputs: Mapping[str, Json]
    taken: tuple[Decided, ...]
    notes: tuple[Note, ...]


def decision_list(view: View, actor: Actor) -> list[Found]:
    """Every decision that new orders may meet: the shared tables, then the files that are a process's own."""
    require(actor, Permission.DECISION_READ)
    return [found for found in _in_force(view) if found.is_own]


def evaluate(
    view: View, actor: Actor, key: str, inputs: Mapping[str, Any], *, process: str = "", digest: str = ""
) -> Evaluated:
    """Take a decision on these inputs (JSON), by the tables in force or by the file with this SHA-256.

    Raises NotFound for an unknown decision or file, Ambiguous, Invalid for a value that is none, and FeelBudget.
    """
    require(actor, Permission.DECISION_EVALUATE)
    found = _of_file(view, key, process, digest) if digest else _by_key(view, key, process)
    notes: list[Note] = []
    values = read_inputs(found.model, inputs, found.decision.id, notes)
    outcome = found.model.decide(found.decision.id, values, notes=notes)
    told = [*notes, *(note for taken in outcome.taken for note in taken.notes)]
    return Evaluated(
        found=found,
        value=tellable(outcome.value),
        inputs={name: tellable(value) for name, value in outcome.inputs.items()},
        taken=decided(found.model, outcome.taken),
        notes=tuple(dict.fromkeys(told)),
    )


def _in_force(view: View) -> list[Found]:
    versions = [view.world.version(view.connection, number) for number in processes.newest_ids(view.connection)]
    versions.sort(key=lambda version: version.row.process_key != SHARED)
    return [found for version in versions for found in _decisions_of(version)]


def _decisions_of(version: Version) -> Iterator[Found]:
    shared: Collection[str] = ()
    if version.row.process_key != SHARED:
        shared = version.process.manifest.get("shared", ())
    for path, model in version.models.items():
        for key, decision in model.graph.decisions.items():
            if "#" not in key:
                yield Found(version.row, model, decision, path not in shared)


def _by_key(view: View, key: str, process: str) -> Found:
    named = [found for found in _in_force(view) if key in (found.decision.id, found.decision.name)]
    if process:
        named = [found for found in named if found.version.process_key == process]
    else:
        named = [found for found in named if found.is_own]
    if not named:
        raise NotFound(f"没有决策“{f'{process}/{key}' if process else key}”")
    first = named[0].version.process_key
    if not process and first != SHARED and named[-1].version.process_key != first:
        reason = "请写作 " + " 或 ".join(found.address for found in named)
        raise Ambiguous(reason, field="key", faults=[Fault("key", Ambiguous.code, reason)])
    return named[0]


def _of_file(view: View, key: str, process: str, digest: str) -> Found:
    """Of a file of any version; the version told is the newest that holds it, the shared tables before a copy."""
    file = view.world.table_file(view.connection, digest)
    holders = [version for version, _ in processes.holders(view.connection, digest)]
    if process:
        holders = [version for version in holders if version.process_key == process]
    if file is None or not holders or not file.path.endswith(".dmn"):
        raise NotFound("没有内容摘要为此的决策表")
    decision = file.model.decisions.get(key)
    if decision is None:
        raise NotFound(f"{file.path} 中没有决策“{key}”")
    version = max(holders, key=lambda each: (each.process_key == SHARED, each.deployed_at, each.id))
    return Found(version, file.model, decision)
