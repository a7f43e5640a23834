"""S8: every unsafe route against every forgery there is, and every GET against the whole database."""

from __future__ import annotations

import json

import pytest

from engine.commands.create_account import CreateAccount
from engine.policy import ROLES, SYSTEM
from engine.store.types import meta
from tests.site import PASSWORD, Site

FORGED = {
    "no token": ({"csrf_token": ""}, {}),
    "a wrong token": ({"csrf_token": "ImFiYyI.x.y"}, {}),
    "cross-site": ({}, {"Sec-Fetch-Site": "cross-site"}),
    "sibling site": ({}, {"Sec-Fetch-Site": "same-site"}),
    "foreign origin": ({}, {"Origin": "https://evil.example"}),
    "our name as a prefix": ({}, {"Origin": "http://localhost.evil.example"}),
    "null origin": ({}, {"Origin": "null"}),
}
OVERRIDES = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "DELETE", "X-Method-Override": "PUT"}
QUIET = {"heartbeat"}


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    site = Site(engine)
    engine.run(CreateAccount("everything", "全部岗位", PASSWORD, tuple(ROLES), "33", "all"), SYSTEM)
    return site


@pytest.fixture
def visitor(site):
    visitor = site.visitor()
    visitor.log_in("everything")
    return visitor


def routes(site, *methods):
    return [
        (method, site.address(rule.rule))
        for rule in site.app.url_map.iter_rules()
        for method in sorted(rule.methods & set(methods))
        if rule.endpoint != "static"
    ]


def database(engine):
    """Every row of every table; when a session was last used does not count."""
    with engine.read() as view:
        return {
            table.name: sorted(
                repr([value for column, value in zip(table.columns, row, strict=True) if column.name != "seen_at"])
                for row in view.connection.execute(table.select())
            )
            for table in meta.sorted_tables
            if table.name not in QUIET
        }


def changed(before, after):
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_request_does_nothing_anywhere(site, visitor, how):
    data, headers = FORGED[how]
    unsafe = [(method, path) for method, path in routes(site, "POST", "PUT", "PATCH", "DELETE")]
    before = database(site.engine)
    answers = {}
    for method, path in unsafe:
        sent = {"csrf_token": visitor.token(), "key": "k", **data}
        answers[path] = visitor.client.open(path, method=method, data=sent, headers=headers).status_code

    assert len(unsafe) > 25
    assert {path: status for path, status in answers.items() if status != 400} == {}
    assert changed(before, database(site.engine)) == []


def test_a_token_of_another_session_is_none(site, visitor):
    other = site.visitor("clerk").token()
    answers = {
        visitor.client.open(path, method=method, data={"csrf_token": other}).status_code
        for method, path in routes(site, "POST")
    }

    assert answers == {400}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_cannot_speak_json(site, visitor, kind):
    api = [(method, path) for method, path in routes(site, "POST") if path.startswith("/api/")]
    before = database(site.engine)
    body = json.dumps({"form": {}, "csrf_token": visitor.token()})
    found = {visitor.client.post(path, data=body, content_type=kind).status_code for _, path in api}

    assert len(api) >= 5
    assert found == {400}
    assert changed(before, database(site.engine)) == []


def test_asking_changes_nothing_in_the_database(site, visitor):
    paths = [path for _, path in routes(site, "GET")]
    for path in paths:
        visitor.get(path)  # whatever is read once is read before
    before = database(site.engine)
    for path in paths:
        for headers in ({}, OVERRIDES):
            visitor.client.get(path, headers=headers, query_string={"_method": "POST", "reason": "VISIT"})
            visitor.client.head(path, headers=headers)

    assert len(paths) > 40
    assert changed(before, database(site.engine)) == []
