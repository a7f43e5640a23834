"""Orders over HTTP: hand in an application, list, one order whole."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response, url_for

from engine.commands.accept_application import AcceptApplication
from engine.errors import Fault
from engine.policy import Permission
from engine.queries import corrections, holds, messages, worklist
from engine.queries import orders as queries
from engine.queries.view import View
from web.accounts import actor, engine
from web.api.blueprint import after, answer, api, body, choice, key, known_parameters, limit, order_no
from web.api.contract import KEY, described, query
from web.api.corrections import shown
from web.api.tasks import PAGING, STATES
from web.problems import BadRequest

STATUSES = {name: name for name in ("WAITING_PROCESS", "RUNNING", "COMPLETED", "TERMINATED")}
_HEAD = ("order_no", "channel", "external_id", "unit_code", "hall_code", "category", "process_key", "process_version",
         "status", "submitted_at", "accepted_at", "started_at", "completed_at", "n_incidents",
         "suspended_since")  # fmt: skip
_CLOCK = ("stage", "kind", "limit_workdays", "used_workdays", "paused_workdays", "running_since", "paused_since",
          "due_at", "internal_workdays", "internal_due_at", "basis", "why")  # fmt: skip
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
        stops = holds.of_order(view, actor(), order_no)
        corrected = corrections.of_order(view, actor(), order_no)
        awaits = [_awaited(view, line, order_no) for line in messages.of_order(view, actor(), order_no)]
    more = {
        "facts": page.head["facts"],
        "clocks": [{name: clock[name] for name in _CLOCK} for clock in page.clocks],
        "tasks": [_task(page.head, task, corrections.holding(corrected)) for task in page.tasks],
        "awaits": awaits,
        "holds": [asdict(line) for line in stops.lines],
        "corrections": [shown(row) for row in corrected],
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
    masks = {"customer": row["name_masked"], "address": row["address_masked"]}
    return value | masks | {"restart_of": row["restart_of_no"]}


def _awaited(view: View, line: messages.AwaitedLine, order_no: str) -> dict[str, Any]:
    page = messages.one(view, actor(), order_no, line.element_id)
    may = line.may_deliver and actor().may(Permission.MESSAGE_DELIVER)
    named = {"message": line.message, "element": line.element_id, "name": line.name, "role": line.role}
    return named | {"form": page.form, "values": page.values, "may_deliver": may}


def _task(order_head: Mapping[str, Any], task: Any, holding: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    state = next(word for word, stored in STATES.items() if stored == task.state)
    mine = task.assignee == actor().id
    free = task.state == "OPEN" and task.assignee is None and (not task.role or task.role in actor().roles)
    correction = holding.get(task.id)
    return {name: getattr(task, name) for name in _TASK} | {
        "occurred_at": task.occurred_at,
        "effective_at": correction["after_at"] if correction else task.occurred_at,
        "correction": correction["id"] if correction else None,
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
