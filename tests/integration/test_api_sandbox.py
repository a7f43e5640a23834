from __future__ import annotations

import pytest

from web.sandbox.app import create_app


@pytest.fixture
def sandbox():
    return create_app().test_client()


def deliver(sandbox, key="k1"):
    return sandbox.post("/notifications", json={"to": "138****0001"}, headers={"Idempotency-Key": key})


def test_a_repeated_key_is_answered_again_and_counted_once(sandbox):
    answers = [deliver(sandbox).status_code, deliver(sandbox).status_code, deliver(sandbox, "k2").status_code]

    seen = sandbox.get("/notifications").json
    assert answers == [201, 200, 201]
    assert (seen["n"], seen["n_duplicates"], [item["n"] for item in seen["items"]]) == (2, 1, [2, 1])


def test_a_forgetful_platform_keeps_the_message_and_loses_the_answer(sandbox):
    sandbox.put("/control", json={"forgetful": True})
    lost = deliver(sandbox)
    sandbox.put("/control", json={"forgetful": False})
    again = deliver(sandbox)

    assert (lost.status_code, again.status_code) == (504, 200)
    assert sandbox.get("/notifications").json["n_duplicates"] == 1


def test_a_platform_that_is_down_remembers_nothing(sandbox):
    sandbox.put("/control", json={"down": True})

    assert deliver(sandbox).status_code == 503
    assert sandbox.get("/notifications").json["n"] == 0


@pytest.mark.parametrize("wish", [{"slow_seconds": 61}, {"slow_seconds": True}, {"unknown": 1}, [1]])
def test_an_unknown_control_is_refused(sandbox, wish):
    assert sandbox.put("/control", json=wish).status_code == 400
    assert sandbox.get("/control").json == {"slow_seconds": 0.0, "down": False, "forgetful": False}


def test_a_message_without_a_key_or_a_body_is_refused(sandbox):
    without_key = sandbox.post("/notifications", json={"to": "138****0001"})
    without_body = sandbox.post("/notifications", headers={"Idempotency-Key": "k"})

    assert (without_key.status_code, without_body.status_code) == (400, 400)


def test_only_the_loopback_is_trusted(sandbox):
    assert sandbox.get("/notifications", headers={"Host": "example.com"}).status_code == 400
