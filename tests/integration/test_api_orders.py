from __future__ import annotations

import copy

import pytest

from tests.site import APPLICATION, APPLICATIONS, WAITING, Site


@pytest.fixture
def site(engine):
    return Site(engine)


def changed(path, value):
    application = copy.deepcopy(APPLICATION)
    *parents, last = path.split(".")
    place = application
    for name in parents:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return application


def test_an_application_becomes_an_order_and_again_the_same_one(site):
    clerk = site.program("clerk")
    first = clerk.hand_in(APPLICATION, "k1")
    replayed = clerk.hand_in(APPLICATION, "k1")
    duplicate = clerk.hand_in(APPLICATION, "k2")

    assert [answer.status_code for answer in (first, replayed, duplicate)] == [201, 200, 200]
    assert replayed.json == first.json
    assert duplicate.json == first.json | {"status": "duplicate"}
    assert first.headers["Location"].endswith(f"/api/v1/orders/{first.json['order_no']}")
    assert len(clerk.get("/orders").json["items"]) == 1


def test_a_key_is_for_one_request(site):
    clerk = site.program("clerk")
    clerk.hand_in(APPLICATION, "k1")
    answer = clerk.hand_in(APPLICATIONS[2], "k1")

    assert answer.status_code == 409
    assert answer.json["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("key", [None, "", "two words", "x" * 129, "schlüssel"])
def test_without_a_usable_key_nothing_happens(site, key):
    clerk = site.program("clerk")
    headers = clerk.headers | ({} if key is None else {"Idempotency-Key": key.encode().decode("latin-1")})
    answer = clerk.client.post("/api/v1/orders", json=APPLICATION, headers=headers)

    assert answer.status_code == 400
    assert answer.json["errors"][0]["field"] == "Idempotency-Key"
    assert clerk.get("/orders").json["items"] == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("applicant.id_no", "330122196612281981", "bad_resident_id"),
        ("applicant.phone", "12345", "bad_phone"),
        ("submitted_at", "2026-02-30T10:00:00+08:00", "bad_instant"),
        ("submitted_at", "2026-03-02T08:20:00", "naive_instant"),
        ("capacity_kw", -5, "out_of_range"),
        ("capacity_kw", "16", "wrong_type"),
        ("hall_code", "9999999H9", "unknown_hall"),
        ("usage", None, "missing"),
        ("colour", "red", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named_with_field_code_and_reason(site, path, value, code):
    clerk = site.program("clerk")
    answer = clerk.hand_in(changed(path, value))

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert answer.json.keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert [(fault["field"], fault["code"]) for fault in answer.json["errors"]] == [(path, code)]
    assert "330122196612281981" not in answer.text
    assert clerk.get("/orders").json["items"] == []


@pytest.mark.parametrize(
    ("data", "mimetype", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"a": 1, "a": 2}', "application/json", 400),
        (b'{"a": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 60_000, "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_json_object_is_refused(site, data, mimetype, status):
    clerk = site.program("clerk")
    answer = clerk.client.post(
        "/api/v1/orders", data=data, content_type=mimetype, headers=clerk.headers | {"Idempotency-Key": "k"}
    )

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_an_application_of_another_unit_is_none_of_mine(site):
    assert site.program("stranger").hand_in(APPLICATION).status_code == 404


def test_one_order_tells_all_about_itself_and_nothing_personal(site):
    clerk = site.program("clerk")
    answer = clerk.get(f"/orders/{site.order_no}")

    order = answer.json
    assert (order["status"], order["category"], order["process_version"]) == ("RUNNING", "LV_RES", 1)
    assert [event["kind"] for event in order["events"]] == [
        "OrderAccepted", "OrderStarted", "ConsentGiven", "DocumentsOpened", "DocumentsFetched", "DocumentTaken",
        "CallAnswered",
    ]  # fmt: skip
    assert order["clocks"][0]["why"]["due_on"] == "2026-03-09"
    assert order["tasks"][0]["claimable"]
    timers = [(timer["element"], timer["state"]) for timer in order["timers"]]
    assert sorted(timers) == [("acc_fetch_waited", "CANCELLED"), ("acceptance_warning", "PENDING")]
    for secret in (APPLICATION["applicant"][name] for name in ("name", "id_no", "phone")):
        assert secret not in answer.text


def test_orders_are_found_by_the_beginning_of_their_number_and_read_page_by_page(site):
    clerk = site.program("clerk")
    for number, application in enumerate(APPLICATIONS[:3]):
        clerk.hand_in(application, f"k{number}")
    first = clerk.get("/orders?limit=2").json
    second = clerk.get(f"/orders?limit=2&after={first['next']}").json
    numbers = [order["order_no"] for order in first["items"] + second["items"]]

    assert (len(numbers), second["next"]) == (3, None)
    assert numbers == sorted(numbers, reverse=True)
    assert [o["order_no"] for o in clerk.get(f"/orders?order_no={numbers[1]}").json["items"]] == [numbers[1]]
    assert len(clerk.get(f"/orders?order_no={numbers[0][:10]}").json["items"]) == 3
    assert clerk.get("/orders?order_no=99").json["items"] == []


def test_an_order_without_a_process_waits_and_is_found_there(site):
    leader = site.program("leader")
    answer = leader.hand_in(WAITING)

    assert (answer.status_code, answer.json["state"]) == (201, "WAITING_PROCESS")
    found = leader.get("/orders?status=WAITING_PROCESS").json["items"]
    assert [order["order_no"] for order in found] == [answer.json["order_no"]]
    assert leader.get(f"/orders/{answer.json['order_no']}").json["tasks"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=x", "limit=", "status=NONE", "after=x", "after=", "colour=red", "limit=1&limit=2",
     "order_no=%00", "order_no=%25", "order_no=" + "1" * 33],
)  # fmt: skip
def test_a_misspelt_filter_shows_nothing(site, query):
    answer = site.program("clerk").get(f"/orders?{query}")

    assert answer.status_code == 400
    assert answer.json["errors"]


@pytest.mark.parametrize("order_no", ["nix", "%00", "..", "a" * 65, "%F0%9F%92%A9"])
def test_an_unknown_order_is_not_found(site, order_no):
    answer = site.program("clerk").get(f"/orders/{order_no}")

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
