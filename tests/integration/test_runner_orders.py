from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from engine.commands.accept_application import AcceptApplication
from engine.commands.start_order import StartOrder
from engine.errors import Forbidden, Invalid, KeyReused, NotFound, NotReady
from engine.policy import SYSTEM
from engine.queries import orders
from tests.diagrams import path, script, user
from tests.orders import (
    CITY_CLERK,
    CLERK,
    KEY,
    PERSONAL,
    STRANGER,
    SURVEYOR,
    accept,
    application,
    complete,
    deploy,
    finish,
    tasks_of,
)

ONE_TASK = (user("a"), path("s", "a", "e"))


def page(engine, order_no, actor=SYSTEM):
    with engine.read() as view:
        return orders.order(view, actor, order_no)


def refusal(engine, raw, actor=SYSTEM):
    with pytest.raises(Invalid) as caught:
        engine.run(AcceptApplication(raw, uuid4().hex), actor)
    return {(fault.field, fault.code) for fault in caught.value.faults}


def test_an_application_becomes_a_running_order(engine):
    deploy(engine, *ONE_TASK)
    accepted = accept(engine)
    found = page(engine, accepted.order_no)

    assert (accepted.status, accepted.state, accepted.category) == ("accepted", "RUNNING", "HV_SINGLE")
    assert [task.element_id for task in found.tasks] == ["a"]
    assert found.head["name_masked"].startswith("欧") and "测试" not in found.head["name_masked"]
    assert PERSONAL["id_no"] not in repr(found) and PERSONAL["phone"] not in repr(found)
    assert found.current == ("a",)


def test_an_order_runs_to_its_end(engine):
    deploy(engine, user("a"), script("x", "n = 1"), user("b"), path("s", "a", "x", "b", "e"))
    accepted = accept(engine)

    assert finish(engine, accepted.order_id) == 2
    found = page(engine, accepted.order_no)
    assert found.head["status"] == "COMPLETED"
    assert found.head["completed_at"] == engine.clock.now()
    assert [task.state for task in found.tasks] == ["DONE", "DONE"]
    assert engine.verify_audit()["broken"] == []


def test_the_shipped_processes_start(engine):
    home = accept(engine, usage="RESIDENTIAL", capacity_kw=8, requested_voltage="LV")
    shop = accept(engine, usage="NON_RESIDENTIAL", capacity_kw=80, requested_voltage="LV")

    assert (home.process_key, home.state) == ("lv_residential", "RUNNING")
    assert (shop.process_key, shop.state) == ("lv_nonresidential", "RUNNING")
    clocks = {clock["stage"]: clock for clock in page(engine, home.order_no).clocks}
    assert str(clocks["TOTAL"]["due_on"]) == "2026-03-09"
    assert "5" in clocks["TOTAL"]["why"]["text"]


def test_order_numbers_name_unit_day_and_number(engine):
    numbers = [accept(engine, submitted_at="2026-03-01T10:00:00+08:00").order_no for _ in range(3)]

    assert numbers == [f"3340102260302{n:05d}" for n in (1, 2, 3)]


def test_the_same_application_twice_is_one_order(engine):
    raw = application()
    first = engine.run(AcceptApplication(raw, "k1"), SYSTEM)
    again = engine.run(AcceptApplication(dict(reversed(raw.items())), "k2"), SYSTEM)

    assert (first.status, again.status) == ("accepted", "duplicate")
    assert again.order_no == first.order_no


def test_another_content_under_the_same_number_is_refused(engine):
    raw = application()
    engine.run(AcceptApplication(raw, "k1"), SYSTEM)

    assert refusal(engine, {**raw, "capacity_kw": 631}) == {("external_id", "external_id_conflict")}


def test_the_same_external_number_of_another_channel_is_another_order(engine):
    raw = application()
    first = engine.run(AcceptApplication(raw, "k1"), SYSTEM)
    other = engine.run(AcceptApplication({**raw, "channel": "ZLB"}, "k2"), SYSTEM)

    assert other.order_no != first.order_no


def test_without_an_external_number_only_the_key_tells(engine):
    raw = application(external_id=None)
    first = engine.run(AcceptApplication(raw, "k1"), SYSTEM)

    assert engine.run(AcceptApplication(raw, "k1"), SYSTEM) == first
    assert engine.run(AcceptApplication(raw, "k2"), SYSTEM).order_no != first.order_no


def test_a_key_is_not_used_for_another_request(engine):
    engine.run(AcceptApplication(application(), "k1"), SYSTEM)

    with pytest.raises(KeyReused):
        engine.run(AcceptApplication(application(), "k1"), SYSTEM)


@pytest.mark.parametrize("key", ["", "x" * 201, "a\nb"])
def test_a_key_must_be_a_plain_word(engine, key):
    with pytest.raises(Invalid):
        engine.run(AcceptApplication(application(), key), SYSTEM)


def test_a_wrong_application_leaves_nothing(engine):
    bad = application(capacity_kw=-1, usage="X")

    assert {field for field, _ in refusal(engine, bad)} == {"capacity_kw", "usage"}
    with engine.read() as view:
        assert orders.order_list(view, SYSTEM) == []
    assert accept(engine).order_no.endswith("00001")


def test_waiting_orders_start_when_their_process_comes(engine):
    accepted = accept(engine)
    assert accepted.state == "WAITING_PROCESS"
    with engine.read() as view:
        assert [o["order_no"] for o in orders.waiting_orders(view, SYSTEM)] == [accepted.order_no]
    with pytest.raises(NotReady):
        engine.run(StartOrder(accepted.order_id, "early"), SYSTEM)

    deploy(engine, *ONE_TASK)

    assert page(engine, accepted.order_no).head["status"] == "RUNNING"
    assert engine.start_waiting() == 0
    with pytest.raises(NotReady):
        engine.run(StartOrder(accepted.order_id, "twice"), SYSTEM)


def test_a_running_order_stays_on_its_version(engine):
    deploy(engine, *ONE_TASK)
    old = accept(engine)
    second = deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    new = accept(engine)

    assert (second.version, second.already) == (2, False)
    assert finish(engine, old.order_id) == 1
    assert finish(engine, new.order_id) == 2


def test_the_same_content_is_one_version(engine):
    first = deploy(engine, *ONE_TASK)
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    again = deploy(engine, *ONE_TASK)

    assert (again.version, again.already) == (first.version, True)
    accepted = accept(engine)
    assert page(engine, accepted.order_no).head["process_version"] == 2


def test_init_again_changes_nothing(engine):
    engine.init()  # publishes what the fixture had withdrawn
    accepted = accept(engine, capacity_kw=8, usage="RESIDENTIAL", requested_voltage="LV")
    with engine.read() as view:
        before = orders.timeline(view, SYSTEM, accepted.order_no)
    n_events = engine.verify_audit()["n_events"]
    engine.init()

    with engine.read() as view:
        assert orders.timeline(view, SYSTEM, accepted.order_no) == before
    assert engine.verify_audit() == {"n_events": n_events, "broken": []}


def test_only_those_who_may_accept_do_and_only_for_their_units(engine):
    with pytest.raises(Forbidden):
        accept(engine, SURVEYOR)
    with pytest.raises(NotFound):
        accept(engine, STRANGER)
    assert accept(engine, CLERK).status == "accepted"
    assert accept(engine, CITY_CLERK).status == "accepted"


def test_orders_of_other_units_do_not_exist(engine):
    accepted = accept(engine)

    with pytest.raises(NotFound):
        page(engine, accepted.order_no, STRANGER)
    with engine.read() as view:
        assert orders.order_list(view, STRANGER) == []
        assert [o["order_no"] for o in orders.order_list(view, CITY_CLERK)] == [accepted.order_no]


def test_every_step_is_in_the_record(engine):
    deploy(engine, *ONE_TASK)
    accepted = accept(engine, CLERK)
    complete(engine, tasks_of(engine, accepted.order_id)["a"].id, CLERK)
    with engine.read() as view:
        entries = orders.timeline(view, CLERK, accepted.order_no)

    assert [(e.seq, e.kind, e.actor) for e in entries] == [
        (1, "OrderAccepted", "clerk"),
        (2, "OrderStarted", "clerk"),
        (3, "TaskDone", "clerk"),
    ]
    assert entries[0].body["decisions"][0]["output"]["process_key"] == KEY
    assert entries[2].body["completed"] is True


def test_a_day_later_numbers_begin_again(engine, clock):
    accept(engine)
    clock.advance(days=1)

    assert accept(engine).order_no == "334010226030300001"
    assert timedelta(days=1) == clock.now() - page(engine, "334010226030200001").head["accepted_at"]
