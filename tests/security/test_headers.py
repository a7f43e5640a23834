from __future__ import annotations

import pytest

from tests.site import Site

PAGES = ["/login", "/tasks", "/orders", "/nowhere", "/healthz", "/api/v1/tasks", "/api/v1/openapi.json"]
ASSETS = ["/static/app/app.js", "/static/vendor/viewer.js", "/static/vendor/tabler.min.css"]


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.mark.parametrize("path", [*PAGES, *ASSETS])
def test_every_answer_carries_the_headers(site, path):
    with site.visitor().get(path) as answer:
        headers = answer.headers

    policy = headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("path", PAGES)
def test_nothing_with_data_is_kept_by_anybody(site, path):
    assert site.visitor("clerk").get(path).headers["Cache-Control"] == "no-store"


def test_assets_may_be_kept(site):
    with site.visitor().get(ASSETS[0]) as answer:
        assert "max-age=3600" in answer.headers["Cache-Control"]


def test_the_cookie_is_for_the_browser_and_this_site_only(site):
    cookie = site.visitor().get("/login").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_tls_the_cookie_is_bound_to_host_and_tls(engine):
    site = Site(engine, cookie_secure=True)
    cookie = site.visitor().get("/login", base_url="https://localhost").headers["Set-Cookie"]

    assert cookie.startswith("__Host-yikuo=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])
def test_a_foreign_host_name_is_refused(site, host):
    answer = site.visitor().get("/login", headers={"Host": host})

    assert answer.status_code == 400
    assert host not in answer.text


def test_too_much_is_refused_before_it_is_read(site):
    program, visitor = site.program("clerk"), site.visitor("clerk")
    big = program.client.post(
        "/api/v1/orders", data=b" " * 70_000, content_type="application/json",
        headers=program.headers | {"Idempotency-Key": "k"},
    )  # fmt: skip
    huge = program.client.post("/api/v1/orders", data=b" " * 300_001, content_type="application/json",
                               headers=program.headers | {"Idempotency-Key": "k"})  # fmt: skip
    form = visitor.post("/applications", {"remark": "x" * 300_000})
    parts = visitor.post("/applications", {f"f{number}": "1" for number in range(500)},
                         content_type="multipart/form-data")  # fmt: skip

    assert [answer.status_code for answer in (big, huge, form, parts)] == [413, 413, 413, 413]
    assert big.json["code"] == "too_large"


def test_an_unforeseen_fault_shows_a_number_and_nothing_else(site, monkeypatch):
    monkeypatch.setattr("engine.queries.tasklist.page", lambda *a, **k: 1 / 0)
    page = site.visitor("clerk").get("/tasks")
    answer = site.program("clerk").get("/tasks")

    assert (page.status_code, answer.status_code) == (500, 500)
    assert answer.json["code"] == "internal"
    for text in (page.text, answer.text):
        assert "ZeroDivision" not in text
        assert "Traceback" not in text
        assert "错误编号" in text
