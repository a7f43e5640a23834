"""Takes notifications as the SMS platform would, remembers them, and can be told to be slow, down or forgetful.

Deliveries are at least once by contract: a repeated `Idempotency-Key` is answered as the first one was, and counted.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from threading import Lock
from typing import Any

from flask import Flask, Response, jsonify, request

MAX_SLOW_SECONDS = 60.0


@dataclass(slots=True)
class Mood:
    """How the platform behaves: seconds before each answer, answering 503, taking a message but losing the answer."""

    slow_seconds: float = 0.0
    down: bool = False
    forgetful: bool = False


@dataclass(slots=True)
class Ledger:
    """What was delivered: key -> message, and how often each key came again."""

    messages: dict[str, Any] = field(default_factory=dict)
    n_deliveries: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def take(self, key: str, message: Any) -> bool:
        """Remember the message; True if it is new."""
        with self.lock:
            new = key not in self.messages
            self.messages.setdefault(key, message)
            self.n_deliveries[key] = self.n_deliveries.get(key, 0) + 1
            return new


def create_app() -> Flask:
    """The sandbox application; its memory ends with the process."""
    app = Flask(__name__)
    app.config.update(MAX_CONTENT_LENGTH=1_000_000, TRUSTED_HOSTS=["127.0.0.1", "localhost", "[::1]"])
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    ledger, mood = Ledger(), Mood()
    app.extensions.update(ledger=ledger, mood=mood)

    @app.post("/notifications")
    def deliver() -> tuple[Response, int]:
        time.sleep(mood.slow_seconds)
        if mood.down:
            return jsonify(error="down"), 503
        key = request.headers.get("Idempotency-Key", "")
        message = request.get_json(silent=True)
        if not key or not isinstance(message, dict):
            return jsonify(error="an Idempotency-Key and a JSON object are needed"), 400
        new = ledger.take(key, message)
        if mood.forgetful:
            return jsonify(error="the answer got lost"), 504
        return jsonify(key=key, status="accepted" if new else "duplicate"), 201 if new else 200

    @app.get("/notifications")
    def delivered() -> Response:
        repeats = sum(ledger.n_deliveries.values()) - len(ledger.messages)
        items = [{"key": key, "message": message, "n": ledger.n_deliveries[key]}
                 for key, message in ledger.messages.items()]  # fmt: skip
        return jsonify(items=items, n=len(items), n_duplicates=repeats)

    @app.delete("/notifications")
    def forget() -> tuple[str, int]:
        with ledger.lock:
            ledger.messages.clear()
            ledger.n_deliveries.clear()
        return "", 204

    @app.get("/control")
    def shown() -> Response:
        return jsonify(asdict(mood))

    @app.put("/control")
    def control() -> tuple[Response, int]:
        wish = request.get_json(silent=True)
        if not isinstance(wish, dict) or not wish.keys() <= asdict(mood).keys():
            return jsonify(error=f"known controls: {', '.join(asdict(mood))}"), 400
        slow = wish.get("slow_seconds", mood.slow_seconds)
        if isinstance(slow, bool) or not isinstance(slow, int | float) or not 0 <= slow <= MAX_SLOW_SECONDS:
            return jsonify(error=f"slow_seconds: 0 to {MAX_SLOW_SECONDS}"), 400
        mood.slow_seconds = float(slow)
        mood.down, mood.forgetful = bool(wish.get("down", mood.down)), bool(wish.get("forgetful", mood.forgetful))
        return jsonify(asdict(mood)), 200

    return app
