"""Show a task to colleagues for information (抄送). They need do nothing but read it; that they have is noted."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from engine.commands import handing
from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission
from engine.store import copies

N_MAX_COPIES = 20


@dataclass(frozen=True, slots=True)
class CopyTask:
    """The task may be open or closed. `note` is for the recipients and stays out of the record."""

    task_id: str
    to: tuple[str, ...]
    reason: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy for each recipient, in the order of their logins as given."""

    task_id: str
    copies: tuple[str, ...]


def handle(command: CopyTask, tx: Tx) -> Copied:
    """Raises NotFound; Invalid for a recipient who may not see the order."""
    handing.check_reason("COPY", command.reason, command.note)
    task = tx.task(command.task_id)
    if task is None:
        raise NotFound()
    people = tuple(dict.fromkeys(command.to))
    if not 1 <= len(people) <= N_MAX_COPIES:
        raise wrong("to", "out_of_range", f"请选择 1 至 {N_MAX_COPIES} 人")
    for login in people:
        handing.colleague(tx, login)
    common = {
        "order_id": tx.order.id,
        "task_id": task.id,
        "sent_by": tx.actor.id,
        "sent_at": tx.now,
        "reason": command.reason,
        "note": command.note.strip() or None,
    }
    rows = [{"id": uuid4().hex, "to_login": login, **common} for login in people]
    copies.add(tx.uow, rows)
    made = tuple(str(row["id"]) for row in rows)
    tx.record("TaskCopied", handing.told(task, command.reason, command.note, to=list(people), copies=list(made)))
    handing.tell(tx, "task_copied", people, task, command.reason)
    return Copied(task.id, made)


VERB = Verb(CopyTask, Copied, Permission.COPY_SEND, handle, locks=("task", "task_id"))
