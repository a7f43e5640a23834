"""Orders: the search, and one order whole with its diagram."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, jsonify, render_template, request
from flask_babel import gettext

from engine.policy import Permission
from engine.queries import colleagues, worklist
from engine.queries import orders as queries
from engine.queries.explanations import explained
from engine.queries.view import View
from web import guard
from web.accounts import actor, engine
from web.presentation import when
from web.views import recounts, timeline_filter
from web.views.beside import around_of
from web.views.climbing import late_of
from web.views.correspondence import correspondence_of
from web.views.reasons import reasons, shown_decisions
from web.views.shown import TaskShown, holders
from web.views.standing import standing_of
from web.views.timeline import shown_events

orders = guard.Blueprint("orders", __name__, enable_openapi=False)

PAGE = 50
STATES = ("RUNNING", "WAITING_PROCESS", "COMPLETED", "TERMINATED")
_ORDER_NO = re.compile(r"[0-9A-Za-z]{1,32}")


@orders.get("/orders", needs=Permission.ORDER_READ)
def index() -> str:
    """The search; what is no order number finds nothing."""
    q = request.args.get("q", "").strip()
    state = request.args.get("state", "")
    after = request.args.get("after", "")
    found: list[dict[str, Any]] = []
    if not q or _ORDER_NO.fullmatch(q):
        with engine().read() as view:
            found = worklist.found_orders(
                view,
                actor(),
                order_no=q or None,
                status=state if state in STATES else None,
                after=int(after) if re.fullmatch(r"[0-9]{1,15}", after, re.ASCII) else None,
                limit=PAGE,
            )
    following = found[-1]["id"] if len(found) == PAGE else None
    return render_template("orders.html", orders=found, q=q, state=state, states=STATES, after=following)


@orders.get("/orders/<key:order_no>", needs=Permission.ORDER_READ)
def show(order_no: str) -> str:
    """One order. `show` narrows the record."""
    which = timeline_filter.known(request.args.get("show", ""))
    with engine().read() as view:
        page = queries.order(view, actor(), order_no)
        entries = queries.timeline(view, actor(), order_no)
        tasks = _tasks(view, page)
        people = holders(view, (who for e in entries for who in (e.actor, e.body.get("on_behalf_of"))))
        elements = queries.element_names(view, page.head["process_version_id"])
        decisions = shown_decisions(explained(view, entries), elements)
        standing = standing_of(view, order_no, page)
        is_followed = bool(colleagues.followed(view, actor(), [order_no]))
        late = late_of(view, order_no, entries, decisions)
        around = around_of(view, order_no)
        stopped = [(each, reasons(view, each, elements)) for each in page.incidents if each["resolved_at"] is None]
    return render_template(
        "order.html",
        order=page.head,
        header=header_of(page.head),
        clocks=page.clocks,
        recounts=recounts.by_stage(entries),
        limit_rules={each.what.told["stage"]: each for each in decisions if each.what.told.get("stage")},
        tasks=tasks,
        timers=[timer for timer in page.timers if timer["state"] == "PENDING"],
        calls=[call for call in page.calls if call["state"] == "PENDING"],
        incidents=stopped,
        elements=elements,
        events=shown_events(timeline_filter.only(entries, which), people, elements, decisions),
        filters=timeline_filter.choices(entries),
        which=which,
        around=around,
        sent=correspondence_of(page.calls),
        decisions=decisions,
        drawn=page.drawn,
        standing=standing,
        late=late,
        outages=standing.outages,
        is_followed=is_followed,
    )


@orders.get("/orders/<key:order_no>/diagram.xml", needs=Permission.ORDER_READ)
def diagram(order_no: str) -> Response:
    """The diagram on which this order runs, or that of the called folder `of`."""
    with engine().read() as view:
        page = queries.order(view, actor(), order_no)
    own = page.drawn[0].key if page.drawn else ""
    found = page.diagrams.get(request.args.get("of", own))
    if found is None:
        abort(404)
    return Response(found, mimetype="application/xml")


@orders.get("/orders/<key:order_no>/marks.json", needs=Permission.ORDER_READ)
def marks(order_no: str) -> Response:
    """Where the order stands: open tasks, what waits by itself, what has stopped, what lies behind and ahead."""
    with engine().read() as view:
        page = queries.order(view, actor(), order_no)
    current = {task.element_id for task in page.tasks if task.state == "OPEN"}
    stopped = {incident["element_id"] for incident in page.incidents if incident["resolved_at"] is None}
    waiting = set(page.current) - current - stopped
    passed = set(page.passed) - current - stopped - waiting
    coming = queries.coming(page) - current - stopped - waiting - passed
    sets = {"current": current, "waiting": waiting, "stopped": stopped, "passed": passed, "coming": coming}
    return jsonify({name: sorted(elements) for name, elements in sets.items()})


def _tasks(view: View, page: queries.OrderPage) -> list[TaskShown]:
    still_open = [task for task in page.tasks if task.state == "OPEN"]
    names = holders(view, (task.assignee for task in still_open))
    return [
        TaskShown(
            id=task.id,
            name=task.name,
            role=task.role,
            state=task.state,
            order_no=page.head["order_no"],
            customer=page.head["name_masked"],
            assignee=task.assignee,
            holder=names.get(task.assignee or "", task.assignee or ""),
            is_mine=task.assignee == actor().id,
            claimable=False,
            opened_at=task.opened_at,
            due_at=task.due_at,
            priority=task.priority,
        )
        for task in still_open
    ]


def header_of(head: Any) -> list[tuple[str, str]]:
    """What an order is about: label and value, the customer masked."""
    facts = head["facts"]
    return [
        (gettext("客户"), head["name_masked"]),
        (gettext("证件号码"), head["id_no_masked"]),
        (gettext("联系电话"), head["phone_masked"]),
        (gettext("用电地址"), head["address_masked"]),
        (gettext("申请容量"), f"{facts['capacity_kw']} kW"),
        (gettext("渠道受理编号"), head["external_id"] or gettext("无")),
        (gettext("提交时间"), when(head["submitted_at"])),
        (gettext("受理时间"), when(head["accepted_at"])),
        (gettext("办结时间"), when(head["completed_at"]) or gettext("未办结")),
    ]
