from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.site import APPLICATIONS, CONFIRMED, CONFIRMED_PAGE, STAFF, Site

# Whoever may act comes last: what he does must not stand in the way of the others.
WHO = tuple(sorted(("anonymous", *STAFF), key="clerk".__eq__))
ABSENCE = {
    "substitute": "nobody",
    "from_at": "2026-03-02T08:30:00+08:00",
    "until_at": "2026-03-09T08:30:00+08:00",
    "reason": "LEAVE",
}
TABLE = tomllib.loads((Path(__file__).parent / "matrix.toml").read_text(encoding="utf-8"))


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


def rows(site):
    return {
        f"{method} {rule.rule}"
        for rule in site.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


def desk_bodies(site):
    return {
        "assign": {"to": site.account("clerk")},
        "bulk": {"act": "unclaim", "tasks": ["none"]},
        "follow": {"following": True},
        "remove": {},
        "search": {"q": "9999999"},
        "task-filters": {"title": "t", "filter": {}},
    }


def ask(site, row, who):
    method, rule = row.split(" ")
    path = site.address(rule)
    api, key = path.startswith("/api/"), f"{who}:{path}"
    if api and who != "anonymous":
        program = site.program(who)
        if method == "GET":
            return program.get(path.removeprefix("/api/v1")).status_code
        bodies = {
            "absences": ABSENCE,
            "complete": {"form": CONFIRMED},
            "consult": {"to": ["nobody"], "when": "BEFORE", "reason": "DOUBT"},
            "copies": {"to": ["nobody"], "reason": "FOLLOW_UP"},
            "corrections": {"occurred_at": "2026-03-02T08:30:00+08:00", "reason": "录错"},
            "decide": {"approve": True},
            "delegate": {"to": "nobody", "reason": "WORKLOAD"},
            "evaluate": {"inputs": {}},
            "handovers": {"login": "nobody", "reason": "LEAVING"},
            "opinion": {"opinion": "AGREE"},
            "reminders": {"reason": "OVERDUE"},
            "resolve": {"form": {}},
            "return": {"element": "none", "reason": "WRONG_DATA"},
            "suspension_requested": {"form": {}},
            **desk_bodies(site),
            "unmaskings": {"fields": ["phone"], "reason": "CONTACT_CUSTOMER"},
            "transfer": {"to": "nobody", "reason": "WORKLOAD"},
            "withdraw": {"reason": "WRONG_DATA"},
        }
        body = bodies.get(path.rsplit("/", 1)[1], APPLICATIONS[2])
        return program.post(path.removeprefix("/api/v1"), body, key).status_code
    visitor = site.visitor(None if who == "anonymous" else who)
    if method == "GET":
        return visitor.get(path).status_code
    if api:
        return visitor.client.post(path, json={}).status_code
    visitor.get("/login" if who == "anonymous" else "/healthz")
    data = {"name": who, "key": key, "old": "x", "new": "y", "again": "z"}
    return visitor.post(path, data | (CONFIRMED_PAGE if path.endswith("complete") else {})).status_code


def test_every_route_has_a_row_and_every_row_a_route(site):
    assert set(TABLE) == rows(site)
    assert all(set(row) == set(WHO) for row in TABLE.values())


@pytest.mark.parametrize("row", TABLE)
def test_who_may(site, row):
    found = {who: ask(site, row, who) for who in WHO}

    assert found == TABLE[row]
