"""S14: the headers of every answer of every route, what stands in a log line, and what an error page tells."""

from __future__ import annotations

import io
import json
import logging

import pytest

from engine.commands.create_account import CreateAccount
from engine.logs import configure
from engine.policy import ROLES, SYSTEM
from tests.site import PASSWORD, Site

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
FORGERIES = ["a\nb", "a\r\n{}", "\x1b[2J\x1b[31mred", "a\u2028b", '"}\n{"event": "forged"', "\x00"]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    site = Site(engine)
    engine.run(CreateAccount("everything", "全部岗位", PASSWORD, tuple(ROLES), "33", "all"), SYSTEM)
    return site


def answers(site, visitor, **kwargs):
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in sorted(rule.methods - {"OPTIONS"}):
                path = site.address(rule.rule)
                yield f"{method} {path}", visitor.client.open(path, method=method, **kwargs)


@pytest.mark.parametrize("who", ["nobody", "everything"])
def test_every_answer_of_every_route_carries_the_headers(site, who):
    visitor = site.visitor()
    if who != "nobody":
        visitor.log_in(who)
    n, lacking = 0, []
    for what, answer in answers(site, visitor, base_url="https://localhost"):
        n += 1
        policy = answer.headers.get("Content-Security-Policy", "")
        wanted = {**ALWAYS, "Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
        lacking += [f"{what}: {name}" for name, value in wanted.items() if answer.headers.get(name) != value]
        told = ("default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "base-uri 'none'")
        if "unsafe" in policy or not all(part in policy for part in told):
            lacking.append(f"{what}: policy")
        if answer.status_code >= 500 or b"Traceback" in answer.data:
            lacking.append(f"{what}: {answer.status_code}")

    assert n > 100
    assert lacking == []


@pytest.mark.parametrize(
    "path", ["/orders/a%0d%0aSet-Cookie:%20x=y", "/nowhere%0d%0aX-Evil:%201", "/login?next=%0d%0aX-Evil:1"]
)
def test_no_address_makes_a_header(site, path):
    headers = site.visitor().get(path).headers

    assert "X-Evil" not in headers
    assert "x=y" not in headers.get("Set-Cookie", "")


def test_one_event_is_one_line_whatever_is_typed(site, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    root = logging.getLogger()
    before = root.handlers[:], root.level
    configure()
    try:
        for text in FORGERIES:
            site.visitor().client.get("/login", headers={"User-Agent": "x"})
            visitor = site.visitor()
            visitor.get("/login")
            visitor.post("/login", {"name": text, "password": text})
            logging.getLogger("engine").warning("typed: %s", text, extra={"action": text})
    finally:
        root.handlers, root.level = before
    lines = [json.loads(line) for line in out.getvalue().splitlines() if line]

    assert len([line for line in lines if line["event"].startswith("typed: ")]) == len(FORGERIES)
    assert not [line for line in lines if line["event"] == "forged"]
    assert "\x1b" not in out.getvalue()


def test_what_was_typed_is_shown_as_text(site):
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
    visitor = site.visitor()
    visitor.log_in("everything")
    for path in (f"/admin/accounts?q={hostile}", f"/orders?q={hostile}", f"/login?next={hostile}"):
        text = visitor.client.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
    visitor.get("/admin/accounts/new")
    sent = {"key": "k", "login": "hostile", "name": hostile[:50], "unit_code": "33", "roles": "SURVEYOR"}
    visitor.post("/admin/accounts", sent)
    assert "<script>alert" not in visitor.get("/admin/accounts/hostile").text
