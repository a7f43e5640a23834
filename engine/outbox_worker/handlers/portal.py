"""`portal.send_code`: the code that opens the portal, to the phone on the order. It is made here and kept nowhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine.app import Engine
from engine.outbox_worker.case import open_case, text
from engine.portal import code_of
from engine.ports.notification import CUSTOMER, Message
from engine.store.outbox import Delivery

PURPOSE = "用电报装进度查询"
TEMPLATE = "portal_code"


def send_code(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{ok}: false when there is no phone, or when the code would come too late to be of use."""
    expires_at = datetime.fromisoformat(text(call, "expires_at"))
    case = open_case(engine, call, "phone")
    if engine.clock.now() >= expires_at or not case.personal["phone"]:
        return {"ok": False}
    detail = {"code": code_of(engine.vault, text(call, "code_id")), "expires_at": expires_at.isoformat()}
    message = Message(TEMPLATE, CUSTOMER, case.order_no, case.unit_code, case.personal["phone"], detail)
    engine.platforms.notification.send(case.errand(call, PURPOSE, presented=True), message)
    return {"ok": True}
