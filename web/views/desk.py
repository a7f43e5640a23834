"""What staff write beside the work: drafts that are kept while they type, files for a form, comments on an order."""

from __future__ import annotations

from flask import Response as FileResponse
from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.commands.keep_upload import KeepUpload
from engine.commands.save_draft import SaveDraft
from engine.commands.write_comment import WriteComment
from engine.domain.uploads import N_MAX_BYTES, PDF
from engine.errors import Invalid
from engine.policy import Permission
from engine.queries import desk as notes
from engine.queries import tasks as queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.headers import SANDBOX
from web.views.timing import timing_posted

desk = guard.Blueprint("desk", __name__, enable_openapi=False)

NO_SCHEMA = {"type": "object", "properties": {}}
UNKEPT = frozenset({"signature", "letter"})
"""Widgets whose value a draft does not hold: a signature is drawn anew."""
N_MAX_BODY = N_MAX_BYTES + 100_000


@desk.post("/tasks/<key:task_id>/draft", needs=Permission.TASK_COMPLETE)
def save(task_id: str) -> str | Response:
    """Keep what is typed so far. For htmx the line that says so; without script the page again."""
    with engine().read() as view:
        form = queries.task(view, actor(), task_id).form
    schema = form["schema"] if form else NO_SCHEMA
    values = forms.posted(schema, request.form)
    kept = {name: value for name, value in values.items() if _is_kept(schema["properties"][name])}
    engine().run(SaveDraft(task_id, kept, timing_posted(), new_key()), actor())
    if request.headers.get("HX-Request"):
        return render_template("fragments/draft_state.html", saved_at=engine().clock.now())
    flash(gettext("草稿已保存"), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@desk.post("/tasks/<key:task_id>/draft/discard", needs=Permission.TASK_COMPLETE)
def discard(task_id: str) -> Response:
    """Begin again with what the process knows."""
    engine().run(SaveDraft(task_id, {}, {}, request.form.get("key", "")), actor())
    flash(gettext("草稿已清除"), "success")
    return redirect(url_for("tasks.show", task_id=task_id), 303)


@desk.post("/orders/<key:order_no>/comments", needs=Permission.COMMENT_WRITE)
def comment(order_no: str) -> Response:
    """Write one; what was masked in it is said."""
    try:
        done = engine().run(WriteComment(order_no, request.form.get("text", ""), request.form.get("key", "")), actor())
    except Invalid as error:
        flash(gettext("批注未保存：%(why)s", why=error.detail or gettext(error.text)), "danger")
    else:
        if done.n_masked:
            flash(gettext("批注已保存，其中 %(n)s 处个人信息已遮盖", n=done.n_masked), "warning")
        else:
            flash(gettext("批注已保存"), "success")
    return redirect(url_for("orders.show", order_no=order_no, _anchor="comments"), 303)


@desk.post("/tasks/<key:task_id>/files/<name:field>", needs=Permission.TASK_COMPLETE, max_bytes=N_MAX_BODY)
def upload(task_id: str, field: str) -> str | Response:
    """Keep what was chosen for a field, for htmx: the picture with its id, or why it was refused."""
    sent = request.files.get("@file")
    content = sent.read() if sent else b""
    failure = ""
    attachment_id = ""
    try:
        attachment_id = engine().run(KeepUpload(task_id, field, content, new_key()), actor()).attachment_id
    except Invalid as error:
        failure = error.detail or gettext(error.text)
    with engine().read() as view:
        page = queries.task(view, actor(), task_id)
        known = notes.uploads(view, actor(), page.line.order_no, task_id)
    return render_template("fragments/upload.html", order_no=page.line.order_no, name=field, failure=failure,
                           one=known.get(attachment_id))  # fmt: skip


@desk.get("/orders/<key:order_no>/files/<key:attachment_id>", needs=Permission.ORDER_READ)
def file(order_no: str, attachment_id: str) -> Response:
    """A file that was handed in: never opened as a page of ours."""
    with engine().read() as view:
        found = notes.file(view, actor(), order_no, attachment_id)
    answer = FileResponse(found.content, mimetype=found.media_type)
    ending = "pdf" if found.media_type == PDF else "jpg"
    answer.headers["Content-Disposition"] = f'attachment; filename="{attachment_id}.{ending}"'
    answer.headers["Content-Security-Policy"] = SANDBOX
    return answer


def _is_kept(part: object) -> bool:
    return not (isinstance(part, dict) and part.get("x-widget") in UNKEPT)
