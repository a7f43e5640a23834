"""Commitment letters of an order: to be read, and as the file that is handed out or signed on paper."""

from __future__ import annotations

from flask import Response, render_template

from engine.domain.commitments import Status
from engine.errors import NotFound
from engine.letters import printed
from engine.policy import Permission
from engine.queries import commitments, letters
from engine.queries.view import View
from web import guard
from web.accounts import actor, engine
from web.views.shown import holders

papers = guard.Blueprint("papers", __name__, enable_openapi=False)


@papers.get("/orders/<key:order_no>/commitments/<key:commitment_no>", needs=Permission.ORDER_READ)
def letter(order_no: str, commitment_no: str) -> str:
    """One letter with its promises; the customer stays masked."""
    with engine().read() as view:
        page = _of(view, order_no, commitment_no)
        people = holders(view, [page.commitment.received_by])
        text = letters.fragment(view, actor(), commitment_no)
    return render_template("letter.html", order_no=order_no, page=page, letter=text, people=people)


@papers.get("/orders/<key:order_no>/commitments/<key:commitment_no>.pdf", needs=Permission.TASK_COMPLETE)
def pdf(order_no: str, commitment_no: str) -> Response:
    """The file that was kept; until there is one the letter is printed as it stands, to be signed on paper or to be
    taken along by the customer."""
    with engine().read() as view:
        page = _of(view, order_no, commitment_no)
        unprinted = page.commitment.letter_id is None or page.commitment.status == Status.DRAFT
        document = letters.document(view, actor(), commitment_no).html if unprinted else ""
        content = b"" if unprinted else commitments.file(view, actor(), commitment_no).content
    content = content or printed(document).data
    answer = Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{commitment_no}.pdf"'
    return answer


def _of(view: View, order_no: str, commitment_no: str) -> commitments.CommitmentPage:
    page = commitments.one(view, actor(), commitment_no)
    if page.order_no != order_no:
        raise NotFound
    return page
