"""The way in: order number, then the code that came by message. Says of no number whether it is an order's."""

from __future__ import annotations

from flask import Response, g, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.portal import TooManyCodes, WrongCode
from web import accounts, guard

portal = guard.Blueprint("portal", __name__, enable_openapi=False)

_ASKED = "portal_order"


@portal.get("/portal", needs=guard.PUBLIC)
def start() -> AnyResponse | str:
    """Ask for the order number; a QR code brings it along (`order`)."""
    if g.actor is not None and "order" not in request.args:
        return redirect(url_for("customer.show"), 303)
    return render_template("portal/start.html", order_no=request.args.get("order", "")[:32], failure="")


@portal.post("/portal/code", needs=guard.PUBLIC)
def ask_code() -> AnyResponse:
    """Send a code, if there is such an order; the answer is the same if there is none."""
    order_no = request.form.get("order_no", "").strip()[:32]
    failure = "" if order_no.isprintable() and order_no else gettext("请填写工单号")
    if not failure:
        try:
            accounts.engine().portal.ask_code(order_no, request.remote_addr or "")
        except TooManyCodes as error:
            failure = gettext(error.text)
            return Response(render_template("portal/start.html", order_no=order_no, failure=failure), 429)
    if failure:
        return Response(render_template("portal/start.html", order_no=order_no, failure=failure), 422)
    session[_ASKED] = order_no
    return redirect(url_for("portal.code"), 303)


@portal.get("/portal/enter", needs=guard.PUBLIC)
def code() -> AnyResponse | str:
    """Ask for the code."""
    if not session.get(_ASKED):
        return redirect(url_for("portal.start"), 303)
    return _code_page()


@portal.post("/portal/enter", needs=guard.PUBLIC)
def enter() -> AnyResponse:
    """Come in with the code."""
    order_no = session.get(_ASKED, "")
    try:
        accounts.enter_portal(order_no, request.form.get("code", "")[:20])
    except WrongCode as error:
        return Response(_code_page(gettext(error.text)), 401)
    session.pop(_ASKED, None)
    return redirect(url_for("customer.show"), 303)


@portal.post("/portal/language", needs=guard.PUBLIC)
def language() -> AnyResponse:
    """Remember the language."""
    session["locale"] = request.form.get("locale", "")
    return redirect(url_for("portal.start"), 303)


@portal.post("/portal/leave", needs=guard.CUSTOMER)
def leave() -> AnyResponse:
    """Leave."""
    accounts.leave_portal()
    return redirect(url_for("portal.start"), 303)


def _code_page(failure: str = "") -> str:
    minutes = accounts.engine().settings.portal_code_seconds // 60
    return render_template("portal/enter.html", order_no=session.get(_ASKED, ""), minutes=minutes, failure=failure)
