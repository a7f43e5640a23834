"""The task list beyond its rows: search, counts, acts on many, kept filters, what one follows."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.follow_order import FollowOrder
from engine.commands.remind_order import REASONS
from engine.commands.remove_filter import RemoveFilter
from engine.commands.save_filter import SaveFilter
from engine.commands.stated import N_MAX_REASON
from engine.errors import Invalid
from engine.policy import Permission
from engine.queries import colleagues, tasklist
from web import bulk, forms, guard
from web.accounts import actor, engine, new_key
from web.tagged import tagged
from web.views import listing
from web.views.shown import failed, holders
from web.words_late import reminder_name

tasks_desk = guard.Blueprint("tasks_desk", __name__, enable_openapi=False)


@tasks_desk.get("/tasks/counts", needs=Permission.ORDER_READ)
def counts() -> Response:
    """The tabs with their numbers, for htmx; 304 while they stay the same."""
    wanted = listing.asked(request.args)
    with engine().read() as view:
        n = tasklist.counts(view, actor())
    shown = (actor().id, str(get_locale()), wanted.whose, n)
    return tagged(shown, lambda: render_template("fragments/task_tabs.html", tabs=listing.tabs(n), view=wanted.whose))


@tasks_desk.post("/tasks/search", needs=Permission.ORDER_READ)
def search() -> AnyResponse:
    """Rows by number, name or address: posted, so that no name stands in an address or a log."""
    wanted, q, after = listing.asked(request.form), listing.search_words(), request.form.get("after") or None
    if not q and not request.headers.get("HX-Request"):
        return redirect(listing.address(wanted), 303)
    failure = gettext("请输入至少两个字") if len(q) == 1 else ""
    if not request.headers.get("HX-Request"):
        return Response(render_template("tasks.html", **listing.page(wanted, q, after, failure)))
    with engine().read() as view:
        found = listing.rows(view, wanted, "" if failure else q, after)
    return Response(render_template("fragments/task_rows.html", failure=failure, **found))


@tasks_desk.post("/tasks/bulk", needs=Permission.ORDER_READ)
def many() -> str | AnyResponse:
    """Do one act to the chosen tasks; what is still to be said (to whom, why) is asked first."""
    act = next((each for each in bulk.ACTS if each == request.form.get("act")), None)
    task_ids = list(dict.fromkeys(request.form.getlist("task")))[: bulk.N_MOST]
    if act is None or not task_ids:
        flash(gettext("请先选择任务"), "danger")
        return redirect(url_for("tasks.mine"), 303)
    what = bulk.With(*(request.form.get(name, "").strip() for name in ("to", "reason", "note")))
    if _is_complete(act, what):
        outcomes = bulk.run(act, task_ids, request.form.get("key", ""), what)
        shown = [(each, failed(each.error) if each.error else None) for each in outcomes]
        return render_template("tasks_done.html", act=act, outcomes=shown, titles=titles())
    return _asking(act, task_ids, what)


@tasks_desk.post("/tasks/filters", needs=Permission.ORDER_READ)
def keep() -> AnyResponse:
    """Keep the filter of the page under a name."""
    wanted = listing.asked(request.form)
    title, shared = request.form.get("title", ""), request.form.get("shared") == "yes"
    try:
        engine().run(SaveFilter(title, tasklist.kept(wanted), shared, request.form.get("key", "")), actor())
    except Invalid as error:
        flash(error.detail, "danger")
    else:
        flash(gettext("筛选已保存"), "success")
    return redirect(listing.address(wanted), 303)


@tasks_desk.post("/tasks/filters/<key:filter_id>/remove", needs=Permission.ORDER_READ)
def remove(filter_id: str) -> AnyResponse:
    """Keep it no longer."""
    engine().run(RemoveFilter(filter_id, request.form.get("key", "")), actor())
    flash(gettext("筛选已删除"), "success")
    return redirect(url_for("tasks.mine"), 303)


@tasks_desk.post("/orders/<key:order_no>/follow", needs=Permission.ORDER_READ)
def follow(order_no: str) -> AnyResponse:
    """Follow an order, or no more; back to where one was."""
    following = request.form.get("following") == "yes"
    engine().run(FollowOrder(order_no, following, request.form.get("key", "")), actor())
    back, wanted = request.form.get("back", ""), listing.asked(request.form)
    if request.headers.get("HX-Request"):
        fields = listing.fields_of(wanted)
        return Response(
            render_template("fragments/follow.html", order_no=order_no, is_followed=following, back=back, fields=fields)
        )
    if back == "list":
        return redirect(listing.address(wanted), 303)
    return redirect(url_for("orders.show", order_no=order_no), 303)


def titles() -> dict[str, str]:
    """What the acts are called."""
    return {"claim": gettext("批量领取"), "unclaim": gettext("批量退回"), "assign": gettext("批量指派"),
            "remind": gettext("批量催办")}  # fmt: skip


def _is_complete(act: bulk.Act, what: bulk.With) -> bool:
    needed = {"assign": what.to, "remind": what.reason}.get(act, "nothing")
    return bool(needed) and not (act == "remind" and what.reason == "OTHER" and not what.note)


def _asking(act: bulk.Act, task_ids: list[str], what: bulk.With) -> str:
    known = [line for line in bulk.lines(task_ids).values() if line is not None]
    with engine().read() as view:
        people = colleagues.able(view, actor(), known) if act == "assign" else []
        holding = holders(view, (line.assignee for line in known))
    return render_template("tasks_ask.html", act=act, titles=titles(), lines=known, people=people, holders=holding,
                           fields=_reason_fields(what) if act == "remind" else [], key=new_key())  # fmt: skip


def _reason_fields(what: bulk.With) -> list[forms.Field]:
    options = tuple(forms.Option(code, reminder_name(code)) for code in REASONS)
    attributes: dict[str, Any] = {"maxlength": N_MAX_REASON}
    missing = gettext("原因为“其他”时须填写说明") if what.reason else ""
    return [
        forms.Field("reason", gettext("催办原因"), "select", what.reason, True, options),
        forms.Field("note", gettext("说明"), "textarea", what.note, False, attributes=attributes, error=missing,
                    hint=gettext("只供内部查看，不发给被催办人；不要写客户姓名、电话")),
    ]  # fmt: skip
