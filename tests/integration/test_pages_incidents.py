from __future__ import annotations

import re

import pytest

from engine.outbox_worker import deliver_due
from engine.ports.notification import DeliveryFailed
from tests.diagrams import path, service, user
from tests.orders import accept, deploy
from tests.site import Site


class Refusing:
    """An outside that will never take the message."""

    def deliver(self, key, message):
        raise DeliveryFailed("HTTP 400", final=True)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def stopped(engine):
    deploy(engine, service("ask", "notify.send", template="&quot;t&quot;"), user("a"), path("s", "ask", "a", "e"))
    order = accept(engine)
    deliver_due(engine, Refusing())
    return order


def test_an_order_that_stopped_is_seen_and_retried_by_those_who_may(engine, stopped):
    site = Site(engine)
    admin, leader = site.visitor("admin"), site.visitor("leader")
    page = admin.get("/admin/incidents").text
    action = re.search(r'action="(/incidents/\d+/retry)"', page)[1]

    assert stopped.order_no in page
    assert "call_failed" in page
    assert stopped.order_no not in leader.get("/admin/incidents").text
    assert leader.post(action, {"key": "k"}).status_code == 404
    assert admin.post(action, {"key": "k"}).headers["Location"] == "/admin/incidents"
    assert stopped.order_no not in admin.get("/admin/incidents").text.split('id="content"')[1].split("card")[1]
    assert "没有待处理的异常" in admin.page


def test_its_page_shows_where_and_why_without_a_button_for_others(engine, stopped):
    site = Site(engine)
    supervisor = site.visitor("supervisor")
    page = supervisor.get(f"/orders/{stopped.order_no}").text
    marks = supervisor.get(f"/orders/{stopped.order_no}/marks.json").json

    assert "办理中断：ask" in page
    assert "call_failed" in page
    assert "/retry" not in page
    assert marks["stopped"] == ["ask"]
    assert supervisor.post("/incidents/1/retry", {"key": "k"}).status_code == 403
