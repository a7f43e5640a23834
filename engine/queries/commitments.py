"""Commitment letters as staff see them, the printed file, and the register of broken promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import Invalid, NotFound
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import applications, attachments, commitments, reading
from engine.store.attachments import AttachmentRow
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.papers import Papers

N_MAX_PAGE = 200


@dataclass(frozen=True, slots=True)
class CommitmentPage:
    """A letter with its promises; the customer as masks only."""

    commitment: CommitmentRow
    order_no: str
    name_masked: str
    id_no_masked: str
    items: tuple[ItemRow, ...]


@dataclass(frozen=True, slots=True)
class LetterFile:
    """The printed letter."""

    content: bytes
    media_type: str
    digest: str


def one(view: View, actor: Actor, commitment_no: str) -> CommitmentPage:
    """A letter by its number. Raises NotFound outside the actor's units."""
    return _page(view, actor, commitment_no)


def of_order(view: View, actor: Actor, order_no: str) -> list[CommitmentPage]:
    """Every letter of an order, cancelled drafts too, oldest first. Raises NotFound outside the actor's units."""
    require(actor, Permission.ORDER_READ)
    head = reading.order(view.connection, order_no)
    if head is None or not view.sees(actor, head["unit_code"]):
        raise NotFound()
    papers = Papers(view.connection, head["id"])
    return [_made(head, papers, row) for row in papers.commitments]


def file(view: View, actor: Actor, commitment_no: str) -> LetterFile:
    """The printed letter, for the customer's copy and for signing on paper. Raises NotFound while there is none."""
    page = one(view, actor, commitment_no)
    require(actor, Permission.TASK_COMPLETE)
    row = _file(view, page.commitment.letter_id)
    if row is None:
        raise NotFound(commitment_no)
    return LetterFile(attachments.opened(view.world.vault, row), row.media_type, row.digest)


def breaches(view: View, actor: Actor, *, order_no: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """The register of broken promises in the actor's units, newest first, customers masked.

    With an order, those of its applicant, whatever order they were given for.
    """
    require(actor, Permission.ORDER_READ)
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
    subject = None
    if order_no is not None:
        head = reading.order(view.connection, order_no)
        if head is None or not view.sees(actor, head["unit_code"]):
            raise NotFound()
        subject = applications.one(view.connection, head["id"])["id_no_index"]
    found = commitments.breaches(view.connection, units=view.units_of(actor), subject_index=subject, limit=limit)
    return [{name: value for name, value in row.items() if name != "subject_index"} for row in found]


def _page(view: View, actor: Actor, commitment_no: str) -> CommitmentPage:
    require(actor, Permission.ORDER_READ)
    order_id = commitments.order_id_of(view.connection, commitment_no)
    head = reading.order_of_id(view.connection, order_id) if order_id is not None else None
    if head is None or not view.sees(actor, head["unit_code"]):
        raise NotFound()
    papers = Papers(view.connection, head["id"])
    row = next(row for row in papers.commitments if row.commitment_no == commitment_no)
    return _made(head, papers, row)


def _made(head: Mapping[str, Any], papers: Papers, row: CommitmentRow) -> CommitmentPage:
    items = tuple(papers.items_of(row))
    return CommitmentPage(row, head["order_no"], head["name_masked"], head["id_no_masked"], items)


def _file(view: View, attachment_id: str | None) -> AttachmentRow | None:
    return attachments.one(view.connection, attachment_id) if attachment_id is not None else None
