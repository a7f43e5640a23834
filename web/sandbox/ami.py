"""The metering system of contracts/ami.yaml: events that were entered, and for other orders one of its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from engine.ports.contract import contract
from web.sandbox.chance import draw, lot
from web.sandbox.desk import Reply, contradict, serve

ami = Blueprint("ami", __name__)
SHARES = {"FOUND": 970, "NONE": 30}
BEFORE = timedelta(minutes=30)
FIRST = datetime(2019, 1, 1, tzinfo=UTC)
PLACES = ("order_no", "consumer_no", "address")


@ami.post("/first-energised/query")
def query() -> Reply:
    return serve("ami", "queryFirstEnergised", _answer, contradict)


@ami.post("/control/ami/events")
def enter() -> tuple[Response, int]:
    """An event as a meter would report it: {order_no or consumer_no or address, first_energised_at}."""
    event = request.get_json(silent=True)
    probe = {**event, "as_of": event.get("first_energised_at"), "operator": "-"} if isinstance(event, dict) else event
    if isinstance(probe, dict):
        probe.pop("first_energised_at", None)
    if (fault := contract("ami").operations["queryFirstEnergised"].fault_of_request(probe)) is not None:
        return jsonify(error=fault), 400
    for place in PLACES:
        if place in event:
            current_app.extensions["energised"][place, event[place]] = event["first_energised_at"]
    return jsonify(event), 201


def _answer(body: Any) -> dict[str, Any]:
    as_of = datetime.fromisoformat(body["as_of"])
    known: dict[tuple[str, str], str] = current_app.extensions["energised"]
    entered = {known[place, body[place]] for place in PLACES if (place, body.get(place)) in known}
    if not entered and "order_no" in body and draw(SHARES, "ami", body["order_no"]) == "FOUND":
        # The meter was read half an hour before somebody asked for the first time, and stays so.
        at = as_of - BEFORE if as_of > FIRST else FIRST
        entered = {known.setdefault(("order_no", body["order_no"]), at.isoformat())}
    events = [_event(body, at) for at in sorted(entered) if datetime.fromisoformat(at) <= as_of]
    return {"outcome": "FOUND" if events else "NONE", "events": events}


def _event(body: Any, at: str) -> dict[str, Any]:
    meter_no = f"M{lot('meter', *(body.get(place) for place in PLACES)) % 10**12:012d}"
    order_no, consumer_no = body.get("order_no"), body.get("consumer_no")
    return {"meter_no": meter_no, "consumer_no": consumer_no, "order_no": order_no, "first_energised_at": at}
