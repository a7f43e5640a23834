from __future__ import annotations

import json
import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from engine.access import LockedOut, WrongPassword
from engine.commands.change_account import ChangeAccount
from engine.commands.create_account import CreateAccount
from engine.commands.end_own_sessions import EndOwnSessions
from engine.commands.end_sessions import EndSessions
from engine.commands.reset_password import ResetPassword
from engine.errors import Forbidden, Invalid, NotFound, Unauthenticated
from engine.policy import SYSTEM, Actor
from engine.store import accounts
from engine.store.tables_house import account, audit_event
from tests.orders import OTHER_UNIT, UNIT
from tests.site import COUNTY, OTHER_COUNTY, PASSWORD, Site

NEW = "another long password"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.fixture
def admin(site):
    visitor = site.visitor("admin")
    visitor.get("/admin/accounts/new")
    return visitor


def fields(visitor, **values):
    return {"key": visitor.field("key"), **values}


def created(admin, login="zhang.san"):
    answer = admin.post("/admin/accounts", fields(admin, login=login, name="张三", unit_code=COUNTY, roles="SURVEYOR"))
    return answer, (re.search(r"<code[^>]*>([^<]+)</code>", answer.text) or ["", ""])[1]


def ended(site, token):
    try:
        site.engine.access.of_session(token)
    except Unauthenticated:
        return True
    return False


def house_events(engine, *kinds):
    with engine.read() as view:
        told = select(audit_event.c.kind, audit_event.c.body).where(audit_event.c.chain == 0)
        return [(kind, json.loads(body)) for kind, body in view.connection.execute(told) if kind in kinds]


def test_a_fresh_installation_has_no_account(engine):
    with engine.read() as view:
        assert view.connection.execute(select(account)).all() == []


def test_a_new_account_gets_a_passing_password_that_is_shown_once(site, admin):
    answer, password = created(admin)
    assert answer.status_code == 201
    assert len(password) >= 16
    assert answer.headers["Cache-Control"] == "no-store"
    assert password not in admin.get("/admin/accounts/zhang.san").text

    visitor = site.visitor()
    assert visitor.log_in("zhang.san", password).status_code == 303


def test_with_a_passing_password_one_can_only_change_it(site, admin):
    _, password = created(admin)
    visitor = site.visitor()
    visitor.log_in("zhang.san", password)
    for path in ("/tasks", "/orders", "/account/sessions", "/"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/password")
    refused = visitor.client.get("/api/v1/tasks")
    assert (refused.status_code, refused.json["code"]) == (403, "password_expired")
    assert visitor.get("/tasks", headers={"HX-Request": "true"}).headers["HX-Redirect"] == "/password"
    with visitor.client.get("/static/app/app.css") as style:
        assert style.status_code == 200

    page = visitor.get("/password")
    assert "初始密码" in page.text
    visitor.post("/password", fields(visitor, old=password, new=NEW, again=NEW))
    assert visitor.get("/tasks").status_code == 303
    visitor.log_in("zhang.san", NEW)
    assert visitor.get("/tasks").status_code == 200


def test_a_reset_throws_everybody_out_and_unlocks(site, admin):
    clerk, token = site.visitor("clerk"), site.engine.access.issue_token("clerk")
    for number in range(5):
        with pytest.raises(WrongPassword):
            site.engine.access.log_in("clerk", f"wrong {number}", "a")
    with pytest.raises(LockedOut):
        site.engine.access.log_in("clerk", PASSWORD, "a")
    assert "暂时锁定" in admin.get("/admin/accounts/clerk").text
    answer = admin.post("/admin/accounts/clerk/password", {"key": uuid4().hex})
    password = re.search(r"<code[^>]*>([^<]+)</code>", answer.text)[1]

    assert clerk.get("/tasks").status_code == 303
    with pytest.raises(Unauthenticated):
        site.engine.access.of_token(token)
    with pytest.raises(WrongPassword):
        site.engine.access.log_in("clerk", PASSWORD, "a")
    assert site.visitor().log_in("clerk", password).status_code == 303


def test_nobody_resets_or_promotes_himself(site, admin):
    me = Actor("admin", "管理员", roles=frozenset({"ADMIN"}), unit_code="33")
    with pytest.raises(Forbidden):
        site.engine.run(ResetPassword("admin", NEW, "k"), me)
    with pytest.raises(Forbidden):
        site.engine.run(ChangeAccount("admin", ("ADMIN", "SUPERVISOR"), False, "k"), me)
    assert "重置密码" not in admin.get("/admin/accounts/admin").text


def test_what_is_changed_counts_with_the_next_request(site, admin):
    clerk = site.visitor("clerk")
    data = fields(admin, unit_code=OTHER_COUNTY, roles="SURVEYOR", oidc_subject="s-1")
    assert admin.post("/admin/accounts/clerk", data).status_code == 303
    assert clerk.get("/applications/new").status_code == 403
    with site.engine.read() as view:
        row = accounts.one(view.connection, "clerk")
    assert (row.unit_code, row.roles, row.oidc_subject) == (OTHER_COUNTY, ["SURVEYOR"], "s-1")

    admin.get("/admin/accounts/clerk")
    data = fields(admin, unit_code=OTHER_COUNTY, roles="SURVEYOR", disabled="yes")
    admin.post("/admin/accounts/clerk", data)
    assert clerk.get("/tasks").status_code == 303
    assert "已停用" in admin.get("/admin/accounts/clerk").text


def test_what_is_wrong_is_said_beside_the_field(site, admin):
    site.account("clerk")
    wrong = admin.post("/admin/accounts/clerk", fields(admin, unit_code="99", roles="SURVEYOR"))
    no_role = admin.post("/admin/accounts", fields(admin, login="li.si", name="李四", unit_code=COUNTY))
    taken = admin.post("/admin/accounts", fields(admin, login="clerk", name="李四", unit_code=COUNTY, roles="SURVEYOR"))

    assert (wrong.status_code, no_role.status_code, taken.status_code) == (422, 422, 409)
    assert 'id="unit_code-error"' in wrong.text
    assert 'id="roles-error"' in no_role.text
    assert "登录名已被占用" in taken.text


def test_a_county_administrator_sees_and_touches_his_county_only(engine):
    engine.run(CreateAccount("mine", "本县", PASSWORD, ("SURVEYOR",), UNIT, "1"), SYSTEM)
    engine.run(CreateAccount("theirs", "外县", PASSWORD, ("SURVEYOR",), OTHER_UNIT, "2"), SYSTEM)
    engine.run(CreateAccount("boss", "县管理员", PASSWORD, ("ADMIN",), UNIT, "3"), SYSTEM)
    site = Site(engine)
    county = site.visitor()
    county.log_in("boss")
    page = county.get("/admin/accounts").text
    assert "mine" in page
    assert "theirs" not in page
    assert county.get("/admin/accounts/theirs").status_code == 404

    me = Actor("boss", "县管理员", roles=frozenset({"ADMIN"}), unit_code=UNIT)
    for command in (ChangeAccount("theirs", ("ADMIN",), True, "a"), ResetPassword("theirs", NEW, "b"),
                    EndSessions("theirs", "c")):  # fmt: skip
        with pytest.raises(NotFound):
            engine.run(command, me)
    with pytest.raises(Invalid):
        engine.run(ChangeAccount("mine", ("SURVEYOR",), False, "d", unit_code=OTHER_UNIT), me)
    with pytest.raises(Invalid):
        engine.run(CreateAccount("fourth", "外县", PASSWORD, ("SURVEYOR",), OTHER_UNIT, "e"), me)


def test_accounts_are_found_by_login_and_name_page_by_page(site, admin):
    for number in range(51):
        engine_command = CreateAccount(
            f"u{number:02d}", f"职员{number:02d}", PASSWORD, ("SURVEYOR",), COUNTY, f"{number}"
        )
        site.engine.run(engine_command, SYSTEM)
    first = admin.get("/admin/accounts").text
    after = re.search(r"after=([\w.-]+)", first)[1]

    assert after not in re.findall(r"/admin/accounts/([\w.-]+)\"", admin.get(f"/admin/accounts?after={after}").text)
    assert "u50" in admin.get(f"/admin/accounts?after={after}").text
    assert re.findall(r"/admin/accounts/(u\d+)\"", admin.get("/admin/accounts?q=职员07").text) == ["u07"]
    assert "u07" not in admin.get("/admin/accounts?q=%25").text


def test_one_ends_ones_own_sessions_and_tokens(site):
    here, there, phone = site.visitor("clerk"), site.visitor("clerk"), site.visitor("clerk")
    token = site.engine.access.issue_token("clerk", label="脚本")
    page = here.get("/account/sessions").text
    assert page.count("当前") == 1
    assert "脚本" in page
    assert token not in page

    [one] = set(re.findall(r'<button class="btn btn-sm" name="id" value="(\w{64})"', page)[:1])
    assert here.post("/account/sessions/end", fields(here, id=one)).status_code == 303
    assert sorted(visitor.get("/tasks").status_code for visitor in (there, phone)) == [200, 303]
    here.get("/account/sessions")
    rest = re.findall(r'name="id" value="(\w{64})"', here.page)
    here.post("/account/sessions/end", {"key": uuid4().hex, "id": rest})
    assert [visitor.get("/tasks").status_code for visitor in (here, there, phone)] == [200, 303, 303]
    with pytest.raises(Unauthenticated):
        site.engine.access.of_token(token)


def test_the_sessions_of_others_are_not_found(site):
    leader, clerk = site.visitor("leader"), site.visitor("clerk")
    clerk.get("/account/sessions")
    leader.get("/account/sessions")
    theirs = re.findall(r'name="id" value="(\w{64})"', site.visitor("clerk").get("/account/sessions").text)

    assert theirs
    assert leader.post("/account/sessions/end", {"key": "k", "id": theirs}).status_code == 404
    assert clerk.get("/tasks").status_code == 200
    with pytest.raises(NotFound):
        site.engine.run(EndOwnSessions((), "k2"), Actor("leader", "班组长", roles=frozenset({"TEAM_LEADER"})))


def test_an_administrator_ends_all_sessions_of_an_account(site, admin):
    clerk = site.visitor("clerk")
    assert "未知设备" in admin.get("/admin/accounts/clerk").text
    admin.post("/admin/accounts/clerk/sessions/end", {"key": uuid4().hex})

    assert clerk.get("/tasks").status_code == 303
    assert "当前没有登录" in admin.get("/admin/accounts/clerk").text


def test_the_record_tells_what_was_done_to_accounts_and_no_secret(site, admin):
    _, password = created(admin)
    admin.get("/admin/accounts/zhang.san")
    admin.post("/admin/accounts/zhang.san", fields(admin, unit_code=COUNTY, roles="SURVEYOR", oidc_subject="sub-42"))
    admin.post("/admin/accounts/zhang.san/password", {"key": uuid4().hex})
    admin.post("/admin/accounts/zhang.san/sessions/end", {"key": uuid4().hex})
    told = house_events(site.engine, "AccountChanged", "PasswordReset", "SessionsEnded")

    assert [kind for kind, _ in told] == ["AccountChanged", "PasswordReset", "SessionsEnded"]
    assert told[0][1]["link_changed"] is True
    assert "sub-42" not in json.dumps(told)
    assert password not in json.dumps(told)
    assert site.engine.verify_audit()["broken"] == []


def test_hashes_are_argon2id_and_tokens_are_long_and_never_the_same(site):
    site.account("clerk")
    with site.engine.read() as view:
        hashed = accounts.one(view.connection, "clerk").password_hash
    tokens = {site.engine.access.log_in("clerk", PASSWORD, "a") for _ in range(20)}

    assert hashed.startswith("$argon2id$")
    memory, rounds = (int(re.search(rf"{name}=(\d+)", hashed)[1]) for name in "mt")
    assert memory * rounds >= 19 * 1024 * 2  # OWASP: at least 19 MiB, twice
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43  # 256 bits
