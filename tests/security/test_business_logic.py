"""S16 over HTTP, and the objects of S7: whoever holds every role, elsewhere, reaches nothing of an order: 404,
not even that it exists. S11 for the one upload there is."""

from __future__ import annotations

import io

import pytest

from engine.commands.create_account import CreateAccount
from engine.policy import ROLES, SYSTEM
from tests.site import APPLICATIONS, CONFIRMED, OTHER_COUNTY, PASSWORD, Program, Site

ELSEWHERE = sorted(set(ROLES) - {"SUPERVISOR"})  # the supervision centre sees the whole province, from wherever


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    site = Site(engine)
    engine.run(CreateAccount("elsewhere", "外县全部岗位", PASSWORD, tuple(ELSEWHERE), OTHER_COUNTY, "all"), SYSTEM)
    return site


def complete(site, who="clerk", key=None, **changes):
    body = {"form": CONFIRMED, **changes}
    return site.program(who).post(f"/tasks/{site.task_id}/complete", body, key)


def test_of_another_county_nothing_of_an_order_is_reached_by_any_route(site):
    visitor = site.visitor()
    visitor.log_in("elsewhere")
    program = Program(site.app.test_client(), site.engine.access.issue_token("elsewhere"))
    found = {}
    for rule in site.app.url_map.iter_rules():
        if "order_no" not in rule.arguments and "task_id" not in rule.arguments:
            continue
        path = site.address(rule.rule)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            headers = program.headers if path.startswith("/api/") else {}
            data = {} if headers else {"csrf_token": visitor.token(), "key": "k", "reason": "VISIT", "fields": "phone"}
            client = program.client if headers else visitor.client
            body = {"json": sent(path)} if headers and method == "POST" else {"data": data}
            found[f"{method} {rule.rule}"] = client.open(path, method=method, headers=headers, **body).status_code

    assert len(found) > 15
    assert {what: status for what, status in found.items() if status != 404} == {}


def sent(path):
    bodies = {
        "complete": {"form": CONFIRMED},
        "corrections": {"occurred_at": "2026-03-02T08:30:00+08:00", "reason": "录错"},
        "reminders": {"reason": "OVERDUE"},
        "unmaskings": {"fields": ["phone"], "reason": "VISIT"},
        "assign": {"to": "nobody"},
        "consult": {"to": ["nobody"], "when": "BEFORE", "reason": "DOUBT"},
        "copies": {"to": ["nobody"], "reason": "FOLLOW_UP"},
        "delegate": {"to": "nobody", "reason": "WORKLOAD"},
        "follow": {"following": True},
        "opinion": {"opinion": "AGREE"},
        "resolve": {"form": {}},
        "return": {"element": "none", "reason": "WRONG_DATA"},
        "transfer": {"to": "nobody", "reason": "WORKLOAD"},
        "withdraw": {"reason": "WRONG_DATA"},
    }
    return bodies.get(path.rsplit("/", 1)[1], {"form": {}})


def test_a_key_is_for_one_request(site):
    program = site.program("clerk")
    first = program.hand_in(APPLICATIONS[0], "one-key")
    again = program.hand_in(APPLICATIONS[0], "one-key")
    other = program.hand_in(APPLICATIONS[2], "one-key")

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json["order_no"] == first.json["order_no"]
    assert other.json["code"] == "idempotency_key_reused"


def test_the_task_of_another_is_not_completed(site):
    assert site.program("clerk").post(f"/tasks/{site.task_id}/claim").status_code == 200

    assert complete(site, "leader").status_code in (403, 409)
    assert complete(site, "surveyor").status_code == 403
    assert complete(site).status_code == 200


def test_nothing_is_done_twice_and_no_step_is_skipped(site):
    assert complete(site, key="done-1").status_code == 200
    assert complete(site, key="done-1").status_code == 200, "the same request is answered as before"
    twice = complete(site, key="done-2")
    unknown = site.program("clerk").post("/tasks/later.step/complete", {"form": CONFIRMED})

    assert (twice.status_code, twice.json["code"]) == (409, "task_already_done")
    assert unknown.status_code == 404


@pytest.mark.parametrize(
    "at", ["2020-01-01T08:00:00+08:00", "2099-01-01T08:00:00+08:00", "2026-03-02T08:30:00", "yesterday"]
)
def test_no_time_is_stated_that_cannot_be(site, at):
    assert complete(site, occurred_at=at).status_code == 422
    assert complete(site).status_code == 200


def test_what_nobody_asks_is_not_answered(site):
    for form in (CONFIRMED | {"approved": True}, CONFIRMED | {"@status": "COMPLETED"}, {}, {"typename": "x"}):
        assert complete(site, form=form).status_code == 422
    assert complete(site, status="COMPLETED").status_code == 422
    assert complete(site, version=999).status_code == 409


def test_nobody_opens_more_for_himself(site):
    clerk = site.visitor("clerk")
    clerk.get("/account/sessions")
    for path in ("/admin/accounts", "/admin/accounts/clerk", "/admin/accounts/clerk/password"):
        data = {"key": "k", "roles": "ADMIN", "unit_code": "33", "login": "mine", "name": "x"}
        assert clerk.post(path, data).status_code == 403
    assert clerk.post("/password", {"old": "wrong", "new": "x" * 6 + "abcdefgh", "again": "x" * 6 + "abcdefgh",
                                    "key": "k", "roles": "ADMIN", "login": "admin"}).status_code == 422  # fmt: skip


HOSTILE_FILES = {
    "empty": b"",
    "a pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
    "a page": b"<html><script>alert(1)</script>",
    "a picture with a script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "an archive": b"PK\x03\x04" + b"\x00" * 64,
    "zeros": b"\x00" * 4096,
    "not utf-8": "日期,类型,名称".encode("gb18030"),
    "a formula": b"date,kind,name\n2027-10-01,HOLIDAY,=cmd|' /C calc'!A0\n",
    "another year": b"date,kind,name\n1999-10-01,HOLIDAY,x\n",
}


@pytest.mark.parametrize("what", HOSTILE_FILES)
@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "\u202efdp.csv"])
def test_the_one_upload_there_is_takes_no_other_file(site, what, name):
    admin = site.visitor("admin")
    admin.get("/admin/calendar/2027/edit")
    file = (io.BytesIO(HOSTILE_FILES[what]), name)
    data = {"csrf_token": admin.token(), "based_on": admin.field("based_on"), "status": "OFFICIAL",
            "source": "国办发明电", "notice_on": "2026-11-20", "csv": file}  # fmt: skip
    answer = admin.client.post("/admin/calendar/2027/preview", data=data, content_type="multipart/form-data")

    assert answer.status_code == 422
    assert "<script>alert" not in answer.text
    assert 'onload="alert' not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
