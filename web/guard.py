"""Every route declares who may call it, or the application does not start. Decides who a caller is, never what he sees.

`needs=` takes a `Permission`, `SIGNED_IN` (anybody known), `CUSTOMER` (of the portal, and nobody else) or `PUBLIC`.
A route that takes files says how many bytes (`max_bytes=`). The organisation scope of a single order is
judged inside the engine, under its lock; here is only the door.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from apiflask import APIBlueprint
from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from engine.errors import Forbidden, Unauthenticated
from engine.policy import Permission, require
from web import accounts

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNTIL_CHANGED = frozenset({"account.password", "account.change_password", "account.logout"})
"""All that somebody with a passing password may do."""
csrf = CSRFProtect()


class PasswordExpired(Forbidden):
    """He came in with a passing password and has to change it before anything else."""

    code = "password_expired"
    text = "请先修改初始密码"


class Access(StrEnum):
    """Doors that need no permission of their own."""

    PUBLIC = "public"
    CUSTOMER = "customer"
    SIGNED_IN = "signed_in"
    OPERATIONS = "operations"


PUBLIC, CUSTOMER, SIGNED_IN, OPERATIONS = Access.PUBLIC, Access.CUSTOMER, Access.SIGNED_IN, Access.OPERATIONS
Need = Permission | Access


class Unguarded(Exception):
    """A route does not say who may call it."""


class Blueprint(APIBlueprint):
    """A blueprint whose every route carries `needs=`; one that takes files says how much with `max_bytes=`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs: dict[str, Need] = {}
        self.max_bytes: dict[str, int] = {}

    def add_url_rule(  # type: ignore[override]
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        needs = options.pop("needs", None)
        name = endpoint or view_func.__name__
        if not isinstance(needs, Permission | Access):
            raise Unguarded(f"{self.name}.{name} ({rule}) declares no needs=")
        if self.needs.setdefault(name, needs) is not needs:
            raise Unguarded(f"{self.name}.{name} ({rule}) declares two different needs=")
        if max_bytes := options.pop("max_bytes", None):
            self.max_bytes[name] = max_bytes
        super().add_url_rule(rule, endpoint, view_func, *args, **options)


def install(app: Flask, extra: dict[str, Need]) -> None:
    """Check every rule of the finished application and stand before each request. `extra` guards Flask's own routes."""
    table = dict(extra)
    for blueprint in app.blueprints.values():
        table |= {f"{blueprint.name}.{name}": needs for name, needs in getattr(blueprint, "needs", {}).items()}
    missing = sorted({rule.endpoint for rule in app.url_map.iter_rules()} - table.keys())
    if missing:
        raise Unguarded(f"no needs= for {', '.join(missing)}")
    app.extensions["needs"] = table
    app.extensions["max_bytes"] = {
        f"{blueprint.name}.{name}": n
        for blueprint in app.blueprints.values()
        for name, n in getattr(blueprint, "max_bytes", {}).items()
    }
    csrf.init_app(app)
    app.before_request(admit)


def admit() -> Response | None:
    """Let the request in, or raise."""
    g.actor, g.by_bearer = None, False
    if request.url_rule is None:
        return None  # 404 or 405: Flask answers without any view
    needs = current_app.extensions["needs"][request.url_rule.endpoint]
    if needs is OPERATIONS:
        return _only_operations()
    if max_bytes := current_app.extensions["max_bytes"].get(request.endpoint):
        request.max_content_length = max_bytes
    accounts.recognise()
    if needs is CUSTOMER and request.method not in SAFE:
        _own_page()  # before who he is: a forgery is told nothing, not even the way in
    if request.path.startswith("/api/"):
        caller = g.actor.id if g.actor else f"@{request.remote_addr}"
        current_app.extensions["limits"].count(caller)
    if needs is not PUBLIC:
        if g.actor is None:
            raise Unauthenticated
        if (g.actor.kind == "customer") is not (needs is CUSTOMER):
            raise Unauthenticated
        if isinstance(needs, Permission):
            require(g.actor, needs)
        if g.actor.must_change and request.endpoint not in UNTIL_CHANGED:
            raise PasswordExpired
    if request.method not in SAFE and not g.by_bearer:
        _own_page()
    return None


def _own_page() -> None:
    """A browser's request that changes something comes from a page of ours, or it is refused."""
    _same_site()
    csrf.protect()


def _same_site() -> None:
    """A browser that says the request began on another site is believed; the CSRF token stands behind it."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise CSRFError("cross-site request")
    origin = request.headers.get("Origin")
    if origin and urlsplit(origin).netloc != request.host:
        raise CSRFError("foreign origin")


def _only_operations() -> None:
    """Figures of the machine are for the machine itself, or for who holds the operations token."""
    token = current_app.config["METRICS_TOKEN"]
    given = request.headers.get("Authorization", "")
    if request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers:
        return
    if not (token and accounts.same(given, f"Bearer {token}")):
        raise Forbidden
