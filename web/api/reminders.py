"""Reminders by hand (催办) over HTTP."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response

from engine.commands.remind_order import RemindOrder
from engine.kernel.forms import FormCheck
from engine.policy import Permission
from web.accounts import actor, engine
from web.api import shapes
from web.api.blueprint import answer, api, body, key
from web.api.contract import described
from web.api.tasks import OPTIONAL_KEY, clean

_reminder = FormCheck({"schema": shapes.REMINDER})


@api.post("/orders/<key:order_no>/reminders", needs=Permission.REMINDER_SEND)
@described(
    "Remind those who hold the open tasks of an order, or the role where nobody does; within some minutes once per "
    "order and person",
    {201: "Reminded"},
    problems=(404, 409, 415, 422),
    body="Reminder",
    parameters=(OPTIONAL_KEY,),
)
def remind(order_no: str) -> Response:
    """POST /orders/{order_no}/reminders."""
    command_key, sent = key(), body()
    _reminder.check(sent)
    command = RemindOrder(order_no, sent["reason"], command_key, clean(sent.get("note", ""), "note"))
    return answer(asdict(engine().run(command, actor())), 201)
