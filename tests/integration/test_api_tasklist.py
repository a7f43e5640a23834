from __future__ import annotations

import pytest

from tests.site import APPLICATIONS, Site


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    site = Site(engine)
    site.handed_in(APPLICATIONS[:3])
    return site


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


def test_a_search_finds_by_name_masked_and_page_by_page(site):
    clerk = site.program("clerk")
    name = APPLICATIONS[1]["applicant"]["name"]
    found = clerk.post("/tasks/search", {"q": name, "filter": {"whose": "any"}})

    assert len(ids(found)) == 1
    assert name not in found.text
    assert found.json["is_all"] is True
    unit = clerk.get("/tasks").json["items"][0]["order_no"][:7]
    first = clerk.post("/tasks/search", {"q": unit, "limit": 2})
    rest = clerk.post("/tasks/search", {"q": unit, "limit": 2, "after": first.json["next"]})
    assert len({*ids(first), *ids(rest)}) == 3
    assert site.program("stranger").post("/tasks/search", {"q": unit}).json["items"] == []


@pytest.mark.parametrize("body", [{}, {"q": "x"}, {"q": "ab", "filter": {"whose": "all"}}, {"q": "ab", "extra": 1},
                                  {"q": "ab", "filter": {"colour": "red"}}, {"q": "ab", "after": "x"},
                                  {"q": "a\x00b"}])  # fmt: skip
def test_a_wrong_search_is_refused(site, body):
    assert site.program("clerk").post("/tasks/search", body).status_code == 422


def test_counts_are_tagged(site):
    clerk = site.program("clerk")
    first = clerk.get("/tasks/counts")
    assert first.json == {"me": 3, "mine": 0, "free": 3, "none": 3, "any": 3, "overdue": 0, "followed": 0}
    same = clerk.client.get("/api/v1/tasks/counts", headers=clerk.headers | {"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")


def test_the_list_is_sorted_and_narrowed_by_parameters(site):
    clerk = site.program("clerk")
    assert len(ids(clerk.get("/tasks?assignee=any&sort=legal&role=ACCEPTANCE_CLERK"))) == 3
    assert ids(clerk.get("/tasks?assignee=any&stage=NONE")) == ids(clerk.get("/tasks?assignee=overdue")) == []
    clerk.post(f"/orders/{site.order_no}/follow", {"following": True})
    assert ids(clerk.get("/tasks?assignee=followed")) == [site.task_id]
    for query in (
        "sort=up",
        "level=4",
        "days=x",
        "unit=a%20b",
        "state=done&stage=WORKS",
        "assignee=overdue&state=done",
    ):
        assert clerk.get(f"/tasks?{query}").status_code in (400, 422), query


def test_one_act_on_many_answers_for_each(site):
    clerk, leader = site.program("clerk"), site.program("leader")
    chosen = ids(clerk.get("/tasks"))
    claimed = clerk.post("/tasks/bulk", {"act": "claim", "tasks": [*chosen, "nowhere"]}, key="k")
    again = clerk.post("/tasks/bulk", {"act": "claim", "tasks": [*chosen, "nowhere"]}, key="k")
    refused = clerk.post("/tasks/bulk", {"act": "assign", "tasks": chosen[:1], "to": "clerk"})

    assert [item["done"] for item in claimed.json["items"]] == [True, True, True, False]
    assert claimed.json == again.json
    assert claimed.json["items"][3]["code"] == "not_found"
    assert refused.json["items"][0]["code"] == "forbidden"
    freed = leader.post("/tasks/bulk", {"act": "unclaim", "tasks": chosen})
    reminded = leader.post("/tasks/bulk", {"act": "remind", "tasks": chosen, "reason": "DUE_SOON"})
    assert all(item["done"] for item in (*freed.json["items"], *reminded.json["items"]))
    for body in ({"act": "claim", "tasks": []}, {"act": "burn", "tasks": chosen}, {"tasks": chosen}):
        assert clerk.post("/tasks/bulk", body).status_code == 422


def test_a_task_is_assigned_and_a_filter_kept(site):
    site.account("clerk")
    leader = site.program("leader")
    held = leader.post(f"/tasks/{site.task_id}/assign", {"to": "clerk"})
    assert held.json == {"task_id": site.task_id, "assignee": "clerk"}
    assert leader.post(f"/tasks/{site.task_id}/assign", {"to": "nobody"}).status_code == 422

    sent = {"title": "快到期", "filter": {"whose": "any", "days": 3, "sort": "urgent"}, "shared": True}
    kept = leader.post("/task-filters", sent)
    (seen,) = site.program("clerk").get("/task-filters").json["items"]
    assert (kept.status_code, seen["filter_id"], seen["is_mine"]) == (201, kept.json["filter_id"], False)
    assert seen["filter"] == {"whose": "any", "days": 3}
    assert leader.post(f"/task-filters/{seen['filter_id']}/remove").status_code == 200
    assert site.program("clerk").get("/task-filters").json["items"] == []
