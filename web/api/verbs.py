"""What staff do with a task besides working on it, over HTTP: 退回 撤回 转办 委派 交回 加签 抄送."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response

from engine.commands.consult_task import ConsultTask
from engine.commands.copy_task import CopyTask
from engine.commands.delegate_task import DelegateTask
from engine.commands.give_opinion import GiveOpinion
from engine.commands.resolve_task import ResolveTask
from engine.commands.return_task import ReturnTask
from engine.commands.transfer_task import TransferTask
from engine.commands.withdraw_task import WithdrawTask
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from engine.queries import verbs as queries
from web.accounts import actor, engine
from web.api import shapes_verbs as shapes
from web.api.blueprint import answer, api, body, instant, key
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, clean

_CHECKS = {name: FormCheck({"schema": shape}) for name, shape in shapes.BODIES.items()}
_PROBLEMS = (404, 409, 415, 422)


def sent(name: str) -> dict[str, Any]:
    """The request's body, checked; words of people without signs that nobody sees."""
    values = body()
    _CHECKS[name].check(values)
    for field in ("note", "late_reason"):
        if field in values:
            values[field] = clean(values[field], field)
    return values


def _run(command: Any, status: int = 200) -> Response:
    return answer(asdict(engine().run(command, actor())), status)


@api.get("/tasks/<key:task_id>/verbs", needs=Permission.ORDER_READ)
@described("What the caller can do with a task, and what has been done with it", {200: "Verbs"}, problems=(404,))
def verbs(task_id: str) -> Response:
    """GET /tasks/{id}/verbs."""
    with engine().read() as view:
        found = queries.of_task(view, actor(), task_id)
    row = found.row
    return answer(
        {
            "task_id": row.id,
            "on_behalf_of": row.on_behalf_of,
            "delegated_by": row.delegated_by,
            "back_to": row.back_to,
            "opinion_on": row.parent_id,
            "returnable": [asdict(each) for each in found.returnable],
            "colleagues": [asdict(each) for each in found.colleagues] if found.disposes else [],
            "opinions": [{"task_id": o.id, "asked": o.assignee, "when": o.consult, "state": o.state.lower()}
                         for o in found.opinions],
            "acts": [{"kind": a.kind, "actor": a.actor, "to": a.to_login, "to_element": a.to_element,
                      "reason": a.reason, "opinion": a.opinion, "note": a.note or "", "at": a.at} for a in found.acts],
            "copies": [{"copy_id": c["id"], "to": c["to_login"], "sent_by": c["sent_by"], "sent_at": c["sent_at"],
                        "read_at": c["read_at"]} for c in found.copies],
        }
    )  # fmt: skip


@api.post("/tasks/<key:task_id>/return", needs=Permission.TASK_RETURN)
@described(
    "Return a task to a step that was done; with `straight` it comes straight back here once done again",
    {200: "TaskReturned"},
    problems=_PROBLEMS,
    body="ReturnRequest",
    parameters=(OPTIONAL_KEY,),
)
def return_(task_id: str) -> Response:
    """POST /tasks/{id}/return."""
    command_key, got = key(), sent("ReturnRequest")
    straight = got.get("straight", False)
    return _run(ReturnTask(task_id, got["element"], got["reason"], command_key, got.get("note", ""), straight))


@api.post("/tasks/<key:task_id>/withdraw", needs=Permission.TASK_WITHDRAW)
@described(
    "Take back one's own completion while nobody has moved on",
    {200: "TaskWithdrawn"},
    problems=_PROBLEMS,
    body="WithdrawRequest",
    parameters=(OPTIONAL_KEY,),
)
def withdraw(task_id: str) -> Response:
    """POST /tasks/{id}/withdraw."""
    command_key, got = key(), sent("WithdrawRequest")
    return _run(WithdrawTask(task_id, got["reason"], command_key, got.get("note", "")))


@api.post("/tasks/<key:task_id>/transfer", needs=Permission.TASK_TRANSFER)
@described(
    "Give a task to a colleague of its role; a leader may give any of his units",
    {200: "TaskHeld"},
    problems=_PROBLEMS,
    body="TransferRequest",
    parameters=(OPTIONAL_KEY,),
)
def transfer(task_id: str) -> Response:
    """POST /tasks/{id}/transfer."""
    command_key, got = key(), sent("TransferRequest")
    return _run(TransferTask(task_id, got["to"], got["reason"], command_key, got.get("note", "")))


@api.post("/tasks/<key:task_id>/delegate", needs=Permission.TASK_DELEGATE)
@described(
    "Let a colleague work a task out; it comes back to be confirmed",
    {200: "TaskHeld"},
    problems=_PROBLEMS,
    body="DelegateRequest",
    parameters=(OPTIONAL_KEY,),
)
def delegate(task_id: str) -> Response:
    """POST /tasks/{id}/delegate."""
    command_key, got = key(), sent("DelegateRequest")
    return _run(DelegateTask(task_id, got["to"], got["reason"], command_key, got.get("note", "")))


@api.post("/tasks/<key:task_id>/resolve", needs=Permission.TASK_COMPLETE)
@described(
    "Give a delegated task back, filled in; the delegator takes it back as it is",
    {200: "TaskHeld"},
    problems=_PROBLEMS,
    body="Resolution",
    parameters=(OPTIONAL_KEY,),
)
def resolve(task_id: str) -> Response:
    """POST /tasks/{id}/resolve."""
    command_key, got = key(), sent("Resolution")
    return _run(ResolveTask(task_id, got["form"], command_key, got.get("note", "")))


@api.post("/tasks/<key:task_id>/consult", needs=Permission.TASK_CONSULT)
@described(
    "Ask for second opinions: BEFORE the task is done, or AFTER, on the form sent along, with which it is finished by "
    "itself once everybody agrees",
    {201: "Consulted"},
    problems=_PROBLEMS,
    body="ConsultRequest",
    parameters=(OPTIONAL_KEY,),
)
def consult(task_id: str) -> Response:
    """POST /tasks/{id}/consult."""
    command_key, got = key(), sent("ConsultRequest")
    occurred_at = instant(got.get("occurred_at"), "occurred_at")
    command = ConsultTask(task_id, tuple(got["to"]), got["when"], got["reason"], command_key, got.get("note", ""),
                          got.get("form"), occurred_at, got.get("late_reason", ""))  # fmt: skip
    return _run(command, 201)


@api.post("/tasks/<key:task_id>/opinion", needs=Permission.TASK_COMPLETE)
@described(
    "Give the opinion that one was asked for",
    {200: "OpinionGiven"},
    problems=_PROBLEMS,
    body="Opinion",
    parameters=(OPTIONAL_KEY,),
)
def opinion(task_id: str) -> Response:
    """POST /tasks/{id}/opinion."""
    command_key, got = key(), sent("Opinion")
    return _run(GiveOpinion(task_id, got["opinion"], command_key, got.get("note", "")))


@api.post("/tasks/<key:task_id>/copies", needs=Permission.COPY_SEND)
@described(
    "Show a task to colleagues for information",
    {201: "Copied"},
    problems=_PROBLEMS,
    body="CopyRequest",
    parameters=(OPTIONAL_KEY,),
)
def copy(task_id: str) -> Response:
    """POST /tasks/{id}/copies."""
    command_key, got = key(), sent("CopyRequest")
    return _run(CopyTask(task_id, tuple(got["to"]), got["reason"], command_key, got.get("note", "")), 201)
