"""`notify.send`: a message to the customer or to staff. The phone is opened only for a message to the customer."""

from __future__ import annotations

from typing import Any

from engine.app import Engine
from engine.outbox_worker.case import open_case, text
from engine.ports.notification import CUSTOMER, Message
from engine.store.outbox import Delivery

PURPOSE = "用电报装告知"


def send(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{ok: true}; it has been sent once, however often this is tried."""
    to = text(call, "to", CUSTOMER)
    case = open_case(engine, call, *(("phone",) if to == CUSTOMER else ()))
    message = Message(
        template=text(call, "template"),
        to=to,
        order_no=case.order_no,
        unit_code=case.unit_code,
        phone=case.personal.get("phone") or None,
        detail=call.params.get("detail"),
    )
    engine.platforms.notification.send(case.errand(call, PURPOSE), message)
    return {"ok": True}
