from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from engine.errors import Forbidden, Invalid, NotFound
from engine.policy import Actor
from engine.queries import dashboards, heat
from engine.queries.dashboards import Period
from engine.store.tables import clock as clocks
from engine.store.tables import connection_order, task
from engine.store.tables_documents import commitment, commitment_item, document
from engine.store.tables_escalation import supervision_order
from tests.diagrams import path, user
from tests.orders import CITY, CLERK, LEADER, OTHER_UNIT, PERSONAL, UNIT, accept, complete, deploy, finish, tasks_of
from tests.site import COUNTY, Site

CITY_LEADER = Actor("chief", "市公司主管", roles=frozenset({"CITY_MANAGER"}), unit_code=CITY)
STRANGER = Actor("far", "外单位班组长", roles=frozenset({"TEAM_LEADER"}), unit_code=OTHER_UNIT)
HOME = {"usage": "RESIDENTIAL", "charging_pile": False}
FACE = {"identity_check": {"method": "E_ID_ZLB", "reference": "X1"}}


def write(engine, *statements):
    with engine.database.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


def seen(engine, actor=LEADER, **place):
    with engine.read() as view:
        return dashboards.dashboard(view, actor, **place)


def behind(engine, figure, value="", actor=LEADER, **place):
    with engine.read() as view:
        return [row["order_no"] for row in dashboards.orders_behind(view, actor, figure, value, **place)]


def paper(order_id, provenance, doc_type="PROPERTY_CERT"):
    received = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
    return insert(document).values(
        id=f"{order_id}{provenance}{doc_type}"[:32], order_id=order_id, doc_type=doc_type, provenance=provenance,
        subject_index="s", about_index="a", received_at=received, occurred_on=received.date(), recorded_by="t",
    )  # fmt: skip


def promise(order_id, doc_type, due_on, fulfilled_on, status):
    return insert(commitment_item).values(
        commitment_id=f"L{order_id}", doc_type=doc_type, order_id=order_id, position=1, name="资料", legal_basis="",
        reason="DOWN", due_on=due_on, original_due_on=due_on, gate="CONTRACT", delivery="ANY", status=status,
        n_reminders=0, reminders=[], extended=False, taken=[], fulfilled_on=fulfilled_on,
    )  # fmt: skip


def letter(order_id, clock_now):
    return insert(commitment).values(
        id=f"L{order_id}", commitment_no=f"C{order_id}", order_id=order_id, subject_index="s", status="ACTIVE",
        template_version="1", drafted_at=clock_now, drafted_by="t",
    )  # fmt: skip


def of(order, **values):
    return update(connection_order).where(connection_order.c.id == order.order_id).values(**values)


@pytest.fixture
def running(engine):
    """Orders of one task, by which the supply plan is answered."""
    deploy(engine, user("work", yikuo__stage="SUPPLY_PLAN_REPLY"), path("s", "work", "e"))
    return engine


def test_one_certificate_counts_no_paper_but_the_subject_certificate(running):
    bare, shared, asked = (accept(running) for _ in range(3))
    write(running, paper(bare.order_id, "PAPER", "SUBJECT_CERT"), paper(shared.order_id, "SHARED_ECERT"),
          paper(asked.order_id, "PAPER"), paper(asked.order_id, "CUSTOMER_UPLOAD", "PROXY"))  # fmt: skip

    total = seen(running).total

    assert (total.accepted, total.papered, total.unpapered) == (3, 1, 2)
    assert total.rates["unpapered"] == 2 / 3
    assert behind(running, "papered") == [asked.order_no]
    assert behind(running, "unpapered") == [shared.order_no, bare.order_no]


def test_face_routes_are_of_residential_natural_persons_only(running):
    accept(running)
    by_card, by_face = accept(running, **HOME), accept(running, **HOME, **FACE)

    found = seen(running)

    assert (found.total.accepted, found.total.identified, found.total.face) == (3, 2, 1)
    level = next(each for each in found.levels if each.identified)
    assert (level.face, level.n_with_face) == (1, 1) and level.n_halls >= 1
    assert behind(running, "face", level.level) == [by_face.order_no]
    assert behind(running, "faceless") == [by_card.order_no]
    assert behind(running, "face", "Z") == []


def test_archived_within_every_limit_is_on_time_and_a_terminated_order_is_not_archived(running):
    good, bad, ended, _ = (accept(running) for _ in range(4))
    for each in (good, bad, ended):
        finish(running, each.order_id)
    write(running, update(clocks).where(clocks.c.order_id == bad.order_id).values(used_workdays=99),
          of(ended, status="TERMINATED"))  # fmt: skip

    found = seen(running)

    assert (found.total.archived, found.total.late, found.total.on_time) == (2, 1, 1)
    assert found.total.rates["on_time"] == 0.5
    assert behind(running, "late") == [bad.order_no] and behind(running, "on_time", "HV_SINGLE") == [good.order_no]
    assert behind(running, "on_time", "LV_RES") == []
    assert ("SUPPLY_PLAN_REPLY", 1) in found.late_stages
    assert behind(running, "late_stage", "SUPPLY_PLAN_REPLY") == [bad.order_no]


def test_used_up_to_the_limit_is_in_time(running):
    done = accept(running)
    finish(running, done.order_id)
    write(
        running, update(clocks).where(clocks.c.order_id == done.order_id).values(used_workdays=clocks.c.limit_workdays)
    )

    assert seen(running).total.late == 0


def test_what_is_left_is_the_soonest_legal_end_of_a_running_clock(running, clock):
    order = accept(running)
    with running.read() as view:
        rows = view.connection.execute(select(clocks.c.due_at).where(clocks.c.order_id == order.order_id)).scalars()
        ends = [due_at for due_at in rows if due_at is not None]
        kept = view.connection.execute(select(connection_order.c.legal_due_at)).scalar_one()
    assert ends and kept == min(ends)

    counted = dict(seen(running).left)
    assert counted["more"] == 1 and sum(counted.values()) == 1
    for before, name in ((timedelta(days=6), "7"), (timedelta(days=2), "3"), (timedelta(hours=5), "1")):
        clock.move_to(kept - before)
        assert dict(seen(running).left)[name] == 1 and behind(running, "left", name) == [order.order_no]
    clock.move_to(kept)
    assert seen(running).total.overdue == 1, "24:00 is late"
    assert behind(running, "overdue") == behind(running, "left", "overdue") == [order.order_no]


def test_an_order_is_overdue_for_the_first_reason_that_fits(running, clock):
    free, held, stopped, answered, paused = (accept(running) for _ in range(5))
    past = clock.now() - timedelta(days=1)
    for each in (free, held, stopped, answered, paused):
        write(running, of(each, legal_due_at=past))
    write(running, of(stopped, n_incidents=1), of(paused, suspended_since=past),
          update(task).where(task.c.order_id == held.order_id).values(assignee="clerk"),
          insert(supervision_order).values(
              number="D1", order_id=answered.order_id, unit_code=UNIT, stage="TOTAL", state="ANSWERED", reason="PLAN",
              demand="x", due_on=past.date(), due_at=past, issued_by="x", issued_at=past, cause="MATERIAL",
              answered_at=past))  # fmt: skip

    found = seen(running)

    assert dict(found.reasons) == {"UNCLAIMED": 1, "HELD": 1, "INCIDENT": 1, "CAUSE:MATERIAL": 1}
    assert found.total.overdue == 4 and dict(found.left)["suspended"] == 1
    assert behind(running, "why", "CAUSE:MATERIAL") == [answered.order_no]
    assert behind(running, "why", "HELD") == [held.order_no]


def test_promises_that_fell_due_in_the_period_and_are_over(running, clock):
    order, late = accept(running), accept(running)
    today = clock.now().date()
    past = today - timedelta(days=1)
    write(running, letter(order.order_id, clock.now()), letter(late.order_id, clock.now()),
          promise(order.order_id, "A", past, past, "FULFILLED"),
          promise(order.order_id, "B", past, today, "FULFILLED"),
          promise(late.order_id, "C", past, None, "OVERDUE"),
          promise(late.order_id, "D", past, None, "CANCELLED"),
          promise(late.order_id, "E", today, None, "PROMISED"))  # fmt: skip

    found = seen(running)

    assert (found.total.promised, found.total.kept) == (3, 1)
    assert behind(running, "kept") == [order.order_no]
    assert behind(running, "broken") == [late.order_no, order.order_no]


def test_a_period_counts_its_last_day_whole_and_not_the_next(running, clock):
    order = accept(running)
    write(running, of(order, accepted_at=datetime.fromisoformat("2026-02-27T23:59:59+08:00")))

    def accepted(first, last):
        return seen(running, period=Period(date.fromisoformat(first), date.fromisoformat(last))).total.accepted

    assert accepted("2026-02-27", "2026-02-27") == 1
    assert accepted("2026-02-28", "2026-03-02") == 0
    assert accepted("2026-01-01", "2026-02-26") == 0


def test_figures_add_up_along_the_tree_and_every_count_is_the_length_of_its_list(running, clock):
    for number in range(6):
        order = accept(running)
        if number % 2:
            write(running, of(order, unit_code="3340103", hall_code="3340103H0"))
        if number % 3 == 0:
            finish(running, order.order_id)
    city, county = seen(running, CITY_LEADER), seen(running, CITY_LEADER, unit=UNIT)

    below = {place.unit: numbers for place, numbers in city.lines}
    assert city.total.accepted == 6 and (below[UNIT].accepted, below["3340103"].accepted) == (3, 3)
    assert below[UNIT] == county.total and [place.unit for place in county.path] == [CITY, UNIT]
    (hall,) = [place for place, numbers in county.lines if numbers.accepted]
    assert seen(running, CITY_LEADER, unit=hall.unit, hall=hall.hall).total == county.total
    for name in ("accepted", "archived", "late", "open", "overdue", "on_time", "unpapered"):
        assert len(behind(running, name, actor=CITY_LEADER)) == getattr(city.total, name), name
    for stage, n in city.steps:
        assert len(behind(running, "step", stage, CITY_LEADER)) == n == 4


def test_nobody_counts_or_lists_beyond_his_units(running):
    accept(running)

    assert seen(running, STRANGER).total.accepted == 0 and behind(running, "accepted", actor=STRANGER) == []
    with pytest.raises(NotFound):
        seen(running, STRANGER, unit=UNIT)
    with pytest.raises(NotFound):
        behind(running, "accepted", actor=LEADER, unit=CITY)
    with pytest.raises(NotFound):
        seen(running, hall="nowhere")
    with pytest.raises(Forbidden):
        seen(running, CLERK)
    with pytest.raises(Invalid):
        behind(running, "none")
    with pytest.raises(Invalid):
        behind(running, "step", "\x00")


def test_lists_are_read_on_by_the_last_id(running):
    numbers = [accept(running).order_no for _ in range(5)][::-1]
    with running.read() as view:
        first = dashboards.orders_behind(view, LEADER, "open", limit=3)
        rest = dashboards.orders_behind(view, LEADER, "open", limit=3, after=first[-1]["id"])

    assert [row["order_no"] for row in (*first, *rest)] == numbers


def test_the_heat_map_tells_where_tasks_stood_how_long_and_how_many_too_long(running, clock):
    orders = [accept(running) for _ in range(3)]
    opened = clock.now()
    clock.advance(hours=4)
    complete(running, tasks_of(running, orders[0].order_id)["work"].id, occurred_at=opened + timedelta(hours=2))
    write(running, update(task).where(task.c.order_id == orders[1].order_id).values(due_at=opened))
    with running.read() as view:
        found = heat.heat_map(view, LEADER, None, "", "", dashboards.period_of(view, None, None))
        elsewhere = heat.heat_map(view, STRANGER, None, "", "", dashboards.period_of(view, None, None))

    (spot,) = found.spots
    assert (spot.element_id, spot.n_open, spot.n_done, spot.n_late) == ("work", 2, 1, 1)
    assert spot.done_seconds == pytest.approx(7200) and spot.open_seconds == pytest.approx(4 * 3600)
    assert spot.measured("wait") == pytest.approx(10 / 3) and spot.measured("late") == pytest.approx(1 / 3)
    assert found.classes("late")[heat.N_CLASSES] == ["work"]
    spot_at = f"{found.version['id']}:work"
    assert behind(running, "passed", spot_at) == [orders[0].order_no]
    assert behind(running, "standing", spot_at) == [orders[2].order_no, orders[1].order_no]
    assert elsewhere is None


def test_pages_show_tables_with_every_number_leading_to_its_orders(running):
    site = Site(running)
    order = accept(running, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    leader = site.visitor("leader")

    page = leader.get("/dashboards").text
    links = {html.unescape(each) for each in re.findall(r'href="(/dashboards/orders[?][^"]+)"', page)}

    assert "供电方案答复" in page and page.count("<table") >= 4 and "data-chart" in page
    assert {re.search(r"figure=(\w+)", each)[1] for each in links} >= {"accepted", "open", "step", "left", "unpapered"}
    for each in links:
        answer = leader.get(each)
        assert answer.status_code == 200
    assert order.order_no in leader.get("/dashboards/orders?figure=step&value=SUPPLY_PLAN_REPLY").text
    assert leader.get("/dashboards?from=2026-03-05&to=2026-03-01").status_code == 422
    assert leader.get("/dashboards?from=x").status_code == 422
    assert leader.get("/dashboards?unit=33401").status_code == 404


def test_files_hold_what_the_pages_show_and_no_name_in_the_clear(running):
    site = Site(running)
    order = accept(running, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    leader = site.visitor("leader")

    answer = leader.get("/dashboards/orders.csv?figure=open")
    head, row = csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""))
    assert (head[0], row[0]) == ("工单号", order.order_no)
    assert PERSONAL["name"] not in answer.text and PERSONAL["address"] not in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    for file in ("/dashboards.xlsx", "/dashboards/orders.xlsx?figure=open", "/dashboards/heat.xlsx"):
        found = leader.get(file)
        assert found.status_code == 200 and zipfile.is_zipfile(io.BytesIO(found.data)), file
    (_, *places, total) = csv.reader(io.StringIO(leader.get("/dashboards.csv").data.decode("utf-8-sig"), newline=""))
    assert total[0] == "合计" and int(total[2]) == 1 == sum(int(line[2]) for line in places)


def test_a_file_ends_at_the_number_of_rows_that_is_allowed(running):
    site = Site(running)
    for _ in range(3):
        accept(running, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    running.settings.n_export_rows = 2

    lines = site.visitor("leader").get("/dashboards/orders.csv?figure=open").text.splitlines()

    assert len(lines) == 3


def test_the_api_tells_the_same_numbers(running):
    site = Site(running)
    order = accept(running, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    leader = site.program("leader")

    figures = leader.get("/figures").json
    assert figures["total"]["accepted"] == 1 and figures["total"]["rates"]["unpapered"] == 1.0
    assert figures["steps"] == [{"code": "SUPPLY_PLAN_REPLY", "n": 1}]
    page = leader.get("/figures/step/orders?value=SUPPLY_PLAN_REPLY").json
    assert [item["order_no"] for item in page["items"]] == [order.order_no] and page["next"] is None
    (spot,) = leader.get("/figures/heat").json["spots"]
    assert (spot["element_id"], spot["n_open"]) == ("work", 1)
    assert leader.get("/figures?form=x").status_code == 400
    assert leader.get("/figures/none/orders").status_code == 422
