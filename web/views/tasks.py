"""The worklist and the page on which a task is done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.stated import N_MAX_REASON
from engine.commands.unclaim_task import UnclaimTask
from engine.errors import Conflict, Fault, Invalid
from engine.policy import Permission
from engine.queries import tasks as queries
from engine.queries import worklist
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.views.shown import Failure, TaskShown, failed, shown_tasks

tasks = guard.Blueprint("tasks", __name__, enable_openapi=False)

PAGE = 50
NO_FORM = {"title": "", "schema": {"type": "object", "properties": {}}}


@dataclass(frozen=True, slots=True)
class Tab:
    """One view of the worklist."""

    name: worklist.Whose
    title: str


def tabs() -> list[Tab]:
    """The views of the worklist, in the order of use."""
    return [Tab("me", gettext("待我处理")), Tab("mine", gettext("我已领取")), Tab("free", gettext("可领取")),
            Tab("any", gettext("全部任务"))]  # fmt: skip


@tasks.get("/tasks", needs=Permission.ORDER_READ)
def mine() -> str:
    """The worklist."""
    return render_template("tasks.html", tabs=tabs(), **_listed())


@tasks.get("/tasks/rows", needs=Permission.ORDER_READ)
def rows() -> str:
    """Only its rows, for htmx."""
    return render_template("fragments/task_rows.html", **_listed())


@tasks.get("/tasks/<key:task_id>", needs=Permission.ORDER_READ)
def show(task_id: str) -> str:
    """One task."""
    return _page(task_id, None, {}, None, new_key())


@tasks.post("/tasks/<key:task_id>/claim", needs=Permission.TASK_CLAIM)
def claim(task_id: str) -> AnyResponse:
    """Take it, then work on it; who came too late sees why."""
    return _moved(ClaimTask(task_id, request.form.get("key", "")), url_for("tasks.show", task_id=task_id))


@tasks.post("/tasks/<key:task_id>/unclaim", needs=Permission.TASK_CLAIM)
def unclaim(task_id: str) -> AnyResponse:
    """Give it back."""
    return _moved(UnclaimTask(task_id, request.form.get("key", "")), url_for("tasks.mine"))


@tasks.post("/tasks/<key:task_id>/complete", needs=Permission.TASK_COMPLETE)
def complete(task_id: str) -> AnyResponse:
    """Finish it. The key of the page makes a double click one completion."""
    with engine().read() as view:
        form = queries.task(view, actor(), task_id).form or NO_FORM
    values, timing = forms.posted(form["schema"], request.form), _timing_posted()
    command_key = request.form.get("key", "")
    try:
        done = engine().run(CompleteTask(task_id, values, _instant(timing["occurred_at"]), command_key,
                                         timing["late_reason"]), actor())  # fmt: skip
    except (Invalid, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 422
        return Response(_page(task_id, values, timing, failed(error), command_key), status)
    flash(gettext("任务已办结"), "success")
    return redirect(url_for("orders.show", order_no=done.order_no), 303)


def _moved(command: ClaimTask | UnclaimTask, target: str) -> AnyResponse:
    try:
        engine().run(command, actor())
    except Conflict as error:
        flash(gettext(error.text), "danger")
        target = url_for("tasks.show", task_id=command.task_id)
    return redirect(target, 303)


def _listed() -> dict[str, Any]:
    names = {tab.name: tab for tab in tabs()}
    whose = names.get(request.args.get("view", "me"), names["me"]).name  # type: ignore[call-overload]
    with engine().read() as view:
        found = worklist.items(view, actor(), whose, after=request.args.get("after"), limit=PAGE)
        shown = shown_tasks(view, found)
    return {"view": whose, "tasks": shown, "after": found[-1].line.cursor if len(found) == PAGE else None}


def _page(
    task_id: str, values: dict[str, Any] | None, timing: dict[str, str], failure: Failure | None, command_key: str
) -> str:
    with engine().read() as view:
        page = queries.task(view, actor(), task_id)
        item = worklist.Item(page.line, worklist.may_claim(actor(), page.line))
        task: TaskShown = shown_tasks(view, [item])[0]
    faults = failure.faults if failure else ()
    form = page.form or NO_FORM
    shown = forms.groups(form, page.values if values is None else values, faults)
    inputs = _timing_fields(timing, faults)
    widgets = {field.widget for field in forms.every(shown)}
    return render_template(
        "task.html", task=task, groups=shown, timing=inputs, form_title=form["title"] or task.name, key=command_key,
        failure=failure, labels=labels_of(shown) | {field.name.removeprefix("@"): field.label for field in inputs},
        summary=page.summary, wide=not widgets.isdisjoint({"rows", "letter"}), signing="signature" in widgets,
    )  # fmt: skip


def labels_of(shown: Sequence[forms.Group]) -> dict[str, str]:
    """What the faults on top of a page call its fields; those of a row begin with what the row is about."""
    return {each.name: f"{each.title} {each.label}".strip() for each in forms.every(shown)}


def _timing_posted() -> dict[str, str]:
    """Prefixed on the page, so that no form field of a process can stand in their place."""
    reason = request.form.get("@late_reason", "").strip()
    return {"occurred_at": request.form.get("@occurred_at", "").strip(), "late_reason": reason}


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(forms.instant(text))
    except ValueError:
        raise Invalid(faults=[Fault("occurred_at", "bad_instant", gettext("日期时间格式不符"))]) from None


def _timing_fields(timing: dict[str, str], faults: Sequence[Fault]) -> list[forms.Field]:
    errors = {fault.field: fault.reason for fault in faults}
    return [
        forms.Field("@occurred_at", gettext("实际办理时间"), "datetime", timing.get("occurred_at", ""), False,
                    hint=gettext("不填即为现在"), error=errors.get("occurred_at", "")),
        forms.Field("@late_reason", gettext("补录原因"), "text", timing.get("late_reason", ""), False,
                    hint=gettext("办理超过 24 小时后补录时必填"), error=errors.get("late_reason", ""),
                    attributes={"maxlength": N_MAX_REASON}),
    ]  # fmt: skip
