from __future__ import annotations

from datetime import date

from sqlalchemy import delete, select

from engine.kernel import spiff
from engine.policy import SYSTEM
from engine.queries import orders
from engine.store import reading
from engine.store.tables_house import process_file, process_version
from engine.store.uow import UnitOfWork
from tests.diagrams import node, path, script, service, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.stopping import clocks_of, head, told

CHANGE = service(
    "change", "orders.reclassify", "moved", capacity_kw="kw", requested_voltage="&quot;LV&quot;",
    carry="{policy_notice_version: &quot;2021&quot;}",
)  # fmt: skip


def begun(engine, kw=160.0, **changes):
    deploy(
        engine,
        user("a", yikuo__stage="SITE_SURVEY"),
        script("know", f"kw = {kw}"),
        CHANGE,
        script("note", "seen = moved.changed"),
        node("exclusiveGateway", "x", default="f_on"),
        user("b"),
        node("endEvent", "moved_away"),
        path("s", "a", "know", "change", "note", "x"),
        '<bpmn:sequenceFlow id="f_gone" sourceRef="x" targetRef="moved_away"><bpmn:conditionExpression>seen'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
        '<bpmn:sequenceFlow id="f_on" sourceRef="x" targetRef="b"/>',
        path("b", "e"),
        operators=("orders.reclassify",),
    )
    return accept(engine, **changes)


def low_voltage(engine):
    """The process of low-voltage customers, as far as it matters here."""
    told = script("told", 'known = if accepted and policy_notice_version = "2021" then capacity_kw else 0')
    deploy(engine, told, user("low"), path("s", "told", "low", "e"), key="lv_nonresidential")


def page(engine, order):
    with engine.read() as view:
        return orders.order(view, SYSTEM, order.order_no)


def variables(engine, order):
    with engine.read() as view:
        state = reading.instance(view.connection, order.order_id)
        version = view.world.version(view.connection, head(engine, order)["process_version_id"])
        return spiff.inspect(version.process, state).variables


def test_an_order_goes_on_in_the_process_of_its_new_category(engine, clock):
    low_voltage(engine)
    order = begun(engine)
    before = head(engine, order)
    clock.advance(days=1)
    done = complete(engine, tasks_of(engine, order.order_id)["a"].id)
    after = head(engine, order)

    assert (before["category"], after["category"]) == ("HV_SINGLE", "LV_NONRES")
    assert (after["status"], after["process_key"], after["completed_at"]) == ("RUNNING", "lv_nonresidential", None)
    for same in ("order_no", "submitted_at", "accepted_at", "started_at"):
        assert after[same] == before[same]
    assert not done.completed
    assert set(tasks_of(engine, order.order_id)) == {"low"}
    assert [e.kind for e in told(engine, order, "OrderReclassified")] == ["OrderReclassified"]
    decision = told(engine, order, "OrderReclassified")[0].body["decisions"][0]
    assert decision["output"]["category"] == "LV_NONRES"
    assert engine.verify_audit()["broken"] == []


def test_the_clocks_of_the_new_category_replace_the_old_and_the_record_keeps_what_was_used(engine, clock):
    low_voltage(engine)
    order = begun(engine)
    assert clocks_of(engine, order)["TOTAL"]["kind"] == "SUM"
    clock.advance(days=2)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    rows = clocks_of(engine, order)

    assert rows["TOTAL"]["kind"] == "WHOLE"
    assert rows["TOTAL"]["running_since"] == date(2026, 3, 2)
    assert page(engine, order).head["due_at"] == rows["TOTAL"]["due_at"]
    (entry,) = told(engine, order, "CategoryChanged")
    assert {c["stage"]: c["kind"] for c in entry.body["clocks_before"]}["TOTAL"] == "SUM"
    assert "SUPPLY_PLAN_REPLY" in {c["stage"] for c in entry.body["clocks_before"]}
    kinds = [e.kind for e in told_all(engine, order)]
    assert kinds == [
        "OrderAccepted",
        "OrderStarted",
        "TaskDone",
        "OrderReclassified",
        "CategoryChanged",
        "OrderStarted",
    ]


def told_all(engine, order):
    with engine.read() as view:
        return orders.timeline(view, SYSTEM, order.order_no)


def test_what_was_found_since_is_known_in_the_other_process(engine):
    low_voltage(engine)
    order = begun(engine, kw=120.5)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    known = variables(engine, order)

    assert (known["known"], known["capacity_kw"], known["accepted"]) == (120.5, 120.5, True)
    assert (known["category"], known["requested_voltage"], known["order_no"]) == ("LV_NONRES", "LV", order.order_no)


def test_an_order_waits_for_its_other_process_to_be_deployed(engine):
    with UnitOfWork(engine.database) as uow:
        gone = select(process_version.c.id).where(process_version.c.process_key == "lv_nonresidential")
        uow.run(delete(process_file).where(process_file.c.version_id.in_(gone)))
        uow.run(delete(process_version).where(process_version.c.process_key == "lv_nonresidential"))
        uow.finish()
    order = begun(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    waiting = head(engine, order)
    assert (waiting["status"], waiting["category"], waiting["completed_at"]) == ("WAITING_PROCESS", "LV_NONRES", None)
    assert tasks_of(engine, order.order_id) == {}

    low_voltage(engine)
    assert head(engine, order)["status"] == "RUNNING"
    assert variables(engine, order)["known"] == 160


def test_the_same_category_changes_nothing(engine):
    low_voltage(engine)
    order = begun(engine, kw=161)  # over 160 kW outside a park: high voltage whatever is asked for
    complete(engine, tasks_of(engine, order.order_id)["a"].id)

    assert (head(engine, order)["category"], set(tasks_of(engine, order.order_id))) == ("HV_SINGLE", {"b"})
    assert told(engine, order, "OrderReclassified") == []


def test_a_whole_process_clock_goes_on_when_the_new_category_has_one_too(engine, clock):
    low_voltage(engine)
    change = service("change", "orders.reclassify", "moved", usage="&quot;NON_RESIDENTIAL&quot;")
    deploy(
        engine, user("a"), change, path("s", "a", "change", "e"),
        operators=("orders.reclassify",), key="lv_residential",
    )  # fmt: skip
    order = accept(engine, usage="RESIDENTIAL", capacity_kw=8, requested_voltage="LV")
    clock.advance(days=2)
    complete(engine, tasks_of(engine, order.order_id)["a"].id)
    total = clocks_of(engine, order)["TOTAL"]

    assert head(engine, order)["category"] == "LV_NONRES"
    assert (total["running_since"], total["used_workdays"]) == (date(2026, 3, 2), 0)
    assert total["limit_workdays"] == 15 and total["due_on"] == date(2026, 3, 23)
