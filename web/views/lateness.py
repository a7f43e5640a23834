"""Late orders: the list of supervision orders (督办单), and a reminder by hand (催办)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.remind_order import REASONS, RemindOrder
from engine.commands.stated import N_MAX_REASON
from engine.errors import Conflict, Forbidden, Invalid
from engine.policy import Permission
from engine.queries import lateness as queries
from engine.queries import orders as order_queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.problems import status_of
from web.views.shown import Failure, failed, holders
from web.words_late import recipients, reminder_name

lateness = guard.Blueprint("lateness", __name__, enable_openapi=False)

PAGE = 50
_PEOPLE = ("issued_by", "answered_by", "reviewed_by")


@lateness.get("/supervision-orders", needs=Permission.ORDER_READ)
def supervisions() -> str:
    """Those of the visitor's units."""
    which = next((name for name in queries.WHICH if name == request.args.get("view")), "open")
    with engine().read() as view:
        rows = queries.supervision_orders(view, actor(), which, after=request.args.get("after"), limit=PAGE)
        people = holders(view, (row[name] for row in rows for name in _PEOPLE))
        overdue = {row["number"] for row in rows if queries.is_overdue(row, view.now)}
    titles = {"open": gettext("待回复"), "answered": gettext("待审核"), "overdue": gettext("逾期未回复"),
              "all": gettext("全部")}  # fmt: skip
    following = rows[-1]["cursor"] if len(rows) == PAGE else None
    return render_template("supervisions.html", rows=rows, people=people, which=which, titles=titles, overdue=overdue,
                           after=following)  # fmt: skip


@lateness.get("/orders/<key:order_no>/reminder", needs=Permission.REMINDER_SEND)
def new(order_no: str) -> str:
    """The form of a reminder."""
    return _page(order_no, {}, None, new_key())


@lateness.post("/orders/<key:order_no>/reminder", needs=Permission.REMINDER_SEND)
def send(order_no: str) -> AnyResponse:
    """Send it; the key of the page makes a double click one reminder."""
    sent = {name: request.form.get(name, "").strip() for name in ("reason", "note")}
    command_key = request.form.get("key", "")
    try:
        if not forms.is_clean(sent["note"]):
            raise Invalid(gettext("含有不可见字符"), field="note")
        done = engine().run(RemindOrder(order_no, sent["reason"], command_key, sent["note"]), actor())
    except (Invalid, Conflict, Forbidden) as error:
        return Response(_page(order_no, sent, failed(error), command_key), status_of(error))
    flash(gettext("已催办：%(whom)s", whom=recipients(done.recipients)), "success")
    return redirect(url_for("orders.show", order_no=order_no), 303)


def _page(order_no: str, sent: dict[str, Any], failure: Failure | None, command_key: str) -> str:
    with engine().read() as view:
        page = order_queries.order(view, actor(), order_no)
        late = queries.of_order(view, actor(), order_no)
        still_open = [task for task in page.tasks if task.state == "OPEN"]
        people = holders(view, (task.assignee for task in still_open))
    errors = {fault.field: fault.reason for fault in failure.faults} if failure else {}
    options = tuple(forms.Option(code, reminder_name(code)) for code in REASONS)
    fields = [
        forms.Field("reason", gettext("催办原因"), "select", sent.get("reason", ""), True, options,
                    error=errors.get("reason", "")),
        forms.Field("note", gettext("说明"), "textarea", sent.get("note", ""), False,
                    hint=gettext("只供内部查看，不发给被催办人；不要写客户姓名、电话"), error=errors.get("note", ""),
                    attributes={"maxlength": N_MAX_REASON}),
    ]  # fmt: skip
    return render_template("reminder.html", order_no=order_no, tasks=still_open, people=people, late=late,
                           fields=fields, labels={field.name: field.label for field in fields}, failure=failure,
                           key=command_key)  # fmt: skip
