"""Corrections of recorded times: asked for on a finished task, decided by somebody else."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.decide_correction import DecideCorrection
from engine.commands.request_correction import RequestCorrection
from engine.commands.stated import N_MAX_REASON
from engine.errors import Conflict, Fault, Forbidden, Invalid
from engine.policy import Permission
from engine.queries import corrections as queries
from engine.queries import tasks as task_queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.problems import status_of
from web.views.shown import Failure, failed, holders
from web.views.timing import instant_posted

corrections = guard.Blueprint("corrections", __name__, enable_openapi=False)


@corrections.get("/tasks/<key:task_id>/correction", needs=Permission.CORRECTION_REQUEST)
def new(task_id: str) -> str:
    """The form with which to ask."""
    return _page(task_id, {}, None, new_key())


@corrections.post("/tasks/<key:task_id>/correction", needs=Permission.CORRECTION_REQUEST)
def ask(task_id: str) -> AnyResponse:
    """Ask; what was recorded stays until somebody else has agreed."""
    sent = {name: request.form.get(name, "").strip() for name in ("occurred_at", "reason")}
    command_key = request.form.get("key", "")
    with engine().read() as view:
        order_no = task_queries.task(view, actor(), task_id).line.order_no
    try:
        at = instant_posted(sent["occurred_at"])
        if at is None:
            raise Invalid(faults=[Fault("occurred_at", "missing", gettext("缺少必填项"))])
        engine().run(RequestCorrection(task_id, at, sent["reason"], command_key), actor())
    except (Invalid, Conflict, Forbidden) as error:
        return Response(_page(task_id, sent, failed(error), command_key), status_of(error))
    flash(gettext("已申请更正，待另一人审批"), "success")
    return redirect(url_for("orders.show", order_no=order_no), 303)


@corrections.get("/corrections", needs=Permission.CORRECTION_DECIDE)
def pending() -> str:
    """What waits for the visitor's decision."""
    return _pending(None)


@corrections.post("/corrections/<key:correction_id>/decide", needs=Permission.CORRECTION_DECIDE)
def decide(correction_id: str) -> AnyResponse:
    """Agree or not; which button was pressed says it."""
    approve, note = request.form.get("decision") == "approve", request.form.get("note", "").strip()
    try:
        engine().run(DecideCorrection(correction_id, approve, note, request.form.get("key", "")), actor())
    except (Invalid, Conflict, Forbidden) as error:
        return Response(_pending(failed(error)), status_of(error))
    flash(gettext("已同意更正") if approve else gettext("未同意更正"), "success")
    return redirect(url_for("corrections.pending"), 303)


def _pending(failure: Failure | None) -> str:
    with engine().read() as view:
        rows = queries.pending(view, actor())
        people = holders(view, (row["requested_by"] for row in rows))
    return render_template("corrections.html", rows=rows, people=people, failure=failure, n_max=N_MAX_REASON)


def _page(task_id: str, sent: dict[str, Any], failure: Failure | None, command_key: str) -> str:
    with engine().read() as view:
        page = task_queries.task(view, actor(), task_id)
        known = queries.holding(queries.of_order(view, actor(), page.line.order_no)).get(task_id)
    recorded_at = known["after_at"] if known else page.occurred_at
    errors = {fault.field: fault.reason for fault in failure.faults} if failure else {}
    fields = [
        forms.Field("occurred_at", gettext("更正后的办理时间"), "datetime", sent.get("occurred_at", ""), True,
                    error=errors.get("occurred_at", "")),
        forms.Field("reason", gettext("更正原因"), "textarea", sent.get("reason", ""), True,
                    hint=gettext("原记录保留；由另一人审批后按更正的时间统计"), error=errors.get("reason", ""),
                    attributes={"maxlength": N_MAX_REASON}),
    ]  # fmt: skip
    labels = {field.name: field.label for field in fields}
    return render_template("correction.html", line=page.line, recorded_at=recorded_at, fields=fields, labels=labels,
                           failure=failure, key=command_key)  # fmt: skip
