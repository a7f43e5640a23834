"""What is at hand beside the work: one's draft, comments of colleagues, other orders of the same subject."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.orders import order_head
from engine.queries.view import View
from engine.store import applications, attachments, desk
from engine.store.desk import CommentRow, DraftRow

N_MAX_RELATED = 20


@dataclass(frozen=True, slots=True)
class Related:
    """Another order. `same_subject` by the blind index of the identity, `same_premise` by that of the premise; the
    address is masked."""

    order_no: str
    category: str
    status: str
    accepted_at: datetime
    completed_at: datetime | None
    capacity_kw: Any
    business_type: str
    address_masked: str
    same_subject: bool
    same_premise: bool


def draft(view: View, actor: Actor, task_id: str) -> DraftRow | None:
    """What he himself has filled in of this task so far."""
    require(actor, Permission.TASK_COMPLETE)
    return desk.draft(view.connection, view.world.vault, task_id, actor.id)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file in the clear, cleaned when it was kept."""

    content: bytes
    media_type: str


def uploads(view: View, actor: Actor, order_no: str, task_id: str) -> dict[str, dict[str, Any]]:
    """What is known of the files of a task of this order, by id. Raises NotFound outside the actor's units."""
    order_head(view, actor, order_no)
    return {row["attachment_id"]: row for row in desk.uploads_of(view.connection, task_id)}


def file(view: View, actor: Actor, order_no: str, attachment_id: str) -> Uploaded:
    """An uploaded file of this order. Raises NotFound for any other, and outside the actor's units."""
    order_id = order_head(view, actor, order_no)["id"]
    row = attachments.one(view.connection, attachment_id)
    if row is None or row.order_id != order_id or row.kind != attachments.UPLOAD:
        raise NotFound()
    return Uploaded(attachments.opened(view.world.vault, row), row.media_type)


def comments(view: View, actor: Actor, order_no: str) -> list[CommentRow]:
    """Of an order, oldest first. Raises NotFound outside the actor's units."""
    return desk.comments(view.connection, view.world.vault, order_head(view, actor, order_no)["id"])


def related(view: View, actor: Actor, order_no: str) -> list[Related]:
    """Other orders of the actor's units that the same subject or the same premise has, newest first, at most
    N_MAX_RELATED of each. Raises NotFound outside the actor's units."""
    order_id = order_head(view, actor, order_no)["id"]
    own = applications.one(view.connection, order_id)
    subject, premise = own["id_no_index"], own["premise_index"]
    units = view.units_of(actor)
    rows = applications.of_subject(view.connection, subject, but=order_id, units=units, limit=N_MAX_RELATED)
    if premise is not None:
        rows += applications.of_premise(view.connection, premise, but=order_id, units=units, limit=N_MAX_RELATED)
    by_id = {row["id"]: row for row in rows}
    return [_related(by_id[id], subject, premise) for id in sorted(by_id, reverse=True)]


def _related(row: dict[str, Any], subject: str, premise: str | None) -> Related:
    return Related(
        order_no=row["order_no"],
        category=row["category"],
        status=row["status"],
        accepted_at=row["accepted_at"],
        completed_at=row["completed_at"],
        capacity_kw=row["facts"].get("capacity_kw"),
        business_type=str(row["facts"].get("business_type", "")),
        address_masked=row["address_masked"],
        same_subject=row["id_no_index"] == subject,
        same_premise=premise is not None and row["premise_index"] == premise,
    )
