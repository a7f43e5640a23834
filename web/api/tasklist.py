"""The task list over HTTP: search, counts, acts on many, assignment, kept filters, followed orders."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from engine.commands.assign_task import AssignTask
from engine.commands.follow_order import FollowOrder
from engine.commands.remove_filter import RemoveFilter
from engine.commands.save_filter import SaveFilter
from engine.errors import Invalid
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from engine.queries import colleagues, tasklist
from web import bulk
from web.accounts import actor, engine
from web.api import shapes_desk as shapes
from web.api.blueprint import answer, api, body, key
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, clean, item
from web.tagged import tagged

_search, _bulk, _assignment, _filter, _follow = (
    FormCheck({"schema": shape})
    for shape in (shapes.SEARCH, shapes.BULK, shapes.ASSIGNMENT, shapes.NEW_FILTER, shapes.FOLLOWING)
)


@api.post("/tasks/search", needs=Permission.ORDER_READ)
@described(
    "Open tasks by a part of the order's number, the customer's name or the address; posted, so that no name stands in "
    "an address",
    {200: "TaskSearchPage"},
    problems=(415, 422),
    body="TaskSearch",
)
def search() -> Response:
    """POST /tasks/search."""
    sent = body()
    _search.check(sent)
    wanted = tasklist.wanted_of(sent.get("filter", {}))
    with engine().read() as view:
        found = tasklist.page(view, actor(), wanted, q=clean(sent["q"], "q"), after=sent.get("after"),
                              limit=sent.get("limit", 50))  # fmt: skip
    items = [item(each.line, each.claimable) for each in found.items]
    return answer({"items": items, "next": found.next, "is_all": found.is_all})


@api.get("/tasks/counts", needs=Permission.ORDER_READ)
@described("How many open tasks each list has; 1000 means that many or more. Answers 304 to its own ETag",
           {200: "TaskCounts"})  # fmt: skip
def counts() -> Response:
    """GET /tasks/counts."""
    with engine().read() as view:
        n = tasklist.counts(view, actor())
    return tagged((actor().id, n), lambda: answer(n))


@api.post("/tasks/bulk", needs=Permission.ORDER_READ)
@described(
    "One act on many tasks, each a command of its own: an outcome for each",
    {200: "BulkOutcome"},
    problems=(409, 415, 422),
    body="Bulk",
    parameters=(OPTIONAL_KEY,),
)
def many() -> Response:
    """POST /tasks/bulk."""
    command_key, sent = key(), body()
    _bulk.check(sent)
    what = bulk.With(sent.get("to", ""), sent.get("reason", ""), clean(sent.get("note", ""), "note"))
    outcomes = bulk.run(sent["act"], sent["tasks"], command_key, what)
    return answer({"items": [_outcome(each) for each in outcomes]})


@api.post("/tasks/<key:task_id>/assign", needs=Permission.TASK_ASSIGN)
@described(
    "Give a task to a member of staff who may do it",
    {200: "TaskHeld"},
    problems=(404, 409, 415, 422),
    body="Assignment",
    parameters=(OPTIONAL_KEY,),
)
def assign(task_id: str) -> Response:
    """POST /tasks/{id}/assign."""
    command_key, sent = key(), body()
    _assignment.check(sent)
    return answer(asdict(engine().run(AssignTask(task_id, sent["to"], command_key), actor())))


@api.post("/orders/<key:order_no>/follow", needs=Permission.ORDER_READ)
@described(
    "Follow an order, or no more",
    {200: "Followed"},
    problems=(404, 409, 415, 422),
    body="Following",
    parameters=(OPTIONAL_KEY,),
)
def follow(order_no: str) -> Response:
    """POST /orders/{order_no}/follow."""
    command_key, sent = key(), body()
    _follow.check(sent)
    return answer(asdict(engine().run(FollowOrder(order_no, sent["following"], command_key), actor())))


@api.get("/task-filters", needs=Permission.ORDER_READ)
@described("The caller's kept filters, and those shared with his unit", {200: "FilterList"})
def filters() -> Response:
    """GET /task-filters."""
    with engine().read() as view:
        found = colleagues.kept_filters(view, actor())
    return answer({"items": [_kept(each) for each in found]})


@api.post("/task-filters", needs=Permission.ORDER_READ)
@described(
    "Keep a filter", {201: "FilterSaved"}, problems=(409, 415, 422), body="NewFilter", parameters=(OPTIONAL_KEY,)
)
def keep() -> Response:
    """POST /task-filters."""
    command_key, sent = key(), body()
    _filter.check(sent)
    wanted = tasklist.kept(tasklist.wanted_of(sent["filter"]))
    command = SaveFilter(clean(sent["title"], "title"), wanted, sent.get("shared", False), command_key)
    return answer(asdict(engine().run(command, actor())), 201)


@api.post("/task-filters/<key:filter_id>/remove", needs=Permission.ORDER_READ)
@described("Keep a filter no longer; only its owner may", {200: "FilterRemoved"}, problems=(404, 409),
           parameters=(OPTIONAL_KEY,))  # fmt: skip
def remove(filter_id: str) -> Response:
    """POST /task-filters/{id}/remove."""
    return answer(asdict(engine().run(RemoveFilter(filter_id, key()), actor())))


def _outcome(one: bulk.Outcome) -> dict[str, Any]:
    error = one.error
    reasons = [fault.reason for fault in error.faults] if isinstance(error, Invalid) else []
    return {
        "task_id": one.task_id,
        "order_no": one.line.order_no if one.line else None,
        "done": error is None,
        "code": error.code if error else None,
        "title": error.text if error else None,
        "detail": error.detail or "；".join(reasons) or None if error else None,
    }


def _kept(row: dict[str, Any]) -> dict[str, Any]:
    shown = {name: row[name] for name in ("title", "shared", "unit_code", "saved_at")}
    return {"filter_id": row["id"], "filter": row["wanted"], "is_mine": row["owner"] == actor().id, **shown}
