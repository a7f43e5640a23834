"""The page of an order's time: every clock with its picture, until when its plan holds, when its promises are due."""

from __future__ import annotations

from flask import render_template

from engine.policy import Permission
from engine.queries import clock_page, holds
from web import guard
from web.accounts import actor, engine
from web.views.clock_picture import WIDTH, Axis, picture, reason_of

clocks = guard.Blueprint("clocks", __name__, enable_openapi=False)


@clocks.get("/orders/<key:order_no>/clocks", needs=Permission.ORDER_READ)
def show(order_no: str) -> str:
    """The clocks of one order."""
    with engine().read() as view:
        page = clock_page.of_order(view, actor(), order_no)
        stops = holds.of_order(view, actor(), order_no)
    axis = Axis(page)
    reasons = {line.reason_code: line.reason for line in stops.lines}
    shown = [
        (line, picture(line, axis, reasons), [(span, reason_of(line, span, reasons)) for span in line.pauses])
        for line in page.clocks
    ]
    return render_template(
        "clocks.html",
        order=page.head,
        page=page,
        clocks=shown,
        axis=axis,
        width=WIDTH,
        reasons=reasons,
        hold=stops.in_force,
    )
