"""Who sits behind a request: a bearer token for programs, a server-side session for people. Checks no permission.

The cookie (signed) holds the session's token beside harmless things (language, CSRF secret, notices). What counts is
the session row of the engine: logging out, closing the account or changing its roles works with the next request.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from typing import cast

from flask import current_app, g, request, session

from engine.access import session_id
from engine.app import Engine
from engine.errors import Unauthenticated
from engine.policy import Actor

SESSION_KEY = "sid"
PORTAL_KEY, PORTAL = "pid", "/portal"
KEPT = ("locale",)


def engine() -> Engine:
    """The engine of this application."""
    return cast(Engine, current_app.extensions["engine"])


def actor() -> Actor:
    """Whoever was let in. Raises Unauthenticated when nobody was."""
    found: Actor | None = g.get("actor")
    if found is None:
        raise Unauthenticated
    return found


def recognise() -> None:
    """Put the caller into `g.actor`, or None. A program that sends a token is never taken for a browser's session, and
    below `/portal` staff are nobody: there the caller is the customer of an order, or unknown."""
    header = request.headers.get("Authorization")
    if header is not None and request.path.startswith("/api/"):
        scheme, _, token = header.partition(" ")
        if scheme.lower() == "bearer" and token.strip():
            g.actor = _known(lambda: engine().access.of_token(token.strip()))
            g.by_bearer = g.actor is not None
    elif request.path == PORTAL or request.path.startswith(f"{PORTAL}/"):
        token = session.get(PORTAL_KEY)
        g.actor = _known(lambda: engine().portal.of_session(token)) if token else None
    elif token := session.get(SESSION_KEY):
        g.actor = _known(lambda: engine().access.of_session(token))
        if g.actor is None:
            forget()


def log_in(login: str, password: str) -> None:
    """Begin a new session in the place of whatever there was. Raises WrongPassword or LockedOut."""
    begin(engine().access.log_in(login, password, request.remote_addr or "", request.user_agent.string))


def begin(token: str) -> None:
    """Begin the session of this token in the place of whatever there was."""
    _end()
    session[SESSION_KEY] = token


def enter_portal(order_no: str, code: str) -> None:
    """Begin a customer's session; a login of staff in the same browser stays as it is. Raises WrongCode."""
    token = engine().portal.enter(order_no, code)
    leave_portal()
    session[PORTAL_KEY] = token


def leave_portal() -> None:
    """End a customer's session on the server."""
    if token := session.pop(PORTAL_KEY, None):
        engine().portal.leave(token)
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def session_of_caller() -> str:
    """The id of the session of this request; "" for a program."""
    return session_id(session[SESSION_KEY]) if session.get(SESSION_KEY) else ""


def log_out() -> None:
    """End the session on the server, not only in the browser."""
    _end()


def forget() -> None:
    """Drop everything of the old session but what is nobody's secret; the CSRF secret goes with it."""
    kept = {name: session[name] for name in KEPT if name in session}
    session.clear()
    session.update(kept)


def same(one: str, other: str) -> bool:
    """Equal, without telling how nearly."""
    return hmac.compare_digest(one.encode(), other.encode())


def new_key() -> str:
    """A fresh idempotency key for a form."""
    return secrets.token_urlsafe(18)


def _end() -> None:
    if token := session.get(SESSION_KEY):
        engine().access.log_out(token)
    forget()
    g.pop("csrf_token", None)


def _known(find: Callable[[], Actor]) -> Actor | None:
    try:
        return find()
    except Unauthenticated:
        return None
