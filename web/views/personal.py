"""Personal values of an order: masked, and for a short while in the clear for who says why he must see them."""

from __future__ import annotations

from typing import Any

from flask import Response, render_template, request, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.stated import N_MAX_REASON
from engine.commands.unmask_personal import REASONS, UnmaskPersonal
from engine.errors import Conflict, Invalid
from engine.policy import Permission
from engine.queries import orders as order_queries
from engine.queries import personal as queries
from web import forms, guard
from web.accounts import actor, engine, new_key
from web.problems import status_of
from web.views.shown import Failure, failed
from web.words_personal import FIELDS, reason_name

personal = guard.Blueprint("personal", __name__, enable_openapi=False)

NEEDS = Permission.PERSONAL_UNMASK
MASKED = {"name": "name_masked", "id_no": "id_no_masked", "phone": "phone_masked", "address": "address_masked"}
HIDDEN = lazy_gettext("已隐藏")


@personal.get("/orders/<key:order_no>/personal", needs=NEEDS)
def show(order_no: str) -> str:
    """Masked; the form that asks why."""
    return _page(order_no, {}, None, new_key())


@personal.post("/orders/<key:order_no>/personal", needs=NEEDS)
def unmask(order_no: str) -> AnyResponse:
    """Show what was asked for. The page leaves it by itself when the time is over, also without JavaScript."""
    sent = {"fields": tuple(request.form.getlist("fields")), "reason": request.form.get("reason", ""),
            "note": request.form.get("note", "").strip()}  # fmt: skip
    command_key = request.form.get("key", "")
    try:
        if not forms.is_clean(sent["note"]):
            raise Invalid(gettext("含有不可见字符"), field="note")
        engine().run(UnmaskPersonal(order_no, sent["fields"], sent["reason"], command_key, sent["note"]), actor())
    except (Invalid, Conflict) as error:
        return Response(_page(order_no, sent, failed(error), command_key), status_of(error))
    with engine().read() as view:
        seen = queries.unmasked(view, actor(), order_no)
        head = order_queries.order_head(view, actor(), order_no)
        left = max((int((one.until - view.now).total_seconds()) for one in seen.values()), default=0)
    values = [(str(FIELDS[name]), one.value) for name, one in seen.items()]
    page = render_template("personal_seen.html", order=head, values=values, seconds=left)
    return Response(page, headers={"Refresh": f"{left}; url={url_for('personal.show', order_no=order_no)}"})


def _page(order_no: str, sent: dict[str, Any], failure: Failure | None, command_key: str) -> str:
    with engine().read() as view:
        head = order_queries.order_head(view, actor(), order_no)
        available = queries.available(view, actor(), order_no)
        seconds = view.world.settings.unmasked_seconds
    rows = [(name, str(FIELDS[name]), head[MASKED[name]] if name in MASKED else str(HIDDEN)) for name in available]
    reasons = [(code, reason_name(code)) for code in REASONS]
    return render_template("personal.html", order=head, rows=rows, reasons=reasons, sent=sent,
                           failure=failure, seconds=seconds, n_max=N_MAX_REASON, key=command_key,
                           errors={fault.field: fault.reason for fault in failure.faults} if failure else {},
                           labels={"reason": gettext("查看原因"), "note": gettext("说明"),
                                   "fields": gettext("查看内容")})  # fmt: skip
