"""After acceptance at the counter: what is being asked outside, what has come, what is missing, what comes next."""

from __future__ import annotations

from flask import render_template

from engine.policy import Permission
from engine.queries import counter
from web import guard
from web.accounts import actor, engine
from web.views.standing import outages_of

counters = guard.Blueprint("counters", __name__, enable_openapi=False)


@counters.get("/orders/<key:order_no>/counter", needs=Permission.ORDER_READ)
def show(order_no: str) -> str:
    """Refreshes itself while an answer is awaited; nobody has to wait for it."""
    with engine().read() as view:
        progress = counter.progress(view, actor(), order_no)
        outages = outages_of(view)
    missing = [line for line in progress.papers.lines if line.ways]
    return render_template(
        "counter.html", order=progress.page.head, progress=progress, missing=missing, outages=outages
    )
