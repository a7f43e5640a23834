"""Decision tables: which are in force, and one whole, plain or with the rows that an order met."""

from __future__ import annotations

from flask import render_template

from engine.policy import Permission
from engine.queries import decisions as queries
from engine.queries import explanations
from engine.queries.orders import element_names, order_head
from web import guard
from web.accounts import actor, engine
from web.views.reasons import shown_decision

decisions = guard.Blueprint("decisions", __name__, enable_openapi=False)


@decisions.get("/decisions", needs=Permission.DECISION_READ)
def index() -> str:
    """The tables in force."""
    with engine().read() as view:
        found = queries.decision_list(view, actor())
        pages = [explanations.table_page(view, actor(), each.model.digest, each.decision.id) for each in found]
    return render_template("decisions.html", tables=list(zip(found, pages, strict=True)))


@decisions.get("/decisions/<key:digest>/<name:key>", needs=Permission.DECISION_READ)
def show(digest: str, key: str) -> str:
    """A table of any version."""
    with engine().read() as view:
        page = explanations.table_page(view, actor(), digest, key)
    return render_template("decision.html", page=page, shown=None, order_no="", matched={})


@decisions.get("/orders/<key:order_no>/decisions/<int:seq>/<int:number>", needs=Permission.ORDER_READ)
def of_order(order_no: str, seq: int, number: int) -> str:
    """The table of a decision of an order, with the rows that it met."""
    with engine().read() as view:
        found = explanations.decision_of_order(view, actor(), order_no, seq, number)
        page = explanations.table_page(view, actor(), found.told["table"], found.told["decision"])
        shown = shown_decision(found, element_names(view, order_head(view, actor(), order_no)["process_version_id"]))
    matched = {part.table.element_id: {row.number for row in part.rows} for part in found.parts}
    return render_template("decision.html", page=page, shown=shown, order_no=order_no, matched=matched)
