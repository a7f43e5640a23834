from __future__ import annotations

import html
import re

import pytest

from engine.ports.circuit import CLOSED, OPEN, CircuitState
from engine.ports.health import states_to_json
from tests.orders import tasks_of
from tests.site import Site
from tests.stopping import S1, begun, decide, register


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def order(engine):
    return begun(engine)


@pytest.fixture
def visitor(engine):
    return Site(engine).visitor("supervisor")


def words(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def suspend(engine, order):
    register(engine, order, "suspension", S1)
    decide(engine, order)


def test_a_suspended_order_says_since_when_why_by_whom_and_what_goes_on(engine, order, visitor):
    before = visitor.get(f"/orders/{order.order_no}").text
    suspend(engine, order)
    banner = visitor.get(f"/orders/{order.order_no}").text.split('id="suspended"')[1].split('id="diagram"')[0]
    text = words(banner)

    assert 'id="suspended"' not in before
    for part in ("工单已暂停，自 2026年3月2日 09:0", "客户书面要求暂停", S1["evidence_no"], "申请人 manager",
                 "审批人 leader", "停表", "全流程"):  # fmt: skip
        assert part in text, part
    open_now = text.split("现在可以：")[1]
    assert "sus_wait" in open_now and "ask_t" in open_now and "ask_s" not in open_now


def test_what_waits_for_the_resumption_cannot_be_registered_meanwhile(engine, order):
    suspend(engine, order)
    page = Site(engine).visitor("supervisor").get(f"/orders/{order.order_no}").text
    awaited = words(page.split('id="awaited"')[1].split("</div> </div>")[0])

    assert "恢复办理后可登记" in awaited


def test_a_clock_that_stands_says_since_when(engine, order, visitor):
    suspend(engine, order)

    assert "暂停计时，自 2026年3月2日 起" in words(visitor.get(f"/orders/{order.order_no}").text)


def beat(engine, **states):
    found = [CircuitState(name, state, engine.clock.now(), 3, "TIMEOUT") for name, state in states.items()]
    engine.beat(kind="scheduler", platforms=states_to_json(found))


@pytest.mark.parametrize("place", ["orders", "tasks"])
def test_an_outage_is_said_where_it_matters_and_stops_nothing(engine, order, visitor, place):
    path = f"/orders/{order.order_no}" if place == "orders" else f"/tasks/{tasks_of(engine, order.order_id)['work'].id}"
    said = "政务数据平台暂不可用，自 2026年3月2日 09:00 起；受理照常，可签承诺书"
    assert said not in words(visitor.get(path).text)
    beat(engine, sharing=OPEN, ami=CLOSED)
    page = words(visitor.get(path).text)

    assert said in page and "用电信息采集系统" not in page


def test_other_platforms_are_named(engine, order, visitor):
    beat(engine, ami=OPEN)

    assert "用电信息采集系统暂不可用" in words(visitor.get(f"/orders/{order.order_no}").text)
