"""Logging in and out, one's own password, the language."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from engine.access import LockedOut, WrongPassword
from engine.commands.change_password import ChangePassword
from engine.errors import Forbidden, Invalid
from engine.policy import Permission
from web import accounts, context, guard

account = guard.Blueprint("account", __name__, enable_openapi=False)


@account.get("/", needs=guard.SIGNED_IN)
def home() -> AnyResponse:
    """Where work begins: the first thing that this visitor may do."""
    first = next(iter(context.menu()), None)
    return redirect(first.url if first else url_for("account.password"), 302)


@account.get("/login", needs=guard.PUBLIC)
def login() -> str:
    """The login page."""
    return render_template("login.html", next=_inside(request.args.get("next")), name="", failure="")


@account.post("/login", needs=guard.PUBLIC)
def enter() -> AnyResponse:
    """Log in and go where the visitor wanted to go."""
    name = request.form.get("name", "").strip()
    try:
        if not name.isprintable():
            raise WrongPassword
        accounts.log_in(name, request.form.get("password", ""))
    except (WrongPassword, LockedOut) as error:
        page = render_template(
            "login.html", next=_inside(request.args.get("next")), name=name, failure=gettext(error.text)
        )
        return Response(page, 429 if isinstance(error, LockedOut) else 401)
    return redirect(_inside(request.args.get("next")) or url_for("account.home"), 303)


@account.post("/logout", needs=guard.SIGNED_IN)
def logout() -> AnyResponse:
    """Log out."""
    accounts.log_out()
    return redirect(url_for("account.login"), 303)


@account.post("/language", needs=guard.PUBLIC)
def language() -> AnyResponse:
    """Remember the language of the pages."""
    session["locale"] = request.form.get("locale", "")
    return redirect(_inside(request.form.get("back")) or url_for("account.home"), 303)


@account.get("/password", needs=Permission.ACCOUNT_OWN)
def password() -> str:
    """The form for another password."""
    return render_template("password.html", failure="")


@account.post("/password", needs=Permission.ACCOUNT_OWN)
def change_password() -> AnyResponse:
    """Change the password; every session of the account ends."""
    old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
    try:
        if new != again:
            raise Invalid(gettext("两次输入的新密码不一致"))
        accounts.engine().run(ChangePassword(old, new, request.form.get("key", "")), accounts.actor())
    except (Forbidden, Invalid) as error:
        return Response(render_template("password.html", failure=error.detail or gettext(error.text)), 422)
    accounts.forget()
    flash(gettext("密码已修改，请用新密码登录"), "success")
    return redirect(url_for("account.login"), 303)


def _inside(target: str | None) -> str | None:
    """The target, if it is a path of ours: nobody is sent to another site from here."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
