"""The customer's order and what he may do with it. Each act is one command of the engine, under his own name."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.answer_plan_online import AnswerPlanOnline
from engine.commands.hand_in_document import HandInDocument
from engine.commands.rate_order import RateOrder
from engine.commands.sign_commitment_online import SignCommitmentOnline
from engine.commands.verbs import Command
from engine.commands.withdraw_online import WithdrawOnline
from engine.domain.uploads import of_customer
from engine.errors import Conflict, EngineError, Fault, Forbidden, Invalid
from engine.queries import portal as queries
from web import forms, guard
from web.accounts import actor, engine
from web.portal.words import OBJECTIONS, SCORES, TAGS
from web.problems import status_of

acts = guard.Blueprint("customer", __name__, enable_openapi=False)

N_FORM_BYTES = 100_000
"""Room for what a form sends beside its file."""
MAX_UPLOAD = 20_000_000 + N_FORM_BYTES
"""What the door lets in; how large a file may be is a setting of the engine."""
SIGNATURE = {"schema": {"type": "object", "required": ["signature"], "properties": {
    "signature": {"type": "string", "title": "客户签名", "x-widget": "signature", "maxLength": 20_000}}}}  # fmt: skip


@acts.get("/portal/order", needs=guard.CUSTOMER)
def show() -> str:
    """The order: how far it has come, what is missing, what waits for the customer."""
    return _page()


@acts.post("/portal/order/documents/<key:doc_type>", needs=guard.CUSTOMER, max_bytes=MAX_UPLOAD)
def hand_in(doc_type: str) -> AnyResponse:
    """Send a document."""
    sent = request.files.get("file")
    raw = sent.read() if sent is not None else b""
    try:
        file = of_customer(raw, engine().settings.n_upload_bytes)
        engine().run(HandInDocument(actor().order_no, doc_type, file, _key()), actor())
    except (Invalid, Conflict, Forbidden) as error:
        return _failed(error, doc_type)
    flash(gettext("已收到"), "success")
    return _back()


@acts.post("/portal/order/plan", needs=guard.CUSTOMER)
def answer_plan() -> AnyResponse:
    """Accept the plan, or object to it."""
    accepts = request.form.get("answer") == "ACCEPT"
    objection = "" if accepts else request.form.get("objection", "")
    return _done(AnswerPlanOnline(actor().order_no, accepts, objection, _key()), "plan", gettext("您的答复已登记"))


@acts.get("/portal/order/sign", needs=guard.CUSTOMER)
def sign() -> AnyResponse | str:
    """The letter to read and to sign."""
    return _sign_page(())


@acts.post("/portal/order/sign", needs=guard.CUSTOMER)
def signed() -> AnyResponse:
    """Sign it."""
    command = SignCommitmentOnline(request.form.get("task", ""), request.form.get("signature", ""), _key())
    try:
        engine().run(command, actor())
    except (Invalid, Conflict, Forbidden) as error:
        faults = error.faults or (Fault("signature", error.code, error.detail or gettext(error.text)),)
        page = _sign_page(faults)
        return page if isinstance(page, AnyResponse) else Response(page, status_of(error))
    flash(gettext("承诺书已签署"), "success")
    return _back()


@acts.get("/portal/order/withdraw", needs=guard.CUSTOMER)
def withdraw() -> AnyResponse | str:
    """Ask once more before the application is withdrawn."""
    with engine().read() as view:
        order = queries.own(view, actor())
    return render_template("portal/withdraw.html", order=order) if order.may_withdraw else _back()


@acts.post("/portal/order/withdraw", needs=guard.CUSTOMER)
def withdrawn() -> AnyResponse:
    """Withdraw it."""
    return _done(WithdrawOnline(actor().order_no, _key()), "withdraw", gettext("撤回申请已登记，待审批"))


@acts.post("/portal/order/rating", needs=guard.CUSTOMER)
def rate() -> AnyResponse:
    """Say how it was."""
    score = request.form.get("score", "")
    command = RateOrder(actor().order_no, int(score) if score in "12345" and score else 0, _tags(), _key())
    return _done(command, "rating", gettext("感谢您的评价"))


def _tags() -> tuple[str, ...]:
    return tuple(tag for tag in request.form.getlist("tags")[: len(TAGS)] if tag in TAGS)


def _key() -> str:
    return request.form.get("key", "")


def _done(command: Command, place: str, said: str) -> AnyResponse:
    try:
        engine().run(command, actor())
    except (Invalid, Conflict, Forbidden) as error:
        return _failed(error, place)
    flash(said, "success")
    return _back()


def _back() -> AnyResponse:
    return redirect(url_for("customer.show"), 303)


def _failed(error: EngineError, place: str) -> AnyResponse:
    """The page again, the reason where the customer has just been."""
    reasons = [fault.reason for fault in error.faults] or [error.detail or gettext(error.text)]
    return Response(_page({place: "；".join(reasons)}), status_of(error))


def _page(failures: dict[str, str] | None = None) -> str:
    with engine().read() as view:
        order = queries.own(view, actor())
    known = {line.doc_type for line in order.missing} | {"plan", "rating", "withdraw"}
    loose = [reason for place, reason in (failures or {}).items() if place not in known]
    return render_template(
        "portal/order.html", order=order, failures=failures or {}, loose=loose, objections=OBJECTIONS, scores=SCORES,
        tags=TAGS, max_mb=engine().settings.n_upload_bytes // 1_000_000,
    )  # fmt: skip


def _sign_page(faults: tuple[Fault, ...]) -> AnyResponse | str:
    with engine().read() as view:
        order = queries.own(view, actor())
        letter = queries.letter(view, actor()) if order.sign_task else None
    if letter is None:
        flash(gettext("没有待签署的承诺书"), "warning")
        return _back()
    values: dict[str, Any] = {"signature": request.form.get("signature", "")}
    groups = forms.groups(SIGNATURE, values, faults)
    return render_template("portal/sign.html", order=order, letter=letter, groups=groups)
