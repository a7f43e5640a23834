from __future__ import annotations

import re

import pytest
from flask import Flask

from engine.commands.change_account import ChangeAccount
from engine.policy import SYSTEM
from tests.site import PASSWORD, Site
from web import guard


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.mark.parametrize("needs", [{}, {"needs": None}, {"needs": "public"}, {"needs": "order:case:read"}])
def test_a_route_without_a_declared_permission_cannot_be_written(needs):
    blueprint = guard.Blueprint("b", __name__)

    with pytest.raises(guard.Unguarded, match=r"b\.view"):
        blueprint.add_url_rule("/x", "view", str, **needs)


def test_an_application_with_a_route_outside_the_guard_does_not_start():
    app = Flask(__name__)
    app.add_url_rule("/back-door", "back_door", str)

    with pytest.raises(guard.Unguarded, match="back_door"):
        guard.install(app, {"static": guard.PUBLIC})


def test_nobody_is_sent_to_the_login_page_and_back(site):
    visitor = site.visitor()
    first = visitor.get("/orders?state=RUNNING")
    visitor.get(first.headers["Location"])
    after = visitor.post(first.headers["Location"], {"name": site.account("clerk"), "password": PASSWORD})

    assert first.status_code == 303
    assert after.headers["Location"] == "/orders?state=RUNNING"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\nevil", "evil"])
def test_login_sends_nobody_elsewhere(site, target):
    visitor = site.visitor()
    visitor.get("/login")
    answer = visitor.client.post(
        "/login",
        query_string={"next": target},
        data={"csrf_token": visitor.token(), "name": site.account("clerk"), "password": PASSWORD},
    )

    assert answer.headers["Location"] == "/"


def test_the_session_is_another_one_after_login_and_ends_on_the_server(site):
    visitor = site.visitor()
    visitor.get("/login")
    before = (visitor.client.get_cookie("yikuo").value, visitor.token())
    visitor.log_in(site.account("clerk"))
    cookie = visitor.client.get_cookie("yikuo").value
    assert (cookie, visitor.token()) != before
    assert visitor.token() != before[1]

    visitor.post("/logout")
    visitor.client.set_cookie("yikuo", cookie)
    assert visitor.get("/tasks").status_code == 303


def test_a_planted_session_token_is_not_taken_over(site):
    attacker, victim = site.visitor(), site.visitor()
    attacker.get("/login")
    victim.client.set_cookie("yikuo", attacker.client.get_cookie("yikuo").value)
    victim.log_in(site.account("clerk"))

    assert victim.get("/tasks").status_code == 200
    assert attacker.get("/tasks").status_code == 303


def test_other_roles_and_a_closed_account_count_with_the_next_request(site):
    visitor, program = site.visitor("clerk"), site.program("clerk")
    site.engine.run(ChangeAccount("clerk", ("SUPERVISOR",), False, "k1"), SYSTEM)
    assert visitor.get("/applications/new").status_code == 403
    site.engine.run(ChangeAccount("clerk", ("ACCEPTANCE_CLERK",), True, "k2"), SYSTEM)

    assert visitor.get("/tasks").status_code == 303
    assert program.get("/tasks").status_code == 401


def test_a_session_ends_when_idle_and_when_old(site, clock):
    idle, old = site.visitor("clerk"), site.visitor("clerk")
    for _ in range(25):
        clock.advance(minutes=29)
        last = old.get("/tasks").status_code
    assert idle.get("/tasks").status_code == 303
    assert last == 303


def test_five_wrong_passwords_lock_one_account_and_only_for_a_while(site, clock):
    visitor = site.visitor()
    site.account("surveyor")
    answers = [visitor.log_in(site.account("clerk"), f"wrong {n}").status_code for n in range(5)]
    locked = visitor.log_in("clerk")
    other = site.visitor().log_in("surveyor")
    clock.advance(minutes=16)

    assert answers == [401] * 5
    assert locked.status_code == 429
    assert "登录失败次数过多" in locked.text
    assert other.status_code == 303
    assert visitor.log_in("clerk").status_code == 303


def test_unknown_and_known_accounts_sound_the_same(site):
    site.account("clerk")
    texts = {
        re.search(r'role="alert">([^<]+)', site.visitor().log_in(login, "wrong").text)[1]
        for login in ("clerk", "nobody", "clerk\x00", "' or 1=1 --")
    }

    assert texts == {"登录名或口令不正确"}


UNSAFE = ["/logout", "/language", "/password", "/applications", "/incidents/1/retry"]
FORGED = {
    "none": ({"csrf_token": ""}, {}),
    "wrong": ({"csrf_token": "ImFiYyI.x.y"}, {}),
    "cross-site": ({}, {"Sec-Fetch-Site": "cross-site"}),
    "sibling site": ({}, {"Sec-Fetch-Site": "same-site"}),
    "foreign origin": ({}, {"Origin": "https://evil.example"}),
    "null origin": ({}, {"Origin": "null"}),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_page_request_does_nothing(site, how):
    data, headers = FORGED[how]
    leader = site.visitor("leader")
    paths = [*UNSAFE, *(f"/tasks/{site.task_id}/{verb}" for verb in ("claim", "unclaim", "complete"))]
    answers = {path: leader.post(path, data, headers=headers).status_code for path in paths}

    assert set(answers.values()) == {400}, answers
    assert leader.get("/tasks").status_code == 200


def test_another_sessions_token_is_none(site):
    one, other = site.visitor("clerk"), site.visitor("leader")

    assert one.post("/logout", {"csrf_token": other.token()}).status_code == 400


def test_a_browser_session_on_the_api_needs_the_token_and_a_bearer_does_not(site):
    visitor, program = site.visitor("clerk"), site.program("clerk")
    path = f"/api/v1/tasks/{site.task_id}/claim"

    assert visitor.client.get("/api/v1/tasks").status_code == 200
    assert visitor.client.post(path).status_code == 400
    assert visitor.client.post(path, headers={"X-CSRFToken": visitor.token()}).status_code == 200
    assert program.post(f"/tasks/{site.task_id}/unclaim").status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer x", "Basic Y2xlcms6eA==", "Bearer \xff", ""])
def test_a_wrong_token_is_never_replaced_by_the_session(site, header):
    answer = site.visitor("clerk").client.get("/api/v1/tasks", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json["code"] == "unauthenticated"


def test_asking_changes_nothing(site):
    site.visitor("leader").get(f"/orders/{site.order_no}")
    leader = site.visitor("leader")
    before = site.program("leader").get(f"/orders/{site.order_no}").json
    for rule in site.app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in ("static", "operations.metrics"):
            leader.get(site.address(rule.rule))

    assert site.program("leader").get(f"/orders/{site.order_no}").json == before


def test_figures_are_for_the_machine_and_for_the_token(site):
    inside = site.visitor().get("/metrics")
    outside = site.visitor().get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    behind_a_proxy = site.visitor().get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
    token = "a-token-of-thirty-two-characters"
    keyed = Site(site.engine, metrics_token=token).visitor()
    with_token = keyed.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"},
                           headers={"Authorization": f"Bearer {token}"})  # fmt: skip

    codes = [answer.status_code for answer in (inside, outside, behind_a_proxy, with_token)]
    assert codes == [200, 403, 403, 200]
    assert "yikuo_orders" in inside.text
    assert "yikuo_timers_due" in inside.text


def test_who_asks_too_often_is_told_when_to_come_back(site):
    hasty = Site(site.engine, api_per_minute=3).program("clerk")
    answers = [hasty.get("/tasks") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].json["code"] == "too_many_requests"
    assert int(answers[-1].headers["Retry-After"]) > 0
