"""Orders over HTTP: hand in an application, list, one order whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import Response, url_for

from engine.commands.accept_application import AcceptApplication
from engine.errors import Fault
from engine.policy import Permission
from engine.queries import orders as queries
from engine.queries import worklist
from web.accounts import actor, engine
from web.api.blueprint import after, answer, api, body, choice, key, known_parameters, limit, order_no
from web.api.contract import KEY, described, query
from web.api.tasks import PAGING, STATES
from web.problems import BadRequest

STATUSES = {name: name for name in ("WAITING_PROCESS", "RUNNING", "COMPLETED")}
_HEAD = ("order_no", "channel", "external_id", "unit_code", "hall_code", "category", "process_key", "process_version",
         "status", "submitted_at", "accepted_at", "started_at", "completed_at", "n_incidents")  # fmt: skip
_CLOCK = ("stage", "kind", "limit_workdays", "used_workdays", "running_since", "due_at", "basis", "why")
_TASK = ("id", "name", "role", "stage", "unit_code", "assignee", "opened_at", "due_at", "closed_at")


@api.post("/orders", needs=Permission.ORDER_ACCEPT)
@described(
    "Hand in an application. 201: a new order; 200: it, or a request with this key, was handed in before",
    {200: "Accepted", 201: "Accepted"},
    problems=(404, 409, 415, 422),
    body="Application",
    parameters=(KEY,),
)
def accepted() -> Response:
    """POST /orders."""
    command_key = key(required=True)
    command = AcceptApplication(application=body(), key=command_key)
    with engine().read() as view:
        again = worklist.is_answered(view, actor(), command.key)
    done = engine().run(command, actor())
    fields = ("order_no", "status", "category", "process_key", "state")
    value = {name: getattr(done, name) for name in fields}
    place = url_for("api.order", order_no=done.order_no)
    return answer(value, 200 if again or done.status == "duplicate" else 201, {"Location": place})


@api.get("/orders", needs=Permission.ORDER_READ)
@described(
    "Orders of one's units, newest first",
    {200: "OrderPage"},
    parameters=(
        query("order_no", {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}$"}, "Beginning of the number"),
        query("status", {"enum": list(STATUSES)}),
        *PAGING,
    ),
)
def orders() -> Response:
    """GET /orders."""
    known_parameters("order_no", "status", "limit", "after")
    size, status, before = limit(), choice("status", STATUSES, None), _row(after())
    with engine().read() as view:
        found = worklist.found_orders(view, actor(), order_no=order_no(), status=status, after=before, limit=size)
    following = str(found[-1]["id"]) if len(found) == size else None
    return answer({"items": [head(row) for row in found], "next": following})


@api.get("/orders/<key:order_no>", needs=Permission.ORDER_READ)
@described("One order with clocks, tasks, timers, incidents, decisions and its record", {200: "Order"}, problems=(404,))
def order(order_no: str) -> Response:
    """GET /orders/{order_no}."""
    with engine().read() as view:
        page = queries.order(view, actor(), order_no)
        entries = queries.timeline(view, actor(), order_no)
    more = {
        "facts": page.head["facts"],
        "clocks": [{name: clock[name] for name in _CLOCK} for clock in page.clocks],
        "tasks": [_task(page.head, task) for task in page.tasks],
        "timers": [_timer(timer) for timer in page.timers],
        "incidents": [_incident(incident) for incident in page.incidents],
        "decisions": page.decisions,
        "current": page.current,
        "events": entries,
    }
    return answer(head(page.head) | more)


def head(row: Mapping[str, Any]) -> dict[str, Any]:
    """An order as lists show it."""
    value = {name: row[name] for name in _HEAD}
    return value | {"customer": row["name_masked"], "address": row["address_masked"]}


def _task(order_head: Mapping[str, Any], task: Any) -> dict[str, Any]:
    state = next(word for word, stored in STATES.items() if stored == task.state)
    mine = task.assignee == actor().id
    free = task.state == "OPEN" and task.assignee is None and (not task.role or task.role in actor().roles)
    return {name: getattr(task, name) for name in _TASK} | {
        "state": state,
        "order_no": order_head["order_no"],
        "category": order_head["category"],
        "customer": order_head["name_masked"],
        "address": order_head["address_masked"],
        "is_mine": mine,
        "claimable": free,
    }


def _timer(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"element": row["element_id"]} | {name: row[name] for name in ("id", "name", "due_at", "state", "fired_at")}


def _incident(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "code", "message", "opened_at", "resolved_at")
    detail = {"notes": [], "decisions": []} | (row["detail"] or {})
    return {"element": row["element_id"]} | {name: row[name] for name in names} | detail


def _row(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", text, re.ASCII):
        raise BadRequest(faults=[Fault("after", "bad_shape", "翻页标记无效")])
    return int(text)
