"""Keep a picture or file for a field of a task's form: checked, cleaned, sealed. The form then holds its id."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from engine.commands.complete_task import open_task
from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.uploads import UploadRefused, checked
from engine.errors import Forbidden
from engine.kernel.forms import PHOTO, uploads
from engine.policy import Permission
from engine.store import attachments, desk

N_MAX_FILES = 30
"""For one task: nobody fills the database by one form."""


@dataclass(frozen=True, slots=True)
class KeepUpload:
    """`field` is one of the form whose widget is a photo or a file; `content` the bytes as sent."""

    task_id: str
    field: str
    content: bytes
    key: str


@dataclass(frozen=True, slots=True)
class UploadKept:
    """`taken_at`: what the camera said, ISO 8601, or blank."""

    task_id: str
    attachment_id: str
    taken_at: str


def handle(command: KeepUpload, tx: Tx) -> UploadKept:
    """Raises NotFound, AlreadyDone, Forbidden for who does not hold the task, Invalid for what cannot be kept."""
    task = open_task(tx, command.task_id)
    if task.assignee != tx.actor.id:
        raise Forbidden("先领取任务")
    form = tx.version.process.forms.get(task.form_key)
    widget = uploads(form).get(command.field) if form else None
    if widget is None:
        raise wrong(command.field, "unknown_field", "表单没有此项")
    if len(desk.uploads_of(tx.connection, task.id)) >= N_MAX_FILES:
        raise wrong(command.field, "too_many", f"一个任务最多上传 {N_MAX_FILES} 个文件")
    try:
        kept = checked(command.content, pictures_only=widget == PHOTO)
    except UploadRefused as error:
        raise wrong(command.field, error.code, error.reason) from error
    row = attachments.sealed(
        tx.world.vault,
        kept.content,
        id=uuid4().hex,
        order_id=tx.order.id,
        kind=attachments.UPLOAD,
        media_type=kept.media_type,
        at=tx.received_at,
        by=tx.actor.id,
    )
    known = {"attachment_id": row.id, "task_id": task.id, "field": command.field}
    picture = {"taken_at": kept.taken_at, "is_zoned": kept.is_zoned, "width": kept.width, "height": kept.height}
    desk.add_upload(tx.uow, row, known | picture)
    taken = kept.taken_at.isoformat() if kept.taken_at else ""
    told = {"task": task.id, "element": task.element_id, "field": command.field, "file": row.id}
    tx.record("FileKept", told | {"digest": row.digest, "media_type": row.media_type, "taken_at": taken})
    return UploadKept(task.id, row.id, taken)


VERB = Verb(KeepUpload, UploadKept, Permission.TASK_COMPLETE, handle, locks=("task", "task_id"))
