"""Tasks over HTTP: worklist, one task with its form, claim, unclaim, complete."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, request

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.unclaim_task import UnclaimTask
from engine.errors import Fault, Invalid
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from engine.queries import tasklist, worklist
from engine.queries import tasks as queries
from web.accounts import actor, engine
from web.api import shapes
from web.api.blueprint import after, answer, api, body, choice, instant, key, known_parameters, limit, order_no
from web.api.contract import KEY, described, query
from web.forms import is_clean

STATES = {"open": "OPEN", "done": "DONE", "cancelled": "CANCELLED"}
ASSIGNEES = {"me": "me", "none": "none", "any": "any", "overdue": "overdue", "followed": "followed"}
SORTS = {sort: sort for sort in tasklist.SORTS}
CODE = {"type": "string", "pattern": "^[0-9A-Za-z_]{1,64}$"}
NARROWING = ("role", "stage", "category", "unit", "level", "days")
"""Parameters that only the list of open tasks knows."""
CLAIMED = {"true": True, "false": False}
OPTIONAL_KEY = {**KEY, "required": False}
PAGING = (
    query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}),
    query("after", {"type": "string", "pattern": "^[ -~]{1,200}$"}, "`next` of the page before"),
)
_completion = FormCheck({"schema": shapes.COMPLETION})


@api.get("/tasks", needs=Permission.ORDER_READ)
@described(
    "Worklist, most urgent first",
    {200: "TaskPage"},
    problems=(422,),
    parameters=(
        query("assignee", {"enum": list(ASSIGNEES), "default": "me"},
              "`me`: held by me, or free and mine to claim; `overdue`: of my units; `followed`: orders I follow"),
        query("sort", {"enum": list(SORTS), "default": "urgent"}, "`legal`: by the law's end, those without one last"),
        query("role", CODE), query("stage", CODE), query("category", CODE),
        query("unit", CODE, "This unit and all below it"),
        query("level", {"type": "integer", "minimum": 0, "maximum": 3}, "This priority or one before it"),
        query("days", {"type": "integer", "minimum": 0, "maximum": tasklist.N_MAX_DAYS}, "The law's end is nearer"),
        query("state", {"enum": list(STATES), "default": "open"}),
        query("claimed", {"enum": list(CLAIMED)}, "with assignee=me: only those that I hold, or only the free ones"),
        query("order_no", {"type": "string", "pattern": "^[0-9A-Za-z]{1,32}$"}),
        *PAGING,
    ),
)  # fmt: skip
def listed() -> Response:
    """GET /tasks."""
    known_parameters("assignee", "state", "claimed", "order_no", "sort", *NARROWING, "limit", "after")
    whose = choice("assignee", ASSIGNEES, "me")
    claimed = choice("claimed", CLAIMED, None)
    if whose == "me" and claimed is not None:
        whose = "mine" if claimed else "free"
    state, size, number = choice("state", STATES, "open"), limit(), order_no()
    narrowing = {name: request.args[name] for name in NARROWING if name in request.args}
    if empty := [name for name, value in narrowing.items() if not value]:
        raise Invalid("没有这个筛选条件", field=empty[0])
    wanted = tasklist.wanted_of({"whose": whose, "sort": choice("sort", SORTS, "urgent"), **narrowing})
    if state == "OPEN" and number is None:
        with engine().read() as view:
            page = tasklist.page(view, actor(), wanted, after=after(), limit=size)
        return answer({"items": [item(line.line, line.claimable) for line in page.items], "next": page.next})
    if narrowing or whose in ("overdue", "followed"):
        raise Invalid("只用于查询未办结任务，且不与 order_no 同用", field=min(narrowing, default="assignee"))
    with engine().read() as view:
        found = worklist.items(view, actor(), whose, state=state, order_no=number, after=after(), limit=size)
    following = found[-1].line.cursor if len(found) == size else None
    return answer({"items": [item(line.line, line.claimable) for line in found], "next": following})


@api.get("/tasks/<key:task_id>", needs=Permission.ORDER_READ)
@described("One task with its form and the values known already", {200: "Task"}, problems=(404,))
def shown(task_id: str) -> Response:
    """GET /tasks/{id}."""
    with engine().read() as view:
        page = queries.task(view, actor(), task_id)
    more = {
        "element": page.element_id,
        "form_key": page.form_key,
        "form": page.form,
        "values": page.values,
        "may_complete": page.may_complete,
        "order_version": page.order_version,
    }
    return answer(item(page.line, worklist.may_claim(actor(), page.line)) | more)


@api.post("/tasks/<key:task_id>/claim", needs=Permission.TASK_CLAIM)
@described("Take a task", {200: "TaskHeld"}, problems=(404, 409), parameters=(OPTIONAL_KEY,))
def claim(task_id: str) -> Response:
    """POST /tasks/{id}/claim."""
    return answer(asdict(engine().run(ClaimTask(task_id, key()), actor())))


@api.post("/tasks/<key:task_id>/unclaim", needs=Permission.TASK_CLAIM)
@described("Give a task back", {200: "TaskHeld"}, problems=(404, 409), parameters=(OPTIONAL_KEY,))
def unclaim(task_id: str) -> Response:
    """POST /tasks/{id}/unclaim."""
    return answer(asdict(engine().run(UnclaimTask(task_id, key()), actor())))


@api.post("/tasks/<key:task_id>/complete", needs=Permission.TASK_COMPLETE)
@described(
    "Finish a task", {200: "TaskDone"}, problems=(404, 409, 415, 422), body="Completion", parameters=(OPTIONAL_KEY,)
)
def complete(task_id: str) -> Response:
    """POST /tasks/{id}/complete."""
    command_key, sent = key(), body()
    _completion.check(sent)
    command = CompleteTask(
        task_id=task_id,
        form=sent["form"],
        occurred_at=instant(sent.get("occurred_at"), "occurred_at"),
        key=command_key,
        late_reason=clean(sent.get("late_reason", ""), "late_reason"),
        version=sent.get("version"),
    )
    return answer(asdict(engine().run(command, actor())))


def clean(text: str, field: str) -> str:
    """A sentence without signs that nobody sees."""
    if not is_clean(text):
        raise Invalid(faults=[Fault(field, "bad_shape", "含有不可见字符")])
    return text


def item(line: queries.TaskLine, claimable: bool) -> dict[str, Any]:
    """A task as lists show it."""
    return {
        "id": line.task_id,
        "name": line.name,
        "role": line.role,
        "stage": line.stage,
        "state": line.state.lower(),
        "order_no": line.order_no,
        "category": line.category,
        "unit_code": line.unit_code,
        "customer": line.name_masked,
        "address": line.address_masked,
        "assignee": line.assignee,
        "is_mine": line.is_mine,
        "claimable": claimable,
        "priority": line.priority,
        "offered_to": line.offered_to,
        "opened_at": line.opened_at,
        "due_at": line.due_at,
        "closed_at": line.closed_at,
    }
