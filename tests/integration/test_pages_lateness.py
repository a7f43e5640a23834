from __future__ import annotations

import re
from datetime import date

import pytest

from tests.lateness import CENTRE, COUNTY, Late
from tests.orders import complete, tasks_of
from tests.site import STAFF, Site

_COUNTY = "3340102"
HERE = {
    "chief": ("TEAM_LEADER", _COUNTY),
    "survey": ("SURVEYOR", _COUNTY),
    "manager": ("COUNTY_MANAGER", _COUNTY),
    "elsewhere": ("COUNTY_MANAGER", "3340602"),
}


@pytest.fixture
def backend():
    return "sqlite"


@pytest.fixture
def late(engine, clock, monkeypatch):
    for login, place in HERE.items():
        monkeypatch.setitem(STAFF, login, place)
    return Late.begun(engine, clock).until(date(2026, 4, 30), 9)


@pytest.fixture
def site(late):
    return Site(late.engine)


def issued(late):
    form = {"supervision_reason": "WORKS", "measure": "请增派班组", "deadline": "2026-05-08"}
    complete(late.engine, tasks_of(late.engine, late.order.order_id)["sup_issue"].id, CENTRE, form=form)
    late.answered()


def test_the_order_page_lists_every_rung_with_what_was_done_why_and_by_which_rule(late, site):
    text = site.visitor("survey").get(f"/orders/{late.order.order_no}").text
    part = text[text.index('id="escalations"') : text.index("可登记事项")]

    assert part.index("超期，转营销服务中心") < part.index("超期，报市公司") < part.index("达到预警比例")
    assert "告知县公司主管，抄送班组长，提为加急，改派，班组长也可领取" in part
    assert part.count("自动") == 5 and "个工作日" in part
    links = re.findall(r'href="(/orders/[^"]+/decisions/\d+/\d+)"[^>]*>依据：[^<]*规则 (\d)', part)
    assert [rule for _, rule in links] == ["5", "4", "3", "2", "1"]
    page = site.visitor("survey").get(links[2][0])
    assert page.status_code == 200 and "到期日24:00仍未办结告知县公司负责人" in page.text


def test_the_record_says_that_it_was_automatic(late, site):
    text = site.visitor("survey").get(f"/orders/{late.order.order_no}").text

    assert "自动升级：超期，报市公司" in text and "自动提高优先级：特急" in text and "自动改派" in text
    assert "日历 2026 v" in text and "系统自动" in text


def test_lists_say_how_urgent_a_task_is(late, site):
    text = site.visitor("survey").get("/tasks").text
    assert re.search(r">work</a> <span class=\"badge bg-red-lt\">特急</span>", text)
    rows = site.program("survey").get("/tasks").json["items"]
    assert [(row["name"], row["priority"], row["offered_to"]) for row in rows] == [("work", 1, "TEAM_LEADER")]


def test_a_reminder_is_sent_from_the_order_page_and_shown(late, site):
    chief, place = site.visitor("chief"), f"/orders/{late.order.order_no}/reminder"
    assert place in chief.get(f"/orders/{late.order.order_no}").text
    assert place not in site.visitor("survey").get(f"/orders/{late.order.order_no}").text
    assert "请选择催办原因" in chief.post(place, {"reason": "", "note": "", "key": "k0"}).text
    answer = chief.post(place, {"reason": "CUSTOMER_ASKED", "note": "客户来厅", "key": "k1"})
    assert answer.status_code == 303
    text = chief.get(f"/orders/{late.order.order_no}").text
    assert "催办 1 次" in text and "客户催问：客户来厅" in text
    again = chief.post(place, {"reason": "OVERDUE", "note": "", "key": "k2"})
    assert again.status_code == 409 and "刚刚催办过" in again.text and "60 分钟内只催办一次" in again.text
    task_id = tasks_of(late.engine, late.order.order_id)["work"].id
    assert "催办 1 次" in site.visitor("survey").get(f"/tasks/{task_id}").text


def test_reminders_over_the_api(late, site):
    chief, place = site.program("chief"), f"/orders/{late.order.order_no}/reminders"
    first = chief.post(place, {"reason": "OVERDUE"}, "k1")
    assert (first.status_code, sorted(first.json["recipients"])) == (201, ["SUPERVISOR", "SURVEYOR"])
    assert chief.post(place, {"reason": "OVERDUE"}, "k1").json == first.json
    assert chief.post(place, {"reason": "OVERDUE"}, "k2").json["code"] == "reminded_lately"
    assert chief.post(place, {"reason": "HURRY"}, "k3").status_code == 422
    whole = chief.get(f"/orders/{late.order.order_no}").json
    assert sorted(whole["reminders"][0]["recipients"]) == ["SUPERVISOR", "SURVEYOR"]
    assert [rung["rung"] for rung in whole["escalations"]][2] == "OVERDUE"


def test_supervision_orders_are_listed_for_their_unit_and_the_centre(late, site):
    issued(late)
    number = late.supervisions[0]["number"]

    for login, seen in (("manager", True), ("supervisor", True), ("elsewhere", False)):
        text = site.visitor(login).get("/supervision-orders").text
        assert (number in text) is seen, login
    assert "没有督办单" in site.visitor("manager").get("/supervision-orders?view=overdue").text
    late.until(date(2026, 5, 9), 9)
    text = site.visitor("manager").get("/supervision-orders?view=overdue").text
    assert number in text and "逾期未回复" in text and "施工滞后" in text
    form = {"cause": "MATERIAL", "measures": "物资已到货", "planned_on": "2026-05-20"}
    complete(late.engine, tasks_of(late.engine, late.order.order_id)["sup_answer"].id, COUNTY, form=form)
    order = site.visitor("manager").get(f"/orders/{late.order.order_no}").text
    assert "物资供应；物资已到货" in order and "请增派班组" in order and "待审核" in order
    assert number in site.visitor("manager").get("/supervision-orders?view=answered").text
