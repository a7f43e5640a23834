from __future__ import annotations

import pytest

from engine.errors import GateClosed
from engine.policy import SYSTEM
from tests.diagrams import node, path, service, user
from tests.orders import CLERK, accept, complete, tasks_of
from tests.papers import CHECKLIST, answer, operate, publish
from tests.promises import n_promised, number, promise_both, receive, sign_both

ASK = {"doc_types": "[&quot;PROPERTY_CERT&quot;]", "purpose": "&quot;ACCEPTANCE&quot;"}


@pytest.fixture
def order(engine):
    """Two documents are promised before the contract; survey and contract are open."""
    publish(
        engine,
        node("parallelGateway", "fork"),
        user("a"),
        service("ask", "documents.fetch", **ASK),
        user("survey", yikuo__stage="SITE_SURVEY"),
        user("contract", yikuo__stage="CONTRACT"),
        *(node("endEvent", end) for end in ("e1", "e2")),
        path("s", "fork", "a", "ask", "e1"),
        path("fork", "survey", "e2"),
        path("fork", "contract", "e"),
    )
    order = accept(engine)
    operate(engine, order.order_id, ("documents.open", {"checklist": CHECKLIST}))
    complete(engine, tasks_of(engine, order.order_id)["a"].id, CLERK)
    answer(engine, order.order_id, "DOWN", SYSTEM)
    return sign_both(engine, promise_both(engine, order))


def finish(engine, order, task):
    return complete(engine, tasks_of(engine, order.order_id)[task].id, CLERK)


def test_the_step_before_which_a_document_was_promised_waits_for_it(engine, order):
    with pytest.raises(GateClosed) as caught:
        finish(engine, order, "contract")

    assert [fault.field for fault in caught.value.faults] == ["PROPERTY_CERT", "EQUIPMENT_LIST"]
    assert {fault.code for fault in caught.value.faults} == {"document_gate_closed"}
    first = caught.value.faults[0].reason
    assert "物权证明" in first and "2026-03-20" in first and number(order) in first
    assert "contract" in tasks_of(engine, order.order_id)


def test_other_steps_go_on(engine, order):
    assert n_promised(engine, order) == 2
    finish(engine, order, "survey")

    assert set(tasks_of(engine, order.order_id)) == {"contract"}


def test_one_document_is_not_enough_and_the_last_opens_the_gate(engine, order):
    receive(engine, order, "EQUIPMENT_LIST")
    with pytest.raises(GateClosed) as caught:
        finish(engine, order, "contract")
    assert [fault.field for fault in caught.value.faults] == ["PROPERTY_CERT"]

    receive(engine, order, "PROPERTY_CERT")
    finish(engine, order, "contract")
    assert n_promised(engine, order) == 0
    assert set(tasks_of(engine, order.order_id)) == {"survey"}
