from __future__ import annotations

import pytest

from tests.site import Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.fixture
def clerk(site):
    site.account("leader")
    visitor = site.visitor("clerk")
    visitor.get(f"/tasks/{site.task_id}")
    visitor.post(f"/tasks/{site.task_id}/claim", {"key": "claim"})
    visitor.get(f"/tasks/{site.task_id}")
    return visitor


def test_a_delegated_task_comes_back_through_the_pages(site, clerk):
    sent = {"to": "leader", "reason": "WORKLOAD", "note": "", "key": "d"}
    clerk.post(f"/tasks/{site.task_id}/delegate", sent)
    assert "收回自办" in clerk.get(f"/tasks/{site.task_id}").text
    clerk.post(f"/tasks/{site.task_id}/resolve", {"key": "r"})
    page = clerk.get(f"/tasks/{site.task_id}").text
    assert "收回自办" not in page and "办结任务" in page and "交回" in page


def test_an_opinion_is_asked_for_and_given_through_the_pages(site, clerk):
    asked = {"consult_to": "leader", "consult_reason": "DOUBT", "when": "BEFORE", "key": "c"}
    assert clerk.post(f"/tasks/{site.task_id}/consult", asked).status_code == 303
    assert "等待加签意见" in clerk.get(f"/tasks/{site.task_id}").text
    found = site.program("leader").get(f"/tasks/{site.task_id}/verbs").json["opinions"]
    opinion = found[0]["task_id"]
    leader = site.visitor("leader")
    assert "不同意" in leader.get(f"/tasks/{opinion}").text
    leader.post(f"/tasks/{opinion}/opinion", {"opinion": "DISAGREE", "note": "缺资料", "key": "o"})
    page = clerk.get(f"/tasks/{site.task_id}").text
    assert "缺资料" in page and "办结任务" in page


def test_a_copy_is_marked_read(site, clerk):
    clerk.post(f"/tasks/{site.task_id}/copies", {"to": "leader", "reason": "FOLLOW_UP", "note": "看一下", "key": "c"})
    leader = site.visitor("leader")
    assert "看一下" in leader.get("/copies").text
    (copy,) = site.program("leader").get("/copies").json["items"]
    leader.post(f"/copies/{copy['copy_id']}/read", {"key": "r"})
    assert "标为已阅" not in leader.get("/copies").text
    assert "已阅" in clerk.get("/copies?box=sent").text


def test_why_a_verb_was_refused_stands_on_the_page(site, clerk):
    clerk.post(f"/tasks/{site.task_id}/transfer", {"to": "leader", "reason": "WORKLOAD", "key": "t"})
    assert "没有本环节的岗位" in clerk.get(f"/tasks/{site.task_id}").text


def test_a_substitute_is_named_on_the_order(site, clerk):
    times = {"from_at": "2026-03-01T09:00", "until_at": "2026-03-09T09:00"}
    sent = clerk.post("/absences", {"substitute": "leader", "reason": "LEAVE", "key": "a", **times})
    assert sent.status_code == 303 and "代办中" in clerk.get("/absences").text
    leader = site.visitor("leader")
    leader.get(f"/tasks/{site.task_id}")
    leader.post(f"/tasks/{site.task_id}/claim", {"key": "take"})
    assert "您正在代 演示clerk 办理" in leader.get(f"/tasks/{site.task_id}").text
    assert "演示leader 代 演示clerk" in leader.get(f"/orders/{site.order_no}").text


def test_a_leaver_is_handed_over(site, clerk):
    admin = site.visitor("admin")
    assert "名下 1 项任务" in admin.get("/admin/handover?login=clerk").text
    done = admin.post("/admin/handover", {"login": "clerk", "reason": "LEAVING", "key": "h"})
    assert done.status_code == 200 and "任务池" in done.text
    assert clerk.get("/tasks").status_code == 303
