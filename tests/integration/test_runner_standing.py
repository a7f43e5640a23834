from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.kernel import spiff
from engine.store import reading
from tests.diagrams import boundary, path, script, service, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.stopping import clocks_of, head, pending_timers

LV = {"capacity_kw": 80, "requested_voltage": "LV"}
PLACE = {"text": "淳安县试验路5号", "area_code": "330127", "real_estate_unit_no": ""}


def variables(engine, order):
    with engine.read() as view:
        state = reading.instance(view.connection, order.order_id)
        version = view.world.version(view.connection, head(engine, order)["process_version_id"])
        return spiff.inspect(version.process, state).variables


# ---- orders.same_premise ---------------------------------------------------------------------------------------------


@pytest.fixture
def asking(engine):
    """Low-voltage orders that ask at once who else is at their premise."""
    ask = service("ask", "orders.same_premise", "premise")
    deploy(
        engine, ask, user("a"), path("s", "ask", "a", "e"), operators=("orders.same_premise",), key="lv_nonresidential"
    )

    def asked(**changes):
        order = accept(engine, **{**LV, **changes})
        return order, variables(engine, order)["premise"]

    return asked


def test_several_low_voltage_orders_of_one_applicant_at_one_premise_are_found(asking):
    first, alone = asking()
    second, two = asking(capacity_kw=60.5)
    _, three = asking(capacity_kw=20)

    assert alone == {"n": 0, "total_kw": 80, "order_nos": []}
    assert (two["n"], two["total_kw"], two["order_nos"]) == (1, 140.5, [first.order_no])
    assert (three["n"], three["total_kw"]) == (2, 160.5)
    assert three["order_nos"] == [first.order_no, second.order_no]


@pytest.mark.parametrize(
    "changes",
    [
        {"address": PLACE},
        {"charging_pile": True},
        {"usage": "RESIDENTIAL", "capacity_kw": 8},
        {"capacity_kw": 630, "requested_voltage": "HV"},
    ],
)
def test_another_premise_a_charging_pile_another_use_or_high_voltage_do_not_count(engine, asking, changes):
    accept(engine, **{**LV, **changes})

    assert asking()[1]["n"] == 0


def test_a_charging_pile_is_not_stopped_for_the_others(engine, asking):
    deploy(
        engine, service("ask", "orders.same_premise", "premise"), user("a"), path("s", "ask", "a", "e"),
        operators=("orders.same_premise",), key="charging_pile",
    )  # fmt: skip
    asking()
    pile = accept(engine, **LV, charging_pile=True)

    assert (pile.process_key, variables(engine, pile)["premise"]["n"]) == ("charging_pile", 0)


@pytest.mark.parametrize(("days", "counts"), [(365, 1), (366, 0)])
def test_a_finished_order_counts_for_the_days_of_the_setting(engine, asking, clock, days, counts):
    done, _ = asking()
    complete(engine, tasks_of(engine, done.order_id)["a"].id)
    clock.advance(days=days)

    assert asking()[1]["n"] == counts


# ---- orders.standing -------------------------------------------------------------------------------------------------


def test_a_process_may_ask_how_its_order_stands(engine):
    deploy(
        engine, service("ask", "orders.standing", "now"), user("a"), path("s", "ask", "a", "e"),
        operators=("orders.standing",), key="lv_nonresidential",
    )  # fmt: skip
    order = accept(engine, **LV)

    assert variables(engine, order)["now"] == {
        "suspended": False,
        "suspended_on": None,
        "status": "RUNNING",
        "total_due_on": {"@date": clocks_of(engine, order)["TOTAL"]["due_on"].isoformat()},
    }


# ---- timers and due dates on the sum clock ---------------------------------------------------------------------------


def test_what_hangs_on_the_sum_clock_stands_while_the_customer_works(engine, clock):
    deploy(
        engine,
        user("reply", yikuo__stage="SUPPLY_PLAN_REPLY"),
        user("builds"),
        user("meter", yikuo__stage="METER_INSTALLATION"),
        script("fork", "x = 1"),
        '<bpmn:parallelGateway id="both"/>',
        user("beside"),
        boundary("total", "beside", "limit(&quot;TOTAL&quot;)", interrupting=False),
        '<bpmn:endEvent id="e2"/><bpmn:endEvent id="e3"/>',
        path("s", "both", "reply", "builds", "meter", "e"),
        path("both", "fork", "beside", "e2"),
        path("total", "e3"),
    )
    order = accept(engine)

    def at(*day):
        return datetime(*day, tzinfo=SHANGHAI) + timedelta(days=1)

    assert clocks_of(engine, order)["TOTAL"]["kind"] == "SUM"
    assert pending_timers(engine, order) == {"total": at(2026, 4, 1)}  # 22 working days after 03-02
    assert tasks_of(engine, order.order_id)["beside"].due_at == at(2026, 4, 1)

    clock.advance(days=7)  # Monday 03-09: five working days used
    complete(engine, tasks_of(engine, order.order_id)["reply"].id)
    assert pending_timers(engine, order) == {}
    assert tasks_of(engine, order.order_id)["beside"].due_at is None

    clock.advance(days=100)  # Wednesday 06-17
    complete(engine, tasks_of(engine, order.order_id)["builds"].id)
    left = clocks_of(engine, order)["TOTAL"]
    assert (left["used_workdays"], left["running_since"]) == (5, date(2026, 6, 17))
    assert pending_timers(engine, order) == {"total": left["due_at"]}
    assert tasks_of(engine, order.order_id)["beside"].due_at == left["due_at"]
    assert engine.verify_audit()["broken"] == []
