"""Drafts, comments and uploaded pictures at rest: sealed for their place. Whether one may is judged above."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.attachments import AttachmentRow
from engine.store.tables import task
from engine.store.tables_documents import attachment
from engine.store.tables_notes import order_comment, task_draft, upload
from engine.store.tasks import OPEN
from engine.store.types import Connection
from engine.store.uow import UnitOfWork
from engine.store.vault import Sealed, Vault

_d, _c, _u = task_draft.c, order_comment.c, upload.c
_FRESH = ("saved_at", "key_id", "sealed")


def _save(first: Any) -> Any:
    new = {name: first.excluded[name] for name in _FRESH}
    return first.on_conflict_do_update(index_elements=["task_id", "login"], set_=new)


_SAVE = {"sqlite": _save(sqlite.insert(task_draft)), "postgresql": _save(postgresql.insert(task_draft))}
_DRAFT = select(_d.saved_at, _d.key_id, _d.sealed).where(
    _d.task_id == bindparam("task_id"), _d.login == bindparam("login")
)
_DROP = delete(task_draft).where(_d.task_id == bindparam("of_task"), _d.login == bindparam("of_login"))
_CLOSED = (
    select(_d.task_id)
    .join(task, task.c.id == _d.task_id)
    .where(task.c.state != OPEN, _d.saved_at < bindparam("before"))
    .limit(bindparam("n"))
)
_FORGET = delete(task_draft).where(_d.task_id.in_(_CLOSED))
_ADD_COMMENT, _ADD_FILE, _ADD_UPLOAD = insert(order_comment), insert(attachment), insert(upload)
_COMMENTS = select(order_comment).where(_c.order_id == bindparam("order_id")).order_by(_c.seq, _c.id)
_UPLOADS = select(upload, attachment.c.media_type).join(attachment).where(_u.task_id == bindparam("task_id"))


@dataclass(frozen=True, slots=True)
class DraftRow:
    """What was filled in, in the clear: for whoever wrote it."""

    saved_at: datetime
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CommentRow:
    """A comment in the clear: for whoever sees the order."""

    id: str
    written_by: str
    written_at: datetime
    text: str


def save_draft(uow: UnitOfWork, vault: Vault, task_id: str, login: str, content: dict[str, Any], at: datetime) -> None:
    """Put it in the place of whatever he had saved of this task."""
    one = vault.seal(orjson.dumps(content).decode(), draft_place(task_id, login))
    row = {"task_id": task_id, "login": login, "saved_at": at, "key_id": one.key_id, "sealed": one.data}
    uow.run(_SAVE[uow.dialect], row)


def draft(connection: Connection, vault: Vault, task_id: str, login: str) -> DraftRow | None:
    """His draft of this task, if he has one. Raises SealBroken."""
    row = connection.execute(_DRAFT, {"task_id": task_id, "login": login}).first()
    if row is None:
        return None
    text = vault.open(Sealed(row.key_id, bytes(row.sealed)), draft_place(task_id, login))
    return DraftRow(row.saved_at, orjson.loads(text))


def drop_draft(uow: UnitOfWork, task_id: str, login: str) -> None:
    """Forget his draft of this task."""
    uow.run(_DROP, {"of_task": task_id, "of_login": login})


def forget_drafts(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some drafts of tasks that nobody can complete any more; returns how many."""
    return uow.run(_FORGET, {"before": before, "n": limit}).rowcount


def add_comment(
    uow: UnitOfWork, vault: Vault, *, id: str, order_id: int, seq: int, by: str, at: datetime, text: str, n_masked: int
) -> None:
    """Keep a comment, sealed."""
    one = vault.seal(text, comment_place(order_id, id))
    row = {"id": id, "order_id": order_id, "seq": seq, "written_by": by, "written_at": at, "n_masked": n_masked}
    uow.run(_ADD_COMMENT, row | {"key_id": one.key_id, "sealed": one.data})


def comments(connection: Connection, vault: Vault, order_id: int) -> list[CommentRow]:
    """The comments on an order, oldest first. Raises SealBroken."""
    found = connection.execute(_COMMENTS, {"order_id": order_id})
    return [
        CommentRow(
            row.id,
            row.written_by,
            row.written_at,
            vault.open(Sealed(row.key_id, bytes(row.sealed)), comment_place(order_id, row.id)),
        )
        for row in found
    ]


def add_upload(uow: UnitOfWork, file: AttachmentRow, known: dict[str, Any]) -> None:
    """Keep a sealed file, and what is known of it."""
    uow.run(_ADD_FILE, asdict(file))
    uow.run(_ADD_UPLOAD, known)


def uploads_of(connection: Connection, task_id: str) -> list[dict[str, Any]]:
    """What was uploaded for a task."""
    return [dict(row) for row in connection.execute(_UPLOADS, {"task_id": task_id}).mappings()]


def draft_place(task_id: str, login: str) -> str:
    """What a draft is bound to."""
    return f"task_draft|{task_id}|{login}"


def comment_place(order_id: int, id: str) -> str:
    """What a comment is bound to."""
    return f"order_comment|{order_id}|{id}"
