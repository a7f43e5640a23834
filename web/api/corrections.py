"""Corrections of recorded times over HTTP: ask for one, see what waits, decide."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from flask import Response

from engine.commands.decide_correction import DecideCorrection
from engine.commands.request_correction import RequestCorrection
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from engine.queries import corrections as queries
from web.accounts import actor, engine
from web.api import shapes
from web.api.blueprint import answer, api, body, instant, key, known_parameters, limit
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, PAGING, clean

_NAMES = ("task_id", "before_at", "after_at", "reason", "requested_by", "requested_at", "decision", "decided_by",
          "decided_at", "note")  # fmt: skip
_request = FormCheck({"schema": shapes.CORRECTION_REQUEST})
_decision = FormCheck({"schema": shapes.CORRECTION_DECISION})


@api.post("/tasks/<key:task_id>/corrections", needs=Permission.CORRECTION_REQUEST)
@described(
    "Ask that the recorded time of a finished task be corrected; somebody else decides",
    {201: "CorrectionRequested"},
    problems=(404, 409, 415, 422),
    body="CorrectionRequest",
    parameters=(OPTIONAL_KEY,),
)
def requested(task_id: str) -> Response:
    """POST /tasks/{id}/corrections."""
    command_key, sent = key(), body()
    _request.check(sent)
    at = instant(sent["occurred_at"], "occurred_at")
    assert at is not None
    command = RequestCorrection(task_id, at, clean(sent["reason"], "reason"), command_key)
    return answer(asdict(engine().run(command, actor())), 201)


@api.get("/corrections", needs=Permission.CORRECTION_DECIDE)
@described(
    "Corrections that wait for the caller's decision, oldest first", {200: "CorrectionList"}, parameters=PAGING[:1]
)
def pending() -> Response:
    """GET /corrections."""
    known_parameters("limit")
    size = limit()
    with engine().read() as view:
        found = queries.pending(view, actor(), size)
    names = ("order_no", "unit_code", "task_name")
    return answer({"items": [shown(row) | {name: row[name] for name in names} for row in found]})


@api.post("/corrections/<key:correction_id>/decide", needs=Permission.CORRECTION_DECIDE)
@described(
    "Approve or refuse a correction that another asked for",
    {200: "CorrectionOutcome"},
    problems=(404, 409, 415, 422),
    body="CorrectionDecision",
    parameters=(OPTIONAL_KEY,),
)
def decided(correction_id: str) -> Response:
    """POST /corrections/{id}/decide."""
    command_key, sent = key(), body()
    _decision.check(sent)
    command = DecideCorrection(correction_id, sent["approve"], clean(sent.get("note", ""), "note"), command_key)
    return answer(asdict(engine().run(command, actor())))


def shown(row: Mapping[str, Any]) -> dict[str, Any]:
    """A correction as orders and lists show it."""
    return {"correction_id": row["id"], **{name: row[name] for name in _NAMES}}
