"""What a running order waits to be told, over HTTP: register it."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from engine.commands.deliver_message import DeliverMessage
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from web.accounts import actor, engine
from web.api import shapes
from web.api.blueprint import answer, api, body, instant, key
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, clean

_registration = FormCheck({"schema": shapes.REGISTRATION})


@api.post("/orders/<key:order_no>/messages/<key:message>", needs=Permission.MESSAGE_DELIVER)
@described(
    "Register something that the order waits for: a suspension requested, a completion reported. The order's `awaits` "
    "lists what may be registered now",
    {200: "MessageDelivered"},
    problems=(404, 409, 415, 422),
    body="Registration",
    parameters=(OPTIONAL_KEY,),
)
def deliver(order_no: str, message: str) -> Response:
    """POST /orders/{order_no}/messages/{message}."""
    command_key, sent = key(), body()
    _registration.check(sent)
    command = DeliverMessage(
        order_no=order_no,
        message=message,
        form=sent["form"],
        occurred_at=instant(sent.get("occurred_at"), "occurred_at"),
        key=command_key,
        late_reason=clean(sent.get("late_reason", ""), "late_reason"),
        element_id=sent.get("element") or "",
    )
    return answer(asdict(engine().run(command, actor())))
