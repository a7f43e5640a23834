"""A commitment letter written out: in the clear for printing and for the customer before us, masked for everybody else
who may read the order."""

from __future__ import annotations

from dataclasses import dataclass

from engine.correspondence import TEMPLATE, letter_of, source_of, template_of
from engine.domain.commitments import Status
from engine.errors import Forbidden, NotFound
from engine.letters import Part, content_hash, on_screen, portal_link, written
from engine.policy import Actor, Permission, require
from engine.queries.orders import order_head
from engine.queries.view import View
from engine.store import commitments, reading
from engine.store.papers import Papers


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as a whole HTML document, and the hash of its content."""

    commitment_no: str
    html: str
    content_hash: str


def document(view: View, actor: Actor, commitment_no: str) -> Written:
    """The letter in the clear. Staff may have it while the customer is before them: as a draft, and signed until its
    file is kept, which is then what is handed out. Raises NotFound, Forbidden, LetterRefused."""
    require(actor, Permission.TASK_COMPLETE)
    return _written(view, actor, commitment_no, masked=False)


def fragment(view: View, actor: Actor, commitment_no: str, *, masked: bool = True) -> Part:
    """The letter as a part of a page. Raises NotFound outside the actor's units; Forbidden as `document` does."""
    if not masked:
        return on_screen(document(view, actor, commitment_no).html)
    require(actor, Permission.ORDER_READ)
    return on_screen(_written(view, actor, commitment_no, masked=True).html)


def draft_of(view: View, actor: Actor, order_no: str) -> str | None:
    """The number of the order's letter that waits for its signature. Raises NotFound outside the actor's units."""
    papers = Papers(view.connection, order_head(view, actor, order_no)["id"])
    drafts = [row for row in papers.commitments if row.status == Status.DRAFT]
    return drafts[-1].commitment_no if drafts else None


def _written(view: View, actor: Actor, commitment_no: str, *, masked: bool) -> Written:
    order_id = commitments.order_id_of(view.connection, commitment_no)
    head = reading.order_of_id(view.connection, order_id) if order_id is not None else None
    if head is None or not view.sees(actor, head["unit_code"]):
        raise NotFound()
    papers = Papers(view.connection, head["id"])
    row = next(row for row in papers.commitments if row.commitment_no == commitment_no)
    if not masked and actor.kind != "system" and row.status != Status.DRAFT and row.letter_id is not None:
        raise Forbidden("承诺书已签署，客户资料不再显示")
    template = template_of(view.world.version(view.connection, head["process_version_id"]).files)
    if not template:
        raise NotFound(TEMPLATE)
    source = source_of(view.connection, view.world.vault, head["id"], papers)
    letter = letter_of(source, row, masked=masked)
    link = portal_link(view.world.settings.portal_url, head["order_no"])
    return Written(commitment_no, written(letter, template, link), content_hash(letter, template))
