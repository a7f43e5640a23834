"""The customer signs the drafted commitment letter on his own phone, its terms as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.commands import complete_task, online
from engine.commands.complete_task import CompleteTask
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import AlreadyClaimed, NotReady
from engine.kernel.forms import signatures
from engine.kernel.resolving import flat
from engine.policy import Permission
from engine.progress import is_signing
from engine.store.tasks import TaskRow

_SAID = {"decision": "SIGN", "sign_method": "ON_SCREEN"}


@dataclass(frozen=True, slots=True)
class SignCommitmentOnline:
    """`signature` is its points as the pad writes them. `task_id`: the task that waits for it, as last seen."""

    task_id: str
    signature: str
    key: str


@dataclass(frozen=True, slots=True)
class CommitmentSignedOnline:
    """The letter is signed and its promises hold."""

    order_no: str


def handle(command: SignCommitmentOnline, tx: Tx) -> CommitmentSignedOnline:
    """Raises NotReady when no letter waits here, AlreadyClaimed while a clerk works on it, InvalidForm."""
    task = complete_task.open_task(tx, command.task_id)
    if not is_signing(tx.version.process.forms.get(task.form_key)):
        raise NotReady("没有待签署的承诺书")
    if task.assignee is not None:
        raise AlreadyClaimed("受理员正在办理，请在柜台签署")
    with online.in_lane(tx, task.role):
        complete_task.handle(CompleteTask(task.id, _form(tx, task, command.signature), None, ""), tx)
    return CommitmentSignedOnline(tx.order.order_no)


def _form(tx: Tx, task: TaskRow, signature: str) -> dict[str, Any]:
    """What the customer says by signing: the terms as drafted, nothing changed."""
    form, known = online.form_at(tx, task.form_key, task.id), online.known_at(tx, task.id)
    asked = form["schema"]["properties"]
    said: dict[str, Any] = {name: value for name, value in _SAID.items() if name in asked}
    for name, part in asked.items():
        if "x-rows" in part:
            said[name] = _as_drafted(part["x-rows"], flat(known.get(name) or []))
    return said | dict.fromkeys(signatures(form), signature)


def _as_drafted(rows: list[Any], known: list[Any]) -> list[dict[str, Any]]:
    pairs = zip(rows, known, strict=False)
    return [{n: value[n] for n in row["properties"] if value.get(n) is not None} for row, value in pairs]


VERB = Verb(SignCommitmentOnline, CommitmentSignedOnline, Permission.OWN_ACT, handle, locks=("task", "task_id"))
