from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import APPLICATIONS, CONFIRMED, Site

REQUIRED = list(CONFIRMED)


@pytest.fixture
def site(engine):
    return Site(engine)


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


def test_mine_are_those_i_hold_and_those_i_may_take(site):
    clerk, leader, surveyor = (site.program(login) for login in ("clerk", "leader", "surveyor"))
    site.handed_in(APPLICATIONS[:3])
    free = clerk.get("/tasks?assignee=me&state=open").json["items"]
    assert [(item["claimable"], item["is_mine"], item["assignee"]) for item in free] == [(True, False, None)] * 3

    clerk.post(f"/tasks/{free[0]['id']}/claim")
    held = {item["id"]: item for item in clerk.get("/tasks").json["items"]}
    assert len(held) == 3
    assert (held[free[0]["id"]]["is_mine"], held[free[0]["id"]]["claimable"]) == (True, False)
    assert ids(clerk.get("/tasks?claimed=true")) == [free[0]["id"]]
    assert len(ids(clerk.get("/tasks?claimed=false"))) == 2
    assert len(ids(clerk.get("/tasks?assignee=none"))) == 2
    assert len(ids(clerk.get("/tasks?assignee=any"))) == 3
    assert ids(clerk.get(f"/tasks?order_no={free[1]['order_no']}")) == [free[1]["id"]]

    assert ids(surveyor.get("/tasks")) == []
    assert len(ids(surveyor.get("/tasks?assignee=any"))) == 3
    assert ids(leader.get("/tasks")) == []
    assert ids(site.program("stranger").get("/tasks?assignee=any")) == []


def test_the_worklist_is_read_page_by_page(site):
    clerk = site.program("clerk")
    site.handed_in(APPLICATIONS[:3])
    first = clerk.get("/tasks?limit=2")
    rest = clerk.client.get("/api/v1/tasks", query_string={"limit": 2, "after": first.json["next"]},
                            headers=clerk.headers)  # fmt: skip

    assert ids(first) + ids(rest) == ids(clerk.get("/tasks"))
    assert rest.json["next"] is None


def test_a_task_shows_its_form_and_what_is_known(site):
    task = site.program("clerk").get(f"/tasks/{site.task_id}").json

    assert task["form"]["schema"]["required"] == REQUIRED
    assert task["values"] == {"needs_external_line_works": True}
    assert task["may_complete"]
    assert not site.program("surveyor").get(f"/tasks/{site.task_id}").json["may_complete"]


def test_a_task_is_claimed_completed_and_the_next_one_opens(site):
    clerk = site.program("clerk")
    claimed = clerk.post(f"/tasks/{site.task_id}/claim", key="c")
    body = {"form": CONFIRMED, "occurred_at": "2026-03-02T08:50:00+08:00"}
    done = clerk.post(f"/tasks/{site.task_id}/complete", body, key="d")
    again = clerk.post(f"/tasks/{site.task_id}/complete", body, key="d")

    assert claimed.json == {"task_id": site.task_id, "assignee": "clerk"}
    assert (done.status_code, again.status_code) == (200, 200)
    assert again.json == done.json
    assert ids(site.program("surveyor").get("/tasks")) == done.json["opened"]
    event = clerk.get(f"/orders/{site.order_no}").json["events"][-1]
    assert (event["kind"], event["occurred_at"], event["recorded_at"]) == (
        "TaskDone", "2026-03-02T00:50:00Z", "2026-03-02T01:00:00Z",
    )  # fmt: skip
    assert ids(clerk.get("/tasks?state=done&assignee=any")) == [site.task_id]


def test_who_comes_too_late_is_told_what_happened(site):
    clerk = site.program("clerk")
    clerk.post(f"/tasks/{site.task_id}/complete", {"form": CONFIRMED})
    late = clerk.post(f"/tasks/{site.task_id}/complete", {"form": CONFIRMED})
    claim = clerk.post(f"/tasks/{site.task_id}/claim")

    assert [answer.status_code for answer in (late, claim)] == [409, 409]
    assert late.json["code"] == "task_already_done"


def test_of_many_at_once_one_wins(site):
    clerk, path = site.program("clerk"), f"/tasks/{site.task_id}/complete"

    def complete(number: int) -> int:
        client = site.app.test_client()
        return client.post(f"/api/v1{path}", json={"form": CONFIRMED}, headers=clerk.headers).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(complete, range(8)))

    assert codes == [200] + [409] * 7


def test_a_task_of_another_role_or_unit_cannot_be_taken(site):
    codes = {login: site.program(login).post(f"/tasks/{site.task_id}/claim").status_code
             for login in ("surveyor", "stranger", "supervisor", "admin")}  # fmt: skip

    assert codes == {"surveyor": 403, "stranger": 404, "supervisor": 403, "admin": 403}


def test_a_claimed_task_is_his_who_holds_it(site):
    site.program("clerk").post(f"/tasks/{site.task_id}/claim")
    leader = site.program("leader")

    assert leader.post(f"/tasks/{site.task_id}/unclaim").json["assignee"] is None
    assert site.program("clerk").post(f"/tasks/{site.task_id}/unclaim").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "faults"),
    [
        ({"form": {}}, 422, set(REQUIRED)),
        ({"form": CONFIRMED | {"policy_notice_version": "latest"}}, 422, {"policy_notice_version"}),
        ({"form": CONFIRMED | {"policy_notice_acknowledged": False}}, 422, {"policy_notice_acknowledged"}),
        ({"form": CONFIRMED | {"typename": "x"}}, 422, {"typename"}),
        ({"form": CONFIRMED | {"@date": "2026-01-01"}}, 422, set()),
        ({"form": CONFIRMED | {"remark": "x" * 501}}, 422, {"remark"}),
        ({"form": [1]}, 422, {"form"}),
        ({}, 422, {"form"}),
        ({"form": CONFIRMED, "extra": 1}, 422, {"extra"}),
        ({"form": CONFIRMED, "occurred_at": "yesterday"}, 422, {"occurred_at"}),
        ({"form": CONFIRMED, "occurred_at": "2026-03-02T08:50:00"}, 422, {"occurred_at"}),
        ({"form": CONFIRMED, "occurred_at": "2026-03-02T10:00:00+08:00"}, 422, {"occurred_at"}),
        ({"form": CONFIRMED, "occurred_at": "2026-03-01T10:00:00+08:00"}, 422, {"occurred_at"}),
        ({"form": CONFIRMED, "late_reason": "\ud800"}, 422, set()),
        ({"form": CONFIRMED, "late_reason": "\x00"}, 422, {"late_reason"}),
        ({"form": CONFIRMED, "version": True}, 422, {"version"}),
        ({"form": CONFIRMED, "version": 99}, 409, {"version"}),
    ],
)
def test_a_wrong_completion_changes_nothing_and_says_why(site, body, status, faults):
    clerk = site.program("clerk")
    answer = clerk.post(f"/tasks/{site.task_id}/complete", body)

    assert answer.status_code == status, answer.text
    assert faults <= {fault["field"] for fault in answer.json["errors"]}
    assert clerk.get(f"/tasks/{site.task_id}").json["state"] == "open"


@pytest.mark.parametrize("query", ["assignee=you", "state=OPEN", "claimed=yes", "after=x", "after=%C3%A4", "page=2"])
def test_a_misspelt_filter_is_refused(site, query):
    assert site.program("clerk").get(f"/tasks?{query}").status_code in (400, 422)


def test_a_database_that_does_not_answer_is_503_with_a_time_to_come_back(site, monkeypatch):
    from engine.errors import Unavailable

    clerk = site.program("clerk")

    def fail(*args: object, **kwargs: object) -> None:
        raise Unavailable()

    monkeypatch.setattr("engine.queries.tasklist.page", fail)
    answer = clerk.get("/tasks")

    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "5"


def test_methods_that_do_not_exist_are_named(site):
    answer = site.program("clerk").post("/tasks")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
