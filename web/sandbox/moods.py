"""How each platform behaves, and the door by which it is told: `/control`. Holds no answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from engine.ports.contract import NAMES

MAX_SLOW_SECONDS = 60.0
WRONG = ("", "MALFORMED", "CONTRADICTION", "OTHER_HOLDER", "BAD_NUMBER")
"""MALFORMED is no JSON, CONTRADICTION breaks the contract or itself, the others lie about whose or which it is."""


@dataclass(frozen=True, slots=True)
class Mood:
    """Seconds before each answer, answering 503, taking a message but losing the answer, answering wrongly."""

    slow_seconds: float = 0.0
    down: bool = False
    forgetful: bool = False
    wrong: str = ""


CALM = Mood()
control = Blueprint("control", __name__)


def install(app: Flask) -> None:
    """Every platform begins calm."""
    app.extensions["moods"] = dict.fromkeys(NAMES, CALM)
    app.register_blueprint(control)


def mood_of(platform: str) -> Mood:
    """How this platform behaves now."""
    mood: Mood = current_app.extensions["moods"][platform]
    return mood


@control.get("/control")
def shown() -> Response:
    return jsonify({name: asdict(mood) for name, mood in current_app.extensions["moods"].items()})


@control.put("/control")
def all_of_them() -> tuple[Response, int]:
    return _told(NAMES)


@control.put("/control/<any(sharing,identity,notification,ami,evidence):platform>")
def one_of_them(platform: str) -> tuple[Response, int]:
    return _told((platform,))


def _told(platforms: tuple[str, ...]) -> tuple[Response, int]:
    wish = request.get_json(silent=True)
    if (fault := _fault(wish)) is not None:
        return jsonify(error=fault), 400
    moods: dict[str, Mood] = current_app.extensions["moods"]
    for name in platforms:
        moods[name] = replace(moods[name], **wish)
    return jsonify({name: asdict(moods[name]) for name in platforms}), 200


def _fault(wish: Any) -> str | None:
    known = asdict(CALM)
    if not isinstance(wish, Mapping) or not wish.keys() <= known.keys():
        return f"known controls: {', '.join(known)}"
    slow = wish.get("slow_seconds", 0)
    if isinstance(slow, bool) or not isinstance(slow, int | float) or not 0 <= slow <= MAX_SLOW_SECONDS:
        return f"slow_seconds: 0 to {MAX_SLOW_SECONDS}"
    if any(not isinstance(wish.get(name, False), bool) for name in ("down", "forgetful")):
        return "down, forgetful: true or false"
    return None if wish.get("wrong", "") in WRONG else f"wrong: one of {', '.join(WRONG[1:])}, or nothing"
