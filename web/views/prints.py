"""An order on paper: one sheet to be printed from the browser, the customer masked. Reads as the order's page does."""

from __future__ import annotations

from flask import render_template

from engine.policy import Permission
from engine.queries import orders as queries
from web import guard
from web.accounts import actor, engine
from web.views.correspondence import correspondence_of
from web.views.orders import header_of
from web.views.shown import holders
from web.views.standing import standing_of
from web.views.timeline import shown_events

prints = guard.Blueprint("prints", __name__, enable_openapi=False)


@prints.get("/orders/<key:order_no>/print", needs=Permission.ORDER_READ)
def order(order_no: str) -> str:
    """Facts, clocks, papers, messages and the record, without pictures and buttons."""
    with engine().read() as view:
        page = queries.order(view, actor(), order_no)
        entries = queries.timeline(view, actor(), order_no)
        people = holders(view, (entry.actor for entry in entries))
        elements = queries.element_names(view, page.head["process_version_id"])
        standing = standing_of(view, order_no, page)
    return render_template(
        "order_print.html",
        order=page.head,
        header=header_of(page.head),
        clocks=page.clocks,
        tasks=[task for task in page.tasks if task.state == "OPEN"],
        standing=standing,
        sent=correspondence_of(page.calls),
        events=list(reversed(shown_events(entries, people, elements, ()))),
        printed_at=engine().clock.now(),
    )
