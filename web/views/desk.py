"""What staff write beside the work: drafts that are kept while they type, and comments on an order."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from engine.commands.save_draft import SaveDraft
from engine.commands.write_comment import WriteComment
from engine.errors import Invalid
from engine.policy import Permission
from engine.queries import tasks as queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.views.timing import timing_posted

desk = guard.Blueprint("desk", __name__, enable_openapi=False)

NO_SCHEMA = {"type": "object", "properties": {}}
UNKEPT = frozenset({"signature", "letter", "photo", "file"})
"""Widgets whose value a draft does not hold: a signature is drawn anew, the others are kept by themselves."""


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


def _is_kept(part: object) -> bool:
    return not (isinstance(part, dict) and part.get("x-widget") in UNKEPT)
