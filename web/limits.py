"""How often somebody may ask. Counts per process and in memory; the count of failed logins is the engine's."""

from __future__ import annotations

from flask import Flask, current_app, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address


def _who() -> str:
    actor = g.get("actor")
    return f"account:{actor.id}" if actor else f"address:{get_remote_address()}"


limiter = Limiter(key_func=_who, storage_uri="memory://", headers_enabled=False, swallow_errors=False)
by_address = limiter.limit(
    lambda: current_app.config["LOGIN_RATE"], key_func=get_remote_address, methods=["POST"], scope="login"
)


def install(app: Flask) -> None:
    """Count every request of the API after the guard has told whose it is."""
    app.config["RATELIMIT_ENABLED"] = True
    limiter.init_app(app)
    for name, view in list(app.view_functions.items()):
        if name.startswith("api."):
            app.view_functions[name] = limiter.limit(_api_rate)(view)


def _api_rate() -> str:
    return str(current_app.config["API_RATE"])
