"""The worklist and the page on which a task is done."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.handing import REASONS
from engine.commands.unclaim_task import UnclaimTask
from engine.errors import Conflict, Forbidden, Invalid
from engine.letters import Part
from engine.policy import Permission
from engine.queries import desk, lateness, letters, tasklist, verbs, worklist
from engine.queries import tasks as queries
from engine.queries.view import View
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.problems import status_of
from web.tagged import tagged
from web.views import listing
from web.views.beside import around_of, beside_of
from web.views.shown import Failure, TaskShown, failed, holders, shown_tasks
from web.views.standing import outages_of
from web.views.timing import instant_posted, labels_of, timing_fields, timing_posted

tasks = guard.Blueprint("tasks", __name__, enable_openapi=False)

NO_FORM = {"title": "", "schema": {"type": "object", "properties": {}}}


@tasks.get("/tasks", needs=Permission.ORDER_READ)
def mine() -> str:
    """The worklist."""
    return render_template("tasks.html", **listing.page(listing.asked(request.args), after=request.args.get("after")))


@tasks.get("/tasks/rows", needs=Permission.ORDER_READ)
def rows() -> Response:
    """Only its rows, for htmx; 304 while they stay the same."""
    wanted = listing.asked(request.args)
    with engine().read() as view:
        found = listing.rows(view, wanted, after=request.args.get("after"))
    shown = (str(get_locale()), listing.told(found, wanted))
    return tagged(shown, lambda: render_template("fragments/task_rows.html", **found))


@tasks.get("/tasks/<key:task_id>", needs=Permission.ORDER_READ)
def show(task_id: str) -> str:
    """One task."""
    return task_page(task_id, None, {}, None, new_key())


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
    values, timing = forms.posted(form["schema"], request.form), timing_posted()
    command_key = request.form.get("key", "")
    try:
        done = engine().run(CompleteTask(task_id, values, instant_posted(timing["occurred_at"]), command_key,
                                         timing["late_reason"]), actor())  # fmt: skip
    except (Invalid, Conflict, Forbidden) as error:
        return Response(task_page(task_id, values, timing, failed(error), command_key), status_of(error))
    flash(gettext("任务已办结"), "success")
    _offer_next(done.order_no)
    return redirect(url_for("orders.show", order_no=done.order_no), 303)


def _moved(command: ClaimTask | UnclaimTask, target: str) -> AnyResponse:
    try:
        engine().run(command, actor())
    except Conflict as error:
        flash(gettext(error.text), "danger")
        target = url_for("tasks.show", task_id=command.task_id)
    return redirect(target, 303)


def _offer_next(order_no: str) -> None:
    """What he may do now, on top of the page that follows: of the same order first, else his most urgent one."""
    with engine().read() as view:
        line = tasklist.next_of(view, actor(), order_no)
    if line is not None:
        flash({"id": line.task_id, "name": line.name, "order_no": line.order_no}, "next")  # type: ignore[arg-type]


def task_page(
    task_id: str, values: dict[str, Any] | None, timing: dict[str, str], failure: Failure | None, command_key: str
) -> str:
    """The page of a task: as it stands, or as it was posted and not accepted."""
    with engine().read() as view:
        page = queries.task(view, actor(), task_id)
        item = worklist.Item(page.line, worklist.may_claim(actor(), page.line))
        task: TaskShown = shown_tasks(view, [item])[0]
        letter, outages = _letter(view, page), outages_of(view)
        n_reminders, done = lateness.n_reminders(view, task_id), verbs.of_task(view, actor(), task_id)
        people = holders(view, done.logins)
        around, beside = around_of(view, task.order_no), beside_of(view, task.order_no, page.line.stage)
        draft = (
            desk.draft(view, actor(), task_id)
            if task.is_mine and task.state == "OPEN" and actor().may(Permission.TASK_COMPLETE)
            else None
        )
        uploads = desk.uploads(view, actor(), task.order_no, task_id)
    if draft and values is None:
        values, timing = draft.content["values"], draft.content["timing"]
    faults = failure.faults if failure else ()
    form = page.form or NO_FORM
    shown = forms.groups(form, page.values if values is None else values, faults)
    inputs = timing_fields(timing, faults)
    widgets = {field.widget for field in forms.every(shown)}
    return render_template(
        "task.html", task=task, groups=shown, timing=inputs, form_title=form["title"] or task.name, key=command_key,
        n_reminders=n_reminders, failure=failure, labels=labels_of(shown, inputs), letter=letter, outages=outages,
        summary=page.summary, wide=not widgets.isdisjoint({"rows", "letter"}), signing="signature" in widgets,
        uploads=uploads if widgets & {"photo", "file"} else None, around=around, beside=beside, draft=draft,
        verbs=done, people=people, reasons=REASONS,
    )  # fmt: skip


def _letter(view: View, page: queries.TaskPage) -> Part | None:
    """The draft in the clear, where the form shows one: the customer reads it before he signs, on the screen of whoever
    holds the task."""
    properties = page.form["schema"]["properties"].values() if page.form else ()
    if not page.line.is_mine or not any(part.get("x-widget") == "letter" for part in properties):
        return None
    number = letters.draft_of(view, actor(), page.line.order_no)
    return letters.fragment(view, actor(), number, masked=False) if number else None
