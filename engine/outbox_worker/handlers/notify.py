"""`notify.send`: a message to the customer or staff, with copies (抄送). The phone is opened for the customer only."""

from __future__ import annotations

from typing import Any

from engine.app import Engine
from engine.outbox_worker.case import open_case, text
from engine.ports.failures import DeliveryFailed
from engine.ports.notification import CUSTOMER, Message
from engine.store.outbox import Delivery

PURPOSE = "用电报装告知"


def send(engine: Engine, call: Delivery) -> dict[str, Any]:
    """{ok: true}; each message has been sent once, however often this is tried.

    Params: `to` (CUSTOMER, a role, or a list of roles and `@login`s), `copy_to` (a list of them, never the customer).
    """
    to, copies = _recipients(call)
    case = open_case(engine, call, *(("phone",) if to == [CUSTOMER] else ()))
    # the first message keeps the key of the call; every further one has its own
    for place, each in enumerate([*to, *copies]):
        message = Message(
            template=text(call, "template"),
            to=each,
            order_no=case.order_no,
            unit_code=case.unit_code,
            phone=case.personal.get("phone") or None,
            detail=call.params.get("detail") if each in to else {"copy": True, "detail": call.params.get("detail")},
        )
        engine.platforms.notification.send(case.errand(call, PURPOSE, about=each if place else ""), message)
    return {"ok": True}


def _recipients(call: Delivery) -> tuple[list[str], list[str]]:
    """Whom to tell and who gets a copy, each once. Raises DeliveryFailed, final: the diagram is wrong."""
    to, copies = call.params.get("to", CUSTOMER), call.params.get("copy_to") or []
    to = [to] if isinstance(to, str) else to
    for named in (to, copies):
        if not isinstance(named, list) or not all(isinstance(each, str) and each for each in named):
            raise DeliveryFailed("BAD_PARAMETER to", final=True)
    if CUSTOMER in copies or (CUSTOMER in to and (len(to) > 1 or copies)):
        raise DeliveryFailed("BAD_PARAMETER to: the customer gets a message of his own", final=True)
    known = list(dict.fromkeys(to))
    return known, [each for each in dict.fromkeys(copies) if each not in known]
