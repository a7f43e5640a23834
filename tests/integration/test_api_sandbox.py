from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.domain.identifiers import ecertificate_fault
from engine.ports.contract import NAMES, contract
from web.sandbox import catalogue
from web.sandbox.app import create_app

CALM = {"slow_seconds": 0.0, "down": False, "forgetful": False, "wrong": ""}
DEMO = Path(__file__).parents[2] / "processes" / "demo-applications.jsonl"
MESSAGE = {"template": "order_accepted", "to": "CUSTOMER", "phone": "13800138000"}
SUBJECT = {"type": "NATURAL_PERSON", "id_type": "RESIDENT_ID", "id_no": "330122196612281980", "name": "许雅宁"}
ASKED = {"purpose": "用电报装受理", "authorisation_id": "A1", "operator": "3340101H0"}
BODIES = {
    "/certificates/query": {"doc_type": "PROPERTY_CERT", "area_code": "330122", "subject": SUBJECT, **ASKED},
    "/identity-checks": {
        "method": "E_ID_ZLB",
        "reference": "7523824260",
        "name": "杨子谦",
        "id_no": "330122199606128334",
        **ASKED,
    },
    "/notifications": MESSAGE,
    "/first-energised/query": {
        "order_no": "334010126030200001",
        "as_of": "2026-03-10T09:00:00+08:00",
        "operator": "3340101H0",
    },
    "/evidence-records/query": {
        "record_id": "BDZS-96969731",
        "customer": {"name": "许雅宁", "id_no": SUBJECT["id_no"]},
        **ASKED,
    },
}
PATHS = [(name, operation.path) for name in NAMES for operation in contract(name).operations.values()]


@pytest.fixture
def sandbox():
    return create_app().test_client()


def send(sandbox, path, key="k1", body=None):
    return sandbox.post(path, json=body or BODIES[path], headers={"Idempotency-Key": key})


def deliver(sandbox, key="k1"):
    return send(sandbox, "/notifications", key)


def test_a_repeated_key_is_answered_again_and_counted_once(sandbox):
    answers = [deliver(sandbox).status_code, deliver(sandbox).status_code, deliver(sandbox, "k2").status_code]

    seen = sandbox.get("/notifications").json
    assert answers == [201, 200, 201]
    assert (seen["n"], seen["n_duplicates"], [item["n"] for item in seen["items"]]) == (2, 1, [2, 1])
    assert deliver(sandbox).json == {"key": "k1", "status": "duplicate"}
    assert seen["items"][0]["message"] == MESSAGE
    sandbox.delete("/notifications")
    assert sandbox.get("/notifications").json["n"] == 0


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


@pytest.mark.parametrize("name, path", PATHS)
def test_each_platform_has_a_mood_of_its_own(sandbox, name, path):
    assert sandbox.put(f"/control/{name}", json={"down": True}).json == {name: {**CALM, "down": True}}

    def status(other):
        if other == "/catalogue":
            return sandbox.get("/catalogue?area_code=330122").status_code
        return send(sandbox, other).status_code

    assert {other for _, other in PATHS if status(other) == 503} == {other for owner, other in PATHS if owner == name}
    assert path in {other for owner, other in PATHS if owner == name}


@pytest.mark.parametrize(
    "wish", [{"slow_seconds": 61}, {"slow_seconds": True}, {"unknown": 1}, [1], {"wrong": "VERY"}, {"down": 1}]
)
def test_an_unknown_control_is_refused(sandbox, wish):
    assert sandbox.put("/control", json=wish).status_code == 400
    assert sandbox.put("/control/sharing", json=wish).status_code == 400
    assert sandbox.get("/control").json == dict.fromkeys(NAMES, CALM)
    assert sandbox.put("/control/another", json={}).status_code == 404


@pytest.mark.parametrize("path", BODIES)
def test_a_message_without_a_key_or_a_body_or_with_too_much_is_refused(sandbox, path):
    without_key = sandbox.post(path, json=BODIES[path])
    without_body = sandbox.post(path, headers={"Idempotency-Key": "k"})
    with_more = send(sandbox, path, body={**BODIES[path], "face_image": "…"})

    assert (without_key.status_code, without_body.status_code, with_more.status_code) == (400, 415, 400)


@pytest.mark.parametrize("path", BODIES)
def test_a_key_is_for_one_message_and_gets_one_answer(sandbox, path):
    changed = {"template": "another"} if path == "/notifications" else {"operator": "another"}
    first, again = send(sandbox, path), send(sandbox, path)
    other = send(sandbox, path, body={**BODIES[path], **changed})

    assert first.status_code in (200, 201)
    assert {**again.json, "status": ""} == {**first.json, "status": ""}
    assert other.status_code == 409


def test_only_the_loopback_is_trusted(sandbox):
    assert sandbox.get("/notifications", headers={"Host": "example.com"}).status_code == 400


def test_a_token_is_asked_for_where_there_is_one():
    sandbox = create_app("secret").test_client()
    key = {"Idempotency-Key": "k"}
    answers = [
        sandbox.post("/notifications", json=MESSAGE, headers={**key, **more}).status_code
        for more in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer secret"})
    ]

    assert answers == [401, 401, 201]


def demo_applicants():
    for line in DEMO.read_text(encoding="utf-8").splitlines():
        application = json.loads(line)
        yield application["applicant"]
        if application["agent"]:
            yield application["agent"]


def test_the_catalogue_knows_every_applicant_of_the_demo_and_every_outcome():
    names = {one["id_no"]: one["name"] for one in demo_applicants()}
    known = catalogue.subjects()

    assert {id_no: one.name for id_no, one in known.items()} == names
    told = {outcome for one in known.values() for outcome in one.documents.values()}
    assert told == {"NOT_FOUND", "MISMATCH", "EXPIRED", "REVOKED"}


def test_a_subject_that_is_not_in_the_catalogue_has_a_fixed_lot(sandbox):
    def outcome(number, doc_type="PROPERTY_CERT"):
        subject = {**SUBJECT, "id_no": f"K{number:08d}", "id_type": "OTHER"}
        body = {**BODIES["/certificates/query"], "doc_type": doc_type, "subject": subject}
        return send(sandbox, "/certificates/query", f"k{doc_type}{number}", body).json

    answers = [outcome(number) for number in range(400)]
    n_found = sum(answer["outcome"] == "FOUND" for answer in answers)
    numbers = [answer["certificate"]["id"] for answer in answers if "certificate" in answer]

    assert 240 <= n_found <= 320  # seven of ten
    assert {answer["outcome"] for answer in answers} == {"FOUND", "NOT_FOUND", "MISMATCH", "EXPIRED", "REVOKED"}
    assert [ecertificate_fault(number) for number in numbers] == [None] * len(numbers)
    assert len(set(numbers)) == len(numbers)
    again = create_app().test_client()
    fresh = send(again, "/certificates/query", "k", {**BODIES["/certificates/query"], "subject": SUBJECT}).json
    assert fresh["certificate"] == send(sandbox, "/certificates/query", "one").json["certificate"]
    assert outcome(1, "VILLAGE_PROOF")["outcome"] == "NOT_ON_PLATFORM"
