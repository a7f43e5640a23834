"""The message platform of contracts/notification.yaml: takes, remembers, counts, and shows what it was sent."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from web.sandbox.desk import Reply, ledger_of, serve

notification = Blueprint("notification", __name__)


@notification.post("/notifications")
def deliver() -> Reply:
    receipt = {"key": request.headers.get("Idempotency-Key"), "status": "accepted"}
    again = {**receipt, "status": "duplicate"}
    return serve("notification", "sendNotification", lambda body: receipt, _twist, again=lambda first: again)


@notification.get("/notifications")
def delivered() -> Response:
    entries = dict(ledger_of("notification").entries)
    items = [{"key": key, "message": entry.body, "n": entry.n} for key, entry in entries.items()]
    return jsonify(items=items, n=len(items), n_duplicates=sum(entry.n - 1 for entry in entries.values()))


@notification.delete("/notifications")
def forget() -> tuple[str, int]:
    ledger_of("notification").forget()
    return "", 204


def _twist(wrong: str, body: Any, answer: Any) -> Any:
    return {"key": "another", "status": "accepted"}
