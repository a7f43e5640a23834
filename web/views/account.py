"""Logging in and out, one's own password, the language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.access import LockedOut, WrongPassword
from engine.commands.change_password import ChangePassword
from engine.commands.end_own_sessions import EndOwnSessions
from engine.errors import Forbidden, Invalid
from engine.policy import Permission
from engine.queries import accounts as queries
from web import accounts, context, guard, sso

N_MAX_ENDED = 200
account = guard.Blueprint("account", __name__, enable_openapi=False)


@account.get("/", needs=guard.SIGNED_IN)
def home() -> AnyResponse:
    """Where work begins: the first thing that this visitor may do."""
    first = next(iter(context.menu()), None)
    return redirect(first.url if first else url_for("account.password"), 302)


@account.get("/login", needs=guard.PUBLIC)
def login() -> str:
    """The login page."""
    return page(inside(request.args.get("next")))


@account.post("/login", needs=guard.PUBLIC)
def enter() -> AnyResponse:
    """Log in and go where the visitor wanted to go."""
    name = request.form.get("name", "").strip()
    try:
        if not name.isprintable():
            raise WrongPassword
        accounts.log_in(name, request.form.get("password", ""))
    except (WrongPassword, LockedOut) as error:
        text = page(inside(request.args.get("next")), name, gettext(error.text))
        return Response(text, 429 if isinstance(error, LockedOut) else 401)
    return redirect(inside(request.args.get("next")) or url_for("account.home"), 303)


@account.post("/logout", needs=guard.SIGNED_IN)
def logout() -> AnyResponse:
    """Log out."""
    accounts.log_out()
    return redirect(url_for("account.login"), 303)


@account.post("/language", needs=guard.PUBLIC)
def language() -> AnyResponse:
    """Remember the language of the pages."""
    session["locale"] = request.form.get("locale", "")
    return redirect(inside(request.form.get("back")) or url_for("account.home"), 303)


def page(following: str | None, name: str = "", failure: str = "") -> str:
    """The login page, with the way through the single sign-on where there is one."""
    return render_template("login.html", next=following, name=name, failure=failure, sso=sso.title())


@account.get("/password", needs=Permission.ACCOUNT_OWN)
def password() -> str:
    """The form for another password."""
    return _password("")


@account.post("/password", needs=Permission.ACCOUNT_OWN)
def change_password() -> AnyResponse:
    """Change the password; every session of the account ends."""
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    try:
        if new != again:
            raise Invalid(gettext("两次输入的新密码不一致"))
        accounts.engine().run(ChangePassword(old, new, request.form.get("key", "")), accounts.actor())
    except (Forbidden, Invalid) as error:
        return Response(_password(error.detail or gettext(error.text)), 422)
    accounts.forget()
    flash(gettext("密码已修改，请用新密码登录"), "success")
    return redirect(url_for("account.login"), 303)


def _password(failure: str) -> str:
    return render_template("password.html", failure=failure, is_passing=accounts.actor().must_change)


@account.get("/account/sessions", needs=Permission.ACCOUNT_OWN)
def sessions() -> str:
    """Where one is logged in, and which tokens of programs open the account."""
    with accounts.engine().read() as view:
        logins = queries.own_logins(view, accounts.actor())
    return render_template("sessions.html", logins=logins, here=accounts.session_of_caller())


@account.post("/account/sessions/end", needs=Permission.ACCOUNT_OWN)
def end_sessions() -> AnyResponse:
    """End one of them (`id`), or all but this one."""
    ids = tuple(request.form.getlist("id")[:N_MAX_ENDED])
    accounts.engine().run(EndOwnSessions(ids, request.form.get("key", "")), accounts.actor())
    flash(gettext("已退出所选登录"), "success")
    return redirect(url_for("account.sessions"), 303)


def inside(target: str | None) -> str | None:
    """The target, if it is a path of ours: nobody is sent to another site from here."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
