"""Accounts for administrators: find, make, roles and unit, close, a passing password, end of sessions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.commands.change_account import ChangeAccount
from engine.commands.create_account import CreateAccount
from engine.commands.end_sessions import EndSessions
from engine.commands.reset_password import ResetPassword
from engine.errors import Conflict, Forbidden, Invalid
from engine.policy import ROLES, Permission
from engine.queries import accounts as queries
from engine.queries.view import View
from web import guard
from web.accounts import actor, engine, new_key
from web.presentation import role_name
from web.problems import status_of
from web.views.shown import Failure, failed

people = guard.Blueprint("people", __name__, enable_openapi=False)

NEEDS = Permission.ACCOUNT_MANAGE
PAGE = 50
N_PASSING_BYTES = 12


@people.get("/admin/accounts", needs=NEEDS)
def index() -> str:
    """Accounts of the administrator's units, by login."""
    q = request.args.get("q", "").strip()
    with engine().read() as view:
        rows = queries.page(view, actor(), part=q, after=request.args.get("after", "")[:64], limit=PAGE)
    return render_template("people.html", rows=rows, q=q, after=rows[-1].login if len(rows) == PAGE else None)


@people.get("/admin/accounts/new", needs=NEEDS)
def new() -> str:
    """The form of a new account."""
    return _new({}, None)


@people.post("/admin/accounts", needs=NEEDS)
def create() -> AnyResponse:
    """Make it with a passing password, which is shown this once."""
    sent = {name: request.form.get(name, "").strip() for name in ("login", "name", "unit_code", "key")}
    roles = tuple(request.form.getlist("roles"))
    password = secrets.token_urlsafe(N_PASSING_BYTES)
    command = CreateAccount(sent["login"], sent["name"], password, roles, sent["unit_code"], sent["key"], True)
    try:
        engine().run(command, actor())
    except (Invalid, Conflict) as error:
        return Response(_new(sent | {"roles": roles}, failed(error)), status_of(error))
    return _told(command.login, password, 201)


@people.get("/admin/accounts/<key:login>", needs=NEEDS)
def show(login: str) -> str:
    """One account with what opens it now."""
    return _one(login, {}, None)


@people.post("/admin/accounts/<key:login>", needs=NEEDS)
def change(login: str) -> AnyResponse:
    """Other roles, another unit, linked or not, closed or open."""
    sent: dict[str, Any] = {
        "roles": tuple(request.form.getlist("roles")),
        "unit_code": request.form.get("unit_code", ""),
        "oidc_subject": request.form.get("oidc_subject", "").strip(),
        "disabled": request.form.get("disabled") == "yes",
    }
    try:
        engine().run(ChangeAccount(login, key=request.form.get("key", ""), **sent), actor())
    except (Invalid, Conflict, Forbidden) as error:
        return Response(_one(login, sent, failed(error)), status_of(error))
    flash(gettext("账号已保存，下一次操作即生效"), "success")
    return redirect(url_for("people.show", login=login), 303)


@people.post("/admin/accounts/<key:login>/password", needs=NEEDS)
def reset(login: str) -> AnyResponse:
    """A passing password, shown this once; whoever was logged in with the old one is out."""
    password = secrets.token_urlsafe(N_PASSING_BYTES)
    try:
        engine().run(ResetPassword(login, password, request.form.get("key", "")), actor())
    except (Forbidden, Conflict, Invalid) as error:
        return Response(_one(login, {}, failed(error)), status_of(error))
    return _told(login, password, 200)


@people.post("/admin/accounts/<key:login>/sessions/end", needs=NEEDS)
def end_sessions(login: str) -> AnyResponse:
    """End every session and token of the account."""
    engine().run(EndSessions(login, request.form.get("key", "")), actor())
    flash(gettext("该账号的全部登录和令牌已失效"), "success")
    return redirect(url_for("people.show", login=login), 303)


def _new(sent: Mapping[str, Any], failure: Failure | None) -> str:
    with engine().read() as view:
        units = _units(view)
    return render_template("person_new.html", sent=sent, units=units, roles=_roles(), failure=failure,
                           errors=_errors(failure))  # fmt: skip


def _one(login: str, sent: Mapping[str, Any], failure: Failure | None) -> str:
    with engine().read() as view:
        page, units = queries.one(view, actor(), login), _units(view)
    stored = {
        "roles": page.row.roles,
        "unit_code": page.row.unit_code,
        "oidc_subject": page.row.oidc_subject or "",
        "disabled": page.row.disabled_at is not None,
    }
    return render_template("person.html", page=page, sent={**stored, **sent}, units=units, roles=_roles(),
                           failure=failure, errors=_errors(failure), is_own=login == actor().id)  # fmt: skip


def _told(login: str, password: str, status: int) -> Response:
    return Response(render_template("person_password.html", login=login, password=password, key=new_key()), status)


def _errors(failure: Failure | None) -> dict[str, str]:
    return {fault.field: fault.reason for fault in failure.faults} if failure else {}


def _roles() -> list[tuple[str, str]]:
    return [(code, role_name(code)) for code in ROLES]


def _units(view: View) -> list[tuple[str, str]]:
    """Units within the administrator's own, code and name, in the order of the tree."""
    organisation = view.world.organisation(view.connection)
    return [(code, unit.name) for code, unit in organisation.units.items() if view.sees(actor(), code)]
