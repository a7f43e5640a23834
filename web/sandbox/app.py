"""Stands in for the five outside platforms over HTTP, each by its contract; can be told to be slow, down, wrong or
forgetful. Its memory ends with the process."""

from __future__ import annotations

from flask import Flask

from engine.ports.contract import NAMES
from web.sandbox import moods
from web.sandbox.ami import ami
from web.sandbox.evidence import evidence
from web.sandbox.identity import identity
from web.sandbox.ledger import Ledger
from web.sandbox.notification import notification
from web.sandbox.sharing import sharing


def create_app(token: str = "") -> Flask:
    """The sandbox application; with a token it answers only to those who send it."""
    app = Flask(__name__)
    app.config.update(
        MAX_CONTENT_LENGTH=1_000_000, TRUSTED_HOSTS=["127.0.0.1", "localhost", "[::1]"], SANDBOX_TOKEN=token
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["ledgers"] = {name: Ledger() for name in NAMES}
    app.extensions["energised"] = {}
    moods.install(app)
    for platform in (sharing, identity, notification, ami, evidence):
        app.register_blueprint(platform)
    return app
