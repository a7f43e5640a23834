"""Puts the web application together: settings, extensions, guard, routes. Holds no route and no rule of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask import session
from flask_babel import Babel
from werkzeug.routing import BaseConverter

from engine import app as composition
from engine.app import Engine
from web import (
    api,
    context,
    figures,
    guard,
    headers,
    limits,
    portal,
    presentation,
    problems,
    sso,
    timekeeping,
    views,
    words,
    words_figures,
    words_late,
    words_verbs,
)
from web.api import contract
from web.settings import WebSettings

LOCALES = ("zh_CN", "en")
HERE = Path(__file__).resolve().parent


class KeyConverter(BaseConverter):
    """An order number or the id of a task: nothing that a database could not store, and no slash."""

    regex = r"[0-9A-Za-z_.:-]{1,64}"


class NameConverter(BaseConverter):
    """The name that an author gave to a decision: anything that is no slash and no control character."""

    regex = r"[^/\x00-\x1f\x7f]{1,128}"


def from_environment() -> APIFlask:
    """The application by the settings of the environment."""
    return create_app(composition.build(), WebSettings())


def create_app(engine: Engine, settings: WebSettings | None = None) -> APIFlask:
    """The application over this engine. Raises Unguarded when a route does not say who may call it."""
    settings = settings or WebSettings()
    app = APIFlask(
        __name__, title="yikuo", version="1.0", spec_path="/api/v1/openapi.json", docs_path=None, json_errors=False
    )
    app.config.update(_config(engine, settings))
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["engine"] = engine
    app.extensions["limits"] = limits.Brake(settings.api_per_minute)
    app.url_map.converters |= {"key": KeyConverter, "name": NameConverter}
    Babel(app, locale_selector=_locale)
    presentation.install(app)
    words.install(app)
    words_late.install(app)
    words_figures.install(app)
    words_verbs.install(app)
    context.install(app)
    timekeeping.install(app)
    problems.install(app)
    headers.install(app)
    figures.install(app)
    sso.install(app, settings)
    for blueprint in (*views.BLUEPRINTS, *portal.BLUEPRINTS, *api.BLUEPRINTS):
        app.register_blueprint(blueprint)
    app.spec_processor(contract.finish)
    guard.install(app, {"static": guard.PUBLIC, "openapi.spec": guard.PUBLIC})
    if app.debug or app.testing:
        raise RuntimeError("debug and testing modes switch guards off and are refused")
    return app


def _config(engine: Engine, settings: WebSettings) -> dict[str, Any]:
    secure = settings.cookie_secure
    return {
        "SECRET_KEY": engine.vault.session_secret,
        "SESSION_COOKIE_NAME": "__Host-yikuo" if secure else "yikuo",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "TRUSTED_HOSTS": settings.trusted_hosts,
        "SEND_FILE_MAX_AGE_DEFAULT": 3600,
        "MAX_CONTENT_LENGTH": 300_000,  # who takes files says so at his route (guard.py)
        "MAX_FORM_MEMORY_SIZE": 200_000,
        "MAX_FORM_PARTS": 400,
        "WTF_CSRF_CHECK_DEFAULT": False,
        "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session, whose length the engine knows
        "WTF_CSRF_SSL_STRICT": True,
        "BABEL_DEFAULT_LOCALE": LOCALES[0],
        "BABEL_DEFAULT_TIMEZONE": "Asia/Shanghai",
        "BABEL_TRANSLATION_DIRECTORIES": str(HERE / "translations"),
        "OPENAPI_VERSION": "3.1.0",
        "SECURITY_SCHEMES": {"bearer": {"type": "http", "scheme": "bearer"}},
        "AUTO_200_RESPONSE": False,
        "AUTO_404_RESPONSE": False,
        "AUTO_VALIDATION_ERROR_RESPONSE": False,
        "AUTO_AUTH_ERROR_RESPONSE": False,
        "METRICS_TOKEN": settings.metrics_token,
    }


def _locale() -> str:
    chosen = session.get("locale")
    return chosen if chosen in LOCALES else LOCALES[0]
