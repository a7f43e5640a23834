"""A customer with a phone: asks for a code, reads the message that was sent, comes in. For the tests of the portal."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from random import Random
from typing import Any

from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.app import Engine
from engine.outbox_worker import deliver_one
from engine.portal import SEND_CODE
from engine.ports.line import Errand
from engine.ports.notification import Message
from engine.rehearsal.platforms import invented
from engine.store.tables import outbox
from tests.handled import Handled
from tests.orders import tasks_of
from tests.papers import papers
from tests.site import Site, Visitor


@dataclass
class Phones:
    """Takes every message in the place of the platform."""

    sent: list[Message] = field(default_factory=list)

    def send(self, errand: Errand, message: Message) -> bool:
        self.sent.append(message)
        return True


def phones(engine: Engine) -> Phones:
    """Messages of this engine are read here from now on."""
    taken = Phones()
    platforms = invented(engine.clock, Random(7)).all
    object.__setattr__(platforms, "notification", taken)
    engine.platforms = platforms
    return taken


class Customer:
    """Somebody with a browser, and perhaps with the phone of an order."""

    def __init__(self, site: Site, phone: Phones) -> None:
        self.site, self.phone = site, phone
        self.browser: Visitor = site.visitor()

    def ask(self, order_no: str) -> TestResponse:
        self.browser.get("/portal?order=")
        return self.browser.post("/portal/code", {"order_no": order_no})

    def read(self) -> str:
        """The code of the last message."""
        engine = self.site.engine
        with engine.read() as view:
            wanted = select(outbox.c.order_id, outbox.c.call_id).where(outbox.c.operator == SEND_CODE)
            calls = list(view.connection.execute(wanted))
        for order_id, call_id in calls:
            deliver_one(engine, order_id, call_id)
        code: str = [each for each in self.phone.sent if each.template == "portal_code"][-1].detail["code"]
        return code

    def give(self, code: str) -> TestResponse:
        self.browser.get("/portal/enter")
        return self.browser.post("/portal/enter", {"code": code})

    def come_in(self, order_no: str) -> Customer:
        self.ask(order_no)
        assert self.give(self.read()).status_code == 303
        return self

    def page(self) -> str:
        return self.browser.get("/portal/order").text

    def act(self, path: str, data: dict[str, Any] | None = None, key: str = "k1") -> TestResponse:
        self.page()
        return self.browser.post(f"/portal/order/{path}", {"key": key, **(data or {})})


def photo(width: int = 60, height: int = 40, exif: bytes = b"", kind: str = "JPEG") -> bytes:
    """A picture as a phone makes it."""
    out = BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(out, kind, **({"exif": exif} if exif else {}))
    return out.getvalue()


def all_promised(order: Handled) -> list[dict[str, Any]]:
    """The rows of the supplement form, each promised where it may be."""
    task = tasks_of(order.engine, order.order.order_id)["acc_supplement"]
    may = {n.doc_type for n in papers(order.engine, order.order.order_id).needs if n.deferrable and not n.must_now}
    rows: list[dict[str, Any]] = order.form(task.form_key, task.id)["choices"]
    return [row | ({"way": "COMMITMENT"} if row["doc_type"] in may else {}) for row in rows]
