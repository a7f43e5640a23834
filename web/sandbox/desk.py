"""What all platforms do alike: mood, key, contract, ledger. Each platform itself only makes the answer."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from flask import Response, current_app, jsonify, request

from engine.ports.contract import contract
from web.sandbox.ledger import Ledger
from web.sandbox.moods import mood_of

Reply: TypeAlias = tuple[Response, int]
Make: TypeAlias = Callable[[Any], Any]
Twist: TypeAlias = Callable[[str, Any, Any], Any]
"""(how it is wrong, body, right answer) -> wrong answer."""


def ledger_of(platform: str) -> Ledger:
    """The memory of a platform; it ends with the process."""
    ledgers: dict[str, Ledger] = current_app.extensions["ledgers"]
    return ledgers[platform]


def serve(platform: str, operation_id: str, make: Make, twist: Twist, *, again: Make | None = None) -> Reply:
    """Answer a POST of the contract: `make` gives the right answer of a new message, `twist` the wrong one.

    `again` makes the answer to a repeated message of the first one, where a new one is answered 201.
    """
    if (closed := closed_door(platform)) is not None:
        return closed
    key, body = request.headers.get("Idempotency-Key", ""), request.get_json(silent=True)
    if request.mimetype != "application/json":
        return jsonify(error="application/json is needed"), 415
    if not key.isprintable() or not 1 <= len(key) <= 200 or not key.isascii() or " " in key:
        return jsonify(error="an Idempotency-Key is needed"), 400
    if fault := contract(platform).operations[operation_id].fault_of_request(body):
        return jsonify(error=fault), 400
    entry, new = ledger_of(platform).answer(key, body, lambda: make(body))
    if entry.body != body:
        return jsonify(error="the key was used for another message"), 409
    answer = entry.answer if new or again is None else again(entry.answer)
    status = 201 if new and again is not None else 200
    return outcome(platform, answer, lambda wrong: twist(wrong, body, answer), status)


def closed_door(platform: str) -> Reply | None:
    """Nobody gets past a platform that is down, nor without the token, if there is one."""
    mood = mood_of(platform)
    time.sleep(mood.slow_seconds)
    if mood.down:
        return jsonify(error="down"), 503
    token = current_app.config["SANDBOX_TOKEN"]
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and not hmac.compare_digest(given.encode(), token.encode()):
        return jsonify(error="a token is needed"), 401
    return None


def outcome(platform: str, answer: Any, twisted: Callable[[str], Any], status: int) -> Reply:
    """The answer as the platform's mood lets it out: lost, broken, false or right."""
    mood = mood_of(platform)
    if mood.forgetful:
        return jsonify(error="the answer got lost"), 504
    if mood.wrong == "MALFORMED":
        return Response('{"outcome": "FOU', mimetype="application/json"), 200
    return jsonify(twisted(mood.wrong) if mood.wrong else answer), status


def contradict(wrong: str, body: Any, answer: Any) -> Any:
    """For platforms with one way of being wrong: an answer that says nothing of what it must."""
    return {"outcome": answer.get("outcome")}
