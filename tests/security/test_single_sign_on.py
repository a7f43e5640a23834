from __future__ import annotations

import socket
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from engine.commands.change_account import ChangeAccount
from engine.errors import Invalid
from engine.policy import SYSTEM
from engine.store.tables_house import account
from tests.oidc_provider import CLIENT, SECRET, Provider
from tests.site import Site
from web.settings import WebSettings

BACK = "http://localhost/login/sso/back"
SUBJECT = "7d0e-clerk"


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture(scope="module")
def provider():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = Provider(port, BACK)
    yield started
    started.stop()


@pytest.fixture
def site(engine, provider):
    requests.put(f"{provider.issuer}/lies", json={}, timeout=5)
    return Site(engine, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET)


@pytest.fixture
def linked(site):
    link(site)
    return site


def link(site, subject=SUBJECT, disabled=False, key="link"):
    command = ChangeAccount(site.account("clerk"), ("ACCEPTANCE_CLERK",), disabled, key, oidc_subject=subject)
    site.engine.run(command, SYSTEM)


def sent(visitor, path="/login/sso"):
    """Where our site sends the browser."""
    answer = visitor.get(path)
    assert answer.status_code == 302
    return answer.headers["Location"]


def returned(address, who=SUBJECT):
    """What the provider makes of it: the address to which it sends the browser back."""
    answer = requests.get(address, cookies={"who": who} if who else {}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def back(visitor, address):
    parts = urlsplit(address)
    return visitor.get(f"{parts.path}?{parts.query}")


def log_in(visitor, who=SUBJECT):
    return back(visitor, returned(sent(visitor), who))


def test_a_linked_account_is_logged_in_and_goes_where_he_wanted(linked):
    visitor = linked.visitor()
    answer = back(visitor, returned(sent(visitor, "/login/sso?next=/orders")))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/orders")
    assert visitor.get("/orders").status_code == 200
    assert "统一认证" in visitor.get("/account/sessions").text


def test_the_question_has_state_nonce_and_a_hashed_verifier(linked, provider):
    visitor = linked.visitor()
    one, other = (parse_qs(urlsplit(sent(visitor)).query) for _ in range(2))

    assert one["response_type"] == ["code"]
    assert one["code_challenge_method"] == ["S256"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(one[name][0]) >= 20
        assert one[name] != other[name]
    log_in(visitor)
    last = requests.get(f"{provider.issuer}/log", timeout=5).json()[-1]
    assert last == {"at": "token", "has_verifier": True}


def test_nobody_is_made_an_account(site):
    with site.engine.read() as view:
        before = view.connection.execute(account.select()).all()
    for who in ("somebody-else", "clerk", site.account("clerk")):
        answer = log_in(site.visitor(), who)
        assert answer.status_code == 401
        assert "尚未关联" in answer.text
    with site.engine.read() as view:
        assert len(view.connection.execute(account.select()).all()) == len(before) + 1  # the clerk, made by this test


def test_a_closed_account_stays_closed(site):
    link(site, disabled=True)

    assert log_in(site.visitor()).status_code == 401


def test_a_subject_belongs_to_one_account(linked):
    with pytest.raises(Invalid, match="已关联"):
        linked.engine.run(
            ChangeAccount(linked.account("leader"), ("TEAM_LEADER",), False, "k", oidc_subject=SUBJECT), SYSTEM
        )


LIES = {
    "another key": {"key": "strange"},
    "no signature": {"alg": "none"},
    "signed with the public key": {"alg": "HS256"},
    "another issuer": {"claims": {"iss": "https://evil.example"}},
    "for another client": {"claims": {"aud": "somebody-else"}},
    "expired": {"claims": {"exp": int(time.time()) - 3600}},
    "from the future": {"claims": {"iat": int(time.time()) + 3600}},
    "another nonce": {"claims": {"nonce": "replayed"}},
    "no nonce": {"claims": {"nonce": None}},
    "no subject": {"claims": {"sub": None}},
    "a subject that is no text": {"claims": {"sub": ["7d0e-clerk"]}},
    "another access token": {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}},
}


@pytest.mark.parametrize("lie", LIES)
def test_a_forged_identity_token_opens_nothing(linked, provider, lie):
    requests.put(f"{provider.issuer}/lies", json=LIES[lie], timeout=5)
    visitor = linked.visitor()
    answer = log_in(visitor)

    assert answer.status_code == 401
    assert visitor.get("/tasks").status_code == 303
    requests.put(f"{provider.issuer}/lies", json={}, timeout=5)
    assert log_in(visitor).status_code == 303


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(linked):
    victim, attacker = linked.visitor(), linked.visitor()
    address = returned(sent(attacker))
    assert back(victim, address).status_code == 401
    assert back(attacker, address).status_code == 303
    attacker.post("/logout")

    assert back(attacker, address).status_code == 401


@pytest.mark.parametrize(
    "query", ["", "code=x", "state=x", "code=x&state=x", "error=access_denied&state=x", "code=&state="]
)
def test_an_answer_that_nobody_asked_for_is_refused(linked, query):
    assert linked.visitor().get(f"/login/sso/back?{query}").status_code == 401


def test_a_refusal_is_told_and_the_password_still_works(linked):
    visitor = linked.visitor()
    answer = back(visitor, returned(sent(visitor), who=""))

    assert answer.status_code == 401
    assert "统一认证未通过" in answer.text
    assert visitor.log_in("clerk").status_code == 303


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(linked, target):
    visitor = linked.visitor()
    visitor.client.get("/login/sso", query_string={"next": target})
    answer = back(visitor, returned(sent(visitor, "/login/sso?next=" + target)))

    assert answer.headers["Location"] == "/"


def test_a_provider_that_is_down_leaves_the_password(engine):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{closed.getsockname()[1]}"
        site = Site(engine, oidc_issuer=issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET)
        answer = site.visitor().get("/login/sso")

    assert answer.status_code == 503
    assert 'name="password"' in answer.text


def test_a_planted_session_is_not_taken_over(linked):
    attacker, victim = linked.visitor(), linked.visitor()
    attacker.get("/login")
    victim.client.set_cookie("yikuo", attacker.client.get_cookie("yikuo").value)
    log_in(victim)

    assert victim.get("/tasks").status_code == 200
    assert attacker.get("/tasks").status_code == 303


def test_without_a_provider_there_is_no_door(engine):
    visitor = Site(engine).visitor()

    assert "/login/sso" not in visitor.get("/login").text
    assert visitor.get("/login/sso").status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"oidc_issuer": "http://sso.example", "oidc_client_id": "x", "oidc_client_secret": "y"},
        {"oidc_issuer": "https://sso.example"},
        {"oidc_issuer": "https://sso.example", "oidc_client_id": "x"},
        {"oidc_issuer": "https://sso.example", "oidc_client_id": "x", "oidc_client_secret": "y", "oidc_scope": "email"},
    ],
)
def test_half_a_setting_does_not_start(settings):
    with pytest.raises(ValueError, match="oidc"):
        WebSettings(**settings)
