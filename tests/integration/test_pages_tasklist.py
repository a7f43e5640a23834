from __future__ import annotations

import re

import pytest

from tests.site import APPLICATIONS, CONFIRMED_PAGE, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    site = Site(engine)
    site.handed_in(APPLICATIONS[:3])
    return site


def task_ids(answer):
    return re.findall(r'data-row="([^"]+)"', answer.text)


def hidden(answer, name):
    return re.search(rf'name="{name}" value="([^"]*)"', answer.text)[1]


@pytest.mark.parametrize("path", ["/tasks/rows?view=any", "/tasks/counts?view=any"])
def test_a_poll_costs_nothing_until_something_changes(site, path):
    clerk = site.visitor("clerk")
    first = clerk.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    same = clerk.get(path, headers=tag)
    assert (same.status_code, same.data) == (304, b"")

    site.program("clerk").post(f"/tasks/{site.task_id}/claim")
    changed = clerk.get(path, headers=tag)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]
    assert site.visitor("leader").get(path, headers=tag).status_code == 200


def test_the_tabs_count_and_only_leaders_see_what_nobody_holds(site):
    def shown(login):
        return re.findall(r"<a class=\"nav-link[^>]*>(\S+) <span[^>]*>(\d+)<", site.visitor(login).get("/tasks").text)

    assert shown("clerk") == [("待我处理", "3"), ("我已领取", "0"), ("可领取", "3"), ("全部任务", "3"), ("已超期", "0"),
                              ("我的关注", "0")]  # fmt: skip
    assert ("无人领取", "3") in shown("leader")


def test_a_search_is_posted_and_its_words_stand_in_no_address(site):
    clerk = site.visitor("clerk")
    clerk.get("/tasks")
    name = APPLICATIONS[0]["applicant"]["name"]
    whole = clerk.post("/tasks/search", {"view": "any", "q": name})
    rows = clerk.post("/tasks/search", {"view": "any", "q": name}, headers={"HX-Request": "true"})

    assert task_ids(whole) == task_ids(rows) != []
    assert "<html" in whole.text and "<html" not in rows.text
    assert not any(name in address for address in re.findall(r'(?:href|action|hx-get)="([^"]*)"', whole.text))
    assert name not in rows.text
    assert "请输入至少两个字" in clerk.post("/tasks/search", {"q": "王"}).text
    assert clerk.post("/tasks/search", {"view": "free", "q": ""}).headers["Location"] == "/tasks?view=free"
    assert task_ids(clerk.post("/tasks/search", {"view": "mine", "q": name})) == []


def test_many_are_claimed_and_each_says_what_became_of_it(site):
    clerk = site.visitor("clerk")
    page = clerk.get("/tasks")
    chosen = [*task_ids(page), "nowhere"]
    sent = {"act": "claim", "task": chosen, "key": hidden(page, "key")}
    done = clerk.post("/tasks/bulk", sent)
    again = clerk.post("/tasks/bulk", sent)

    assert "3 项完成，1 项未完成" in done.text
    assert "3 项完成，1 项未完成" in again.text
    assert len(task_ids(clerk.get("/tasks?view=mine"))) == 3
    assert clerk.post("/tasks/bulk", {"act": "claim"}).status_code == 303
    assert clerk.post("/tasks/bulk", {"act": "burn", "task": chosen}).status_code == 303


def test_a_leader_assigns_after_saying_to_whom(site):
    site.account("clerk"), site.account("surveyor")
    leader = site.visitor("leader")
    (first, second, _) = task_ids(leader.get("/tasks?view=none"))
    asked = leader.post("/tasks/bulk", {"act": "assign", "task": [first, second]})
    assert re.findall(r'<option value="(\w+)"', asked.text) == ["clerk"]
    done = leader.post("/tasks/bulk", {"act": "assign", "task": [first, second], "to": "clerk", "key": "a"})
    wrong = leader.post("/tasks/bulk", {"act": "assign", "task": [first], "to": "surveyor", "key": "b"})

    assert "2 项完成，0 项未完成" in done.text
    assert "此人没有该任务所需的岗位" in wrong.text
    assert task_ids(site.visitor("clerk").get("/tasks?view=mine")) == [first, second]
    clerk = site.visitor("clerk")
    clerk.get("/tasks")
    assert "没有权限" in clerk.post("/tasks/bulk", {"act": "assign", "task": [first], "to": "clerk", "key": "c"}).text


def test_many_are_reminded_once_an_order_with_a_reason(site):
    leader = site.visitor("leader")
    chosen = task_ids(leader.get("/tasks?view=any"))
    asked = leader.post("/tasks/bulk", {"act": "remind", "task": chosen})
    assert 'name="reason"' in asked.text
    done = leader.post("/tasks/bulk", {"act": "remind", "task": chosen, "reason": "DUE_SOON", "key": "r"})
    late = leader.post("/tasks/bulk", {"act": "remind", "task": chosen, "reason": "DUE_SOON", "key": "r2"})

    assert "3 项完成，0 项未完成" in done.text
    assert "0 项完成，3 项未完成" in late.text


def test_a_filter_is_kept_shared_used_and_dropped(site):
    leader = site.visitor("leader")
    page = leader.get("/tasks?view=any&sort=legal&days=15")
    assert "保存筛选" in page.text and "保存筛选" not in leader.get("/tasks?view=any").text
    sent = {"view": "any", "sort": "legal", "days": "15", "title": "半月内", "shared": "yes", "key": "f"}
    assert leader.post("/tasks/filters", sent).headers["Location"] == "/tasks?view=any&sort=legal&days=15"

    clerk = site.visitor("clerk")
    seen = clerk.get("/tasks")
    assert 'href="/tasks?view=any&amp;sort=legal&amp;days=15"' in seen.text
    assert "删除筛选" not in seen.text
    own = leader.get("/tasks")
    path = re.search(r'action="(/tasks/filters/\w+/remove)"', own.text)[1]
    assert clerk.post(path, {"key": "x"}).status_code == 404
    assert leader.post(path, {"key": "x"}).status_code == 303
    assert "半月内" not in clerk.get("/tasks").text


def test_an_order_is_followed_from_the_list_and_from_its_page(site):
    clerk = site.visitor("clerk")
    clerk.get("/tasks")
    path = f"/orders/{site.order_no}/follow"
    star = clerk.post(path, {"following": "yes", "key": "1", "back": "list"}, headers={"HX-Request": "true"})
    assert 'aria-pressed="true"' in star.text and "<html" not in star.text
    assert task_ids(clerk.get("/tasks?view=followed")) == [site.task_id]
    assert "取消关注" in clerk.get(f"/orders/{site.order_no}").text
    assert clerk.post(path, {"following": "no", "key": "2"}).headers["Location"] == f"/orders/{site.order_no}"
    assert task_ids(clerk.get("/tasks?view=followed")) == []


def test_after_a_task_the_next_one_is_offered(site):
    clerk = site.visitor("clerk")
    clerk.get("/tasks")
    rest = [each for each in task_ids(clerk.get("/tasks")) if each != site.task_id]
    clerk.post(f"/tasks/{site.task_id}/claim", {"key": "c"})
    clerk.post(f"/tasks/{site.task_id}/complete", CONFIRMED_PAGE | {"key": "d"})
    page = clerk.get(f"/orders/{site.order_no}")

    offered = re.search(r'data-next href="/tasks/([^"]+)"', page.text)
    assert offered is not None
    assert offered[1] in rest


@pytest.mark.parametrize("query", ["view=xyz", "view=any&days=nine", "view=any&role=a%20b", "sort=up"])
def test_a_page_that_asks_for_what_does_not_exist_is_the_usual_list(site, query):
    assert len(task_ids(site.visitor("clerk").get(f"/tasks?{query}"))) == 3
