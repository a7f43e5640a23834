"""Publish a process folder as the version on which new orders start. The same content twice is one version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.commands.operators.registry import INNER, OUTER
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Fault, ModelRefused
from engine.kernel import loader
from engine.kernel.model import Bundle
from engine.letters import LetterRefused, tried
from engine.policy import Permission
from engine.store import processes


@dataclass(frozen=True, slots=True)
class DeployProcess:
    """`files` is the whole folder, called folders (under their keys) and shared tables included: path -> content."""

    files: Mapping[str, bytes]
    key: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """`already` is True when exactly this content had been published before."""

    process_key: str
    version: int
    digest: str
    already: bool


def handle(command: DeployProcess, tx: Tx) -> Deployed:
    """Raises ModelRefused with every fault, and stores nothing then."""
    source = loader.bundle(command.files, command.files)
    process = loader.load(source)
    if faults := [*_strange_operators(process), *_broken_letters(process)]:
        raise ModelRefused(faults=faults)
    return publish(tx, source, process.title, str(process.manifest.get("note", "")))


def _strange_operators(process: loader.Process) -> Iterator[Fault]:
    for name in sorted(process.operators - INNER.keys() - OUTER):
        yield Fault("manifest.toml", "operator_unknown", f"没有名为“{name}”的算子")


def _broken_letters(process: loader.Process) -> Iterator[Fault]:
    """A template is tried when it is published: at the counter it would be too late."""
    for name, template in process.letters.items():
        try:
            tried(template.encode())
        except LetterRefused as error:
            yield Fault(f"letters/{name}.html", error.code, str(error))


def publish(tx: Tx, source: Bundle, title: str, note: str) -> Deployed:
    """Store a checked bundle unless it was ever published: a restart must not put an old folder before a newer one."""
    same = processes.same(tx.connection, source.key, source.digest)
    if same is not None:
        return Deployed(source.key, same.version, source.digest, already=True)
    row = processes.Version(0, source.key, 0, title, note, source.digest, tx.now, tx.actor.id)
    added = processes.add(tx.uow, row, dict(source.files))
    tx.record_house("ProcessDeployed", {"process": source.key, "version": added.version, "digest": source.digest})
    return Deployed(source.key, added.version, source.digest, already=False)


VERB = Verb(DeployProcess, Deployed, Permission.PROCESS_DEPLOY, handle, lock_name=lambda command: ("house",))
