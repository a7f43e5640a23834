from __future__ import annotations

import re

import pytest

from engine.store import corrections
from tests.diagrams import path, user
from tests.orders import accept, complete, deploy, tasks_of
from tests.site import COUNTY, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    deploy(engine, user("a"), user("b"), path("s", "a", "b", "e"))
    site = Site(engine)
    site.order = accept(engine, unit_code=COUNTY, hall_code=f"{COUNTY}H0")
    site.task = tasks_of(engine, site.order.order_id)["a"].id
    complete(engine, site.task)
    return site


def ask(site, visitor, at="2026-03-02T08:40", reason="录入时写错"):
    path = f"/tasks/{site.task}/correction"
    visitor.get(path)
    return visitor.post(path, {"key": visitor.field("key"), "occurred_at": at, "reason": reason})


def decide(site, visitor, decision, note=""):
    visitor.get("/corrections")
    path = re.search(r'action="(/corrections/[^"]+/decide)"', visitor.page)[1]
    return visitor.post(path, {"key": visitor.field("key"), "decision": decision, "note": note})


def card(site, visitor):
    page = visitor.get(f"/orders/{site.order.order_no}").text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split('id="corrections"')[1].split("</details>")[0]))


def test_a_correction_is_asked_for_and_decided_by_somebody_else(site, engine):
    clerk, leader = site.visitor("clerk"), site.visitor("leader")
    assert f"/tasks/{site.task}/correction" in clerk.get(f"/orders/{site.order.order_no}").text
    assert ask(site, clerk).status_code == 303
    assert "待审批" in card(site, clerk) and "录入时写错" in card(site, clerk)
    assert "去审批" in card(site, leader)

    assert "录入时写错" in leader.get("/corrections").text and "2026年3月2日 08:40" in leader.page
    assert decide(site, leader, "approve").status_code == 303
    assert "已同意" in card(site, clerk) and "演示leader" in card(site, clerk)
    with engine.read() as view:
        [row] = corrections.of_order(view.connection, site.order.order_id)
    assert (row["decision"], row["requested_by"], row["decided_by"]) == ("APPROVED", "clerk", "leader")
    assert "没有待审批的更正" in leader.get("/corrections").text


def test_a_refusal_says_why(site):
    clerk, leader = site.visitor("clerk"), site.visitor("leader")
    ask(site, clerk)
    refused = decide(site, leader, "refuse")

    assert refused.status_code == 422 and "须写明理由" in refused.text
    assert decide(site, leader, "refuse", "与现场记录不符").status_code == 303
    assert "未同意" in card(site, clerk) and "与现场记录不符" in card(site, clerk)


def test_nobody_decides_what_he_asked_for(site):
    leader = site.visitor("leader")
    ask(site, leader)

    assert "没有待审批的更正" in leader.get("/corrections").text


@pytest.mark.parametrize(
    ("at", "reason", "why"),
    [("", "错", "缺少必填项"), ("yesterday", "错", "日期时间格式不符"), ("2026-03-02T08:40", "", "须填写更正原因"),
     ("2027-01-01T00:00", "错", "不得晚于当前时间"), ("2026-03-01T08:00", "错", "不得早于申请提交时间")],
)  # fmt: skip
def test_what_is_wrong_with_a_request_stands_beside_it(site, at, reason, why):
    answer = ask(site, site.visitor("clerk"), at, reason)

    assert answer.status_code == 422
    assert why in answer.text.split("<form")[-1]


def test_a_second_request_waits_for_the_first(site):
    clerk = site.visitor("clerk")
    ask(site, clerk)
    again = ask(site, clerk, at="2026-03-02T08:50")

    assert again.status_code == 409 and "已有待审批的更正申请" in again.text
