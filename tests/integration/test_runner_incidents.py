from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.record_reply import RecordReply
from engine.commands.retry_incident import RetryIncident
from engine.errors import Forbidden, NotReady
from engine.outbox_worker import deliver_due
from engine.policy import SYSTEM
from engine.ports.notification import DeliveryFailed
from engine.queries import orders
from tests.diagrams import flow, node, path, script, service, user
from tests.orders import CLERK, LEADER, accept, complete, deploy, tasks_of


class Outside:
    """Fails as often as told, then answers."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.keys = []

    def deliver(self, key, message):
        self.keys.append(key)
        if self.failures:
            raise self.failures.pop(0)
        return {"n": 7}


def page(engine, order):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order.order_no)


@pytest.fixture
def calling(engine):
    deploy(
        engine,
        service("ask", "notify.send", result="got", template="&quot;t&quot;"),
        user("a"),
        path("s", "ask", "a", "e"),
    )
    return accept(engine)


def test_a_call_waits_in_the_outbox_until_it_is_answered(engine, calling):
    [call] = page(engine, calling).calls
    assert (call["operator"], call["state"], call["params"]["template"]) == ("notify.send", "PENDING", "t")
    assert tasks_of(engine, calling.order_id) == {}

    outside = Outside()
    assert deliver_due(engine, outside).n_answered == 1
    assert outside.keys == [f"{calling.order_no}:{call['call_id']}"]
    assert page(engine, calling).calls[0]["state"] == "ANSWERED"
    assert list(tasks_of(engine, calling.order_id)) == ["a"]
    assert deliver_due(engine, outside).n_answered == 0


def test_a_failed_delivery_is_tried_again_later(engine, clock, calling):
    outside = Outside(DeliveryFailed("HTTP 503", final=False))

    assert deliver_due(engine, outside).n_postponed == 1
    assert deliver_due(engine, outside).n_answered == 0
    clock.advance(seconds=5)
    assert deliver_due(engine, outside).n_answered == 1
    assert len(set(outside.keys)) == 1 and len(outside.keys) == 2


def test_a_call_that_cannot_succeed_is_an_incident_and_can_be_tried_again(engine, calling):
    outside = Outside(DeliveryFailed("HTTP 400", final=True))
    assert deliver_due(engine, outside).n_failed == 1
    with engine.read() as view:
        [incident] = orders.incidents(view, LEADER)
        assert orders.incidents(view, LEADER)[0]["code"] == "call_failed"
    with pytest.raises(Forbidden):
        engine.run(RetryIncident(incident["id"], "k"), CLERK)

    assert engine.run(RetryIncident(incident["id"], "k"), LEADER).mended
    assert deliver_due(engine, outside).n_answered == 1
    assert page(engine, calling).head["n_incidents"] == 0


def test_an_answer_is_taken_once(engine, calling):
    call_id = page(engine, calling).calls[0]["call_id"]

    assert engine.run(RecordReply(call_id, "one", result=1), SYSTEM).accepted
    assert not engine.run(RecordReply(call_id, "two", result=2), SYSTEM).accepted


def test_nothing_is_sent_without_an_outside(engine, calling):
    assert deliver_due(engine) == deliver_due(engine)
    assert page(engine, calling).calls[0]["state"] == "PENDING"


def test_a_runaway_diagram_is_an_incident_and_keeps_what_the_person_did(engine):
    deploy(
        engine,
        user("a"),
        script("x", "n = 1"),
        node("exclusiveGateway", "g"),
        path("s", "a", "x", "g"),
        flow("g", "e", "order_no = null"),
        flow("g", "e2", "missing > 5"),
        node("endEvent", "e2"),
    )
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    found = page(engine, order)

    assert found.head["n_incidents"] == 1
    assert [task.state for task in found.tasks] == ["DONE"]
    [incident] = found.incidents
    assert incident["resolved_at"] is None
    again = engine.run(RetryIncident(incident["id"], uuid4().hex), LEADER)
    assert not again.mended
    assert [i["resolved_at"] is None for i in page(engine, order).incidents] == [False, True]
    assert engine.verify_audit()["broken"] == []


def test_nothing_to_retry_is_told(engine, calling):
    deliver_due(engine, Outside(DeliveryFailed("HTTP 400", final=True)))
    [incident] = page(engine, calling).incidents
    engine.run(RetryIncident(incident["id"], "k"), LEADER)

    with pytest.raises(NotReady):
        engine.run(RetryIncident(incident["id"], "k2"), LEADER)
