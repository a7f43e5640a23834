"""Papers of an order that are handed out: commitment letters, the receipt, and the files that its customer sent."""

from __future__ import annotations

from flask import Response, render_template, request

from engine.domain.commitments import Status
from engine.domain.documents import NeedState
from engine.domain.uploads import ENDINGS
from engine.errors import NotFound
from engine.letters import portal_link, printed, qr_of
from engine.policy import Permission
from engine.queries import commitments, documents, letters, orders
from engine.queries.view import View
from web import guard
from web.accounts import actor, engine
from web.views.shown import holders

_ASKED = frozenset({NeedState.OPEN.value, NeedState.PROMISED.value})

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


@papers.get("/orders/<key:order_no>/files/<key:attachment_id>", needs=Permission.TASK_COMPLETE)
def file(order_no: str, attachment_id: str) -> Response:
    """A file that the customer sent. It is never shown in a page of ours: the browser saves it, named by us."""
    with engine().read() as view:
        content, media_type = documents.file(view, actor(), order_no, attachment_id)
    answer = Response(content, mimetype=media_type)
    name = f"{order_no}-{attachment_id[:8]}.{ENDINGS[media_type]}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


@papers.get("/orders/<key:order_no>/receipt", needs=Permission.ORDER_READ)
def receipt(order_no: str) -> str:
    """The receipt to print for the customer, with the QR code of his own page."""
    with engine().read() as view:
        page = orders.order(view, actor(), order_no)
        lines = documents.of_order(view, actor(), order_no).lines
    link = portal_link(engine().settings.portal_url or request.url_root, order_no)
    total = next((clock for clock in page.clocks if clock["stage"] == "TOTAL"), None)
    held = [line for line in lines if line.state == NeedState.HELD]
    missing = [line for line in lines if line.state in _ASKED and line.why != documents.Why.ONLY_LOOKED_UP]
    return render_template(
        "receipt.html", order=page.head, total=total, held=held, missing=missing, link=link, qr=qr_of(link)
    )


def _of(view: View, order_no: str, commitment_no: str) -> commitments.CommitmentPage:
    page = commitments.one(view, actor(), commitment_no)
    if page.order_no != order_no:
        raise NotFound
    return page
