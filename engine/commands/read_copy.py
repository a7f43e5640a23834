"""Say that one has read a copy (已阅): the receipt of 抄送."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission
from engine.store import copies


@dataclass(frozen=True, slots=True)
class ReadCopy:
    """The recipient has read it."""

    copy_id: str
    key: str


@dataclass(frozen=True, slots=True)
class CopyRead:
    """When it was first read, as ISO 8601."""

    copy_id: str
    read_at: str


def handle(command: ReadCopy, tx: Tx) -> CopyRead:
    """Reading again changes nothing. Raises NotFound for another's copy."""
    row = copies.one(tx.connection, command.copy_id)
    if row is None or row["to_login"] != tx.actor.id:
        raise NotFound()
    before: datetime | None = row["read_at"]
    if before is None:
        copies.read(tx.uow, command.copy_id, tx.now)
        tx.record("CopyRead", {"copy": command.copy_id, "task": row["task_id"]})
    return CopyRead(command.copy_id, (before or tx.now).isoformat())


VERB = Verb(ReadCopy, CopyRead, Permission.COPY_READ, handle, locks=("copy", "copy_id"))
