"""A web application over an engine, with accounts and visitors, for the tests of pages, API and security."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.app import Engine
from engine.commands.create_account import CreateAccount
from engine.policy import SYSTEM
from tests.outside import answered_all
from web.app import create_app
from web.settings import WebSettings

PASSWORD = "correct horse battery"
COUNTY, OTHER_COUNTY = "3340101", "3340602"
STAFF = {
    "clerk": ("ACCEPTANCE_CLERK", COUNTY),
    "surveyor": ("SURVEYOR", COUNTY),
    "leader": ("TEAM_LEADER", COUNTY),
    "stranger": ("ACCEPTANCE_CLERK", OTHER_COUNTY),
    "supervisor": ("SUPERVISOR", "33SVC"),
    "owner": ("PROCESS_OWNER", "33"),
    "admin": ("ADMIN", "33"),
}
TABLE = "time_limits"
TABLE_DIGEST = sha256((Path(__file__).parents[1] / "processes" / "shared" / f"{TABLE}.dmn").read_bytes()).hexdigest()
_DEMO = Path(__file__).parents[1] / "processes" / "demo-applications.jsonl"
APPLICATIONS: list[dict[str, Any]] = [json.loads(line) for line in _DEMO.read_text(encoding="utf-8").splitlines()]
APPLICATION = APPLICATIONS[0]
WAITING = APPLICATIONS[1] | {"capacity_kw": 1250, "requested_voltage": "HV"}
"""An application whose process the tests have withdrawn (conftest.py)."""
CONFIRMED: dict[str, Any] = {
    "policy_notice_version": "2026-01",
    "policy_notice_acknowledged": True,
    "needs_external_line_works": True,
    "application_changed": False,
}
"""What the clerk says at the one task of an acceptance for which everything was found."""
CONFIRMED_PAGE = {name: str(value).lower() if isinstance(value, bool) else value for name, value in CONFIRMED.items()}
"""The same as a page posts it."""


class Site:
    """The application; accounts are made when first asked for, and the outside answers when told to."""

    def __init__(self, engine: Engine, **settings: Any) -> None:
        self.engine = engine
        self.app = create_app(engine, WebSettings(**settings))
        self._known: set[str] = set()

    def account(self, login: str) -> str:
        if login not in self._known:
            role, unit = STAFF[login]
            command = CreateAccount(login, f"演示{login}", PASSWORD, (role,), unit, f"account:{login}")
            self.engine.run(command, SYSTEM)
            self._known.add(login)
        return login

    def visitor(self, login: str | None = None) -> Visitor:
        """A browser of its own, logged in unless nobody is named."""
        visitor = Visitor(self.app.test_client())
        if login is not None:
            visitor.log_in(self.account(login))
        return visitor

    def program(self, login: str) -> Program:
        """A caller of the API with a bearer token."""
        return Program(self.app.test_client(), self.engine.access.issue_token(self.account(login)))

    def handed_in(self, applications: Sequence[dict[str, Any]], login: str = "clerk") -> list[str]:
        """Orders of these applications that have had their answers from outside; their numbers."""
        program = self.program(login)
        answers = [program.hand_in(each, f"k{number}") for number, each in enumerate(applications, 1)]
        answered_all(self.engine)
        return [str(answer.json["order_no"]) for answer in answers]  # type: ignore[index]

    @cached_property
    def order_no(self) -> str:
        """An order that waits for its acceptance to be confirmed."""
        return self.handed_in([APPLICATION])[0]

    @cached_property
    def task_id(self) -> str:
        """Its first task."""
        answer = self.program("clerk").get(f"/tasks?order_no={self.order_no}")
        return str(answer.json["items"][0]["id"])  # type: ignore[index]

    def confirm(self) -> str:
        """Confirm its acceptance, so that it is handled; its number."""
        assert self.program("clerk").post(f"/tasks/{self.task_id}/complete", {"form": CONFIRMED}).status_code == 200
        answered_all(self.engine)
        return self.order_no

    def address(self, rule: str) -> str:
        """A path that leads somewhere, of a rule of the application."""
        values = {
            "<key:task_id>": self.task_id,
            "<key:order_no>": self.order_no,
            "<int:incident_id>": "1",
            "<key:attachment_id>": "none",
            "<key:absence_id>": "none",
            "<key:copy_id>": "none",
            "<key:correction_id>": "none",
            "<key:commitment_no>": "none",
            "<key:doc_type>": "none",
            "<key:filter_id>": "none",
            "<key:element_id>": "none",
            "<key:login>": self.account("surveyor"),
            "<key:message>": "suspension_requested",
            "<key:digest>": TABLE_DIGEST,
            "<key:figure>": "open",
            "<key:process>": "lv_residential",
            "<name:field>": "remark",
            "<name:key>": TABLE,
            "<int:year>": "2027",
            "<int:seq>": "1",
            "<int:number>": "0",
        }
        for name, value in values.items():
            rule = rule.replace(name, value)
        return rule


class Visitor:
    """Somebody with a browser: keeps cookies, sends the CSRF token of the last page."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.page = ""

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        answer = self.client.get(path, **kwargs)
        if answer.mimetype == "text/html":
            self.page = answer.text
        return answer

    def post(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **kwargs)

    def token(self) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page)
        return found[1] if found else ""

    def field(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        return found[1] if found else ""

    def log_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        self.get("/login")
        answer = self.post("/login", {"name": login, "password": password})
        if answer.status_code == 303:
            self.get("/password")
        return answer


class Program:
    """A program with a bearer token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, value: Any = None, key: str | None = None) -> TestResponse:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        if value is None:
            return self.client.post(f"/api/v1{path}", headers=headers)
        return self.client.post(
            f"/api/v1{path}", data=json.dumps(value), content_type="application/json", headers=headers
        )

    def hand_in(self, application: dict[str, Any], key: str = "k1") -> TestResponse:
        return self.post("/orders", application, key)
