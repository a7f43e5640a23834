from __future__ import annotations

import pytest

from tests.orders import tasks_of
from tests.site import STAFF, Site
from tests.stopping import S1, begun, decide

STAFF_HERE = {"manager": ("ACCOUNT_MANAGER", "3340102"), "chief": ("TEAM_LEADER", "3340102"),
              "second": ("COUNTY_MANAGER", "3340102"), "survey": ("SURVEYOR", "3340102")}  # fmt: skip


@pytest.fixture
def site(engine, monkeypatch):
    for login, place in STAFF_HERE.items():
        monkeypatch.setitem(STAFF, login, place)
    return Site(engine)


@pytest.fixture
def order(engine):
    return begun(engine)


def whole(site, order, login="manager"):
    answer = site.program(login).get(f"/orders/{order.order_no}")
    assert answer.status_code == 200
    return answer.json


def test_an_order_says_what_may_be_registered(site, order):
    awaits = {one["message"]: one for one in whole(site, order)["awaits"]}

    assert set(awaits) == {"suspension_requested", "termination_requested"}
    one = awaits["suspension_requested"]
    assert (one["role"], one["element"], one["may_deliver"]) == ("ACCOUNT_MANAGER", "ask_s", True)
    assert "reason_code" in one["form"]["schema"]["properties"]
    assert not whole(site, order, "survey")["awaits"][0]["may_deliver"]


def test_a_suspension_is_asked_for_decided_and_shown(engine, site, order):
    manager = site.program("manager")
    place = f"/orders/{order.order_no}/messages/suspension_requested"
    first = manager.post(place, {"form": S1}, "k1")
    assert first.status_code == 200
    assert manager.post(place, {"form": S1}, "k1").json == first.json
    assert manager.post(place, {"form": S1}, "k2").json["code"] == "hold_pending"

    task_id = tasks_of(engine, order.order_id)["sus_ok"].id
    done = site.program("chief").post(f"/tasks/{task_id}/complete", {"form": {"ok": True}}, "k3")
    assert done.status_code == 200
    shown = whole(site, order)
    assert shown["suspended_since"] is not None
    (hold,) = shown["holds"]
    assert (hold["kind"], hold["decision"], hold["requested_by"], hold["decided_by"]) == (
        "SUSPEND", "APPROVED", "manager", "chief",
    )  # fmt: skip
    assert {clock["paused_since"] for clock in shown["clocks"]} == {"2026-03-02"}
    work = tasks_of(engine, order.order_id)["work"].id
    refused = site.program("survey").post(f"/tasks/{work}/complete", {"form": {}}, "k4")
    assert (refused.status_code, refused.json["code"]) == (409, "order_suspended")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"form": {**S1, "reason_code": ""}}, 422, "hold_reason_refused"),
        ({"form": {**S1, "evidence_no": ""}}, 422, "hold_evidence_missing"),
        ({"form": S1, "occurred_at": "2026-03-03T09:00:00+08:00"}, 422, "invalid"),
        ({"form": S1, "late_reason": "\u0007"}, 422, "invalid"),
        ({}, 422, "invalid_form"),
        ({"form": S1, "who": "x"}, 422, "invalid_form"),
    ],
)
def test_a_registration_that_does_not_fit_is_refused_with_its_code(site, order, body, status, code):
    answer = site.program("manager").post(f"/orders/{order.order_no}/messages/suspension_requested", body, "k")

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_who_asked_is_told_that_another_approves(engine, site, order):
    site.program("manager").post(f"/orders/{order.order_no}/messages/suspension_requested", {"form": S1}, "k1")
    task_id = tasks_of(engine, order.order_id)["sus_ok"].id
    answer = site.program("manager").post(f"/tasks/{task_id}/complete", {"form": {"ok": True}}, "k2")

    assert answer.status_code == 403  # not his lane; with both roles it is `four_eyes`, as the runner's tests show
    decide(engine, order)
    assert whole(site, order)["suspended_since"] is not None


def test_a_recorded_time_is_corrected_and_shown_as_corrected(engine, site, order, clock):
    clock.advance(hours=3)
    task_id = tasks_of(engine, order.order_id)["work"].id
    survey, chief = site.program("survey"), site.program("chief")
    assert survey.post(f"/tasks/{task_id}/complete", {"form": {}}, "k1").status_code == 200
    body = {"occurred_at": "2026-03-02T10:30:00+08:00", "reason": "录入时点错"}
    asked = survey.post(f"/tasks/{task_id}/corrections", body, "k2")
    assert asked.status_code == 201
    correction_id = asked.json["correction_id"]

    assert survey.get("/corrections").status_code == 403
    (waiting,) = chief.get("/corrections").json["items"]
    assert (waiting["correction_id"], waiting["task_name"], waiting["decision"]) == (correction_id, "work", None)
    before = next(one for one in whole(site, order)["tasks"] if one["id"] == task_id)
    assert (before["effective_at"], before["correction"]) == (before["occurred_at"], None)

    done = chief.post(f"/corrections/{correction_id}/decide", {"approve": True}, "k3")
    assert (done.status_code, done.json["decision"]) == (200, "APPROVED")
    again = chief.post(f"/corrections/{correction_id}/decide", {"approve": False, "note": "否"}, "k4")
    assert (again.status_code, again.json["code"]) == (409, "correction_decided")
    after = next(one for one in whole(site, order)["tasks"] if one["id"] == task_id)
    assert (after["occurred_at"], after["effective_at"]) == (before["occurred_at"], "2026-03-02T02:30:00Z")
    assert after["correction"] == whole(site, order)["corrections"][0]["correction_id"] == correction_id
    assert chief.get("/corrections").json == {"items": []}


def test_terminated_orders_can_be_listed(site, order):
    answer = site.program("manager").get("/orders?status=TERMINATED")

    assert (answer.status_code, answer.json["items"]) == (200, [])
