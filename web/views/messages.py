"""Registering something that an order waits for: the page of a message, and its delivery."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.deliver_message import DeliverMessage
from engine.errors import Conflict, Forbidden, Invalid, OrderSuspended
from engine.policy import Permission
from engine.queries import messages as queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.presentation import role_name
from web.problems import status_of
from web.views.shown import Failure, failed
from web.views.standing import outages_of
from web.views.timing import instant_posted, labels_of, timing_fields, timing_posted

messages = guard.Blueprint("messages", __name__, enable_openapi=False)

NO_FORM = {"title": "", "schema": {"type": "object", "properties": {}}}


@messages.get("/orders/<key:order_no>/messages/<key:element_id>", needs=Permission.MESSAGE_DELIVER)
def show(order_no: str, element_id: str) -> str:
    """The form of one, for whom it concerns."""
    with engine().read() as view:
        line = queries.one(view, actor(), order_no, element_id).line
    if not line.open_now:
        raise OrderSuspended
    if not line.may_deliver:
        raise Forbidden(gettext("由%(role)s登记", role=role_name(line.role)))
    return _page(order_no, element_id, None, {}, None, new_key())


@messages.post("/orders/<key:order_no>/messages/<key:element_id>", needs=Permission.MESSAGE_DELIVER)
def deliver(order_no: str, element_id: str) -> AnyResponse:
    """Register it. The key of the page makes a double click one registration."""
    with engine().read() as view:
        page = queries.one(view, actor(), order_no, element_id)
    form = page.form or NO_FORM
    values, timing, command_key = (
        forms.posted(form["schema"], request.form),
        timing_posted(),
        request.form.get("key", ""),
    )
    try:
        command = DeliverMessage(
            order_no=order_no,
            message=page.line.message,
            form=values,
            occurred_at=instant_posted(timing["occurred_at"]),
            key=command_key,
            late_reason=timing["late_reason"],
            element_id=element_id,
        )
        engine().run(command, actor())
    except (Invalid, Conflict, Forbidden) as error:
        return Response(_page(order_no, element_id, values, timing, failed(error), command_key), status_of(error))
    flash(gettext("已登记：%(name)s", name=page.line.name), "success")
    return redirect(url_for("orders.show", order_no=order_no), 303)


def _page(
    order_no: str,
    element_id: str,
    values: dict[str, Any] | None,
    timing: dict[str, str],
    failure: Failure | None,
    command_key: str,
) -> str:
    with engine().read() as view:
        page = queries.one(view, actor(), order_no, element_id)
        outages = outages_of(view)
    faults = failure.faults if failure else ()
    form = page.form or NO_FORM
    shown = forms.groups(form, page.values if values is None else values, faults)
    inputs = timing_fields(timing, faults)
    return render_template(
        "message.html",
        order_no=order_no,
        element_id=element_id,
        name=page.line.name or page.line.message,
        form_title=form.get("title") or page.line.name,
        groups=shown,
        timing=inputs,
        summary=page.summary,
        failure=failure,
        labels=labels_of(shown, inputs),
        key=command_key,
        outages=outages,
        signing=any(field.widget == "signature" for field in forms.every(shown)),
    )
