"""Walks an order to its end through the pages, as the people whose turn it is would: a browser for each role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from engine.clock import SHANGHAI
from engine.commands.accept_application import Accepted
from engine.commands.create_account import CreateAccount
from engine.kernel.resolving import is_dynamic, resolved
from engine.policy import SYSTEM
from engine.queries.standing import Waits, variables_at, waits
from engine.rehearsal.answers import SIGNATURE, answer
from engine.store import tasks
from engine.store.tasks import TaskRow
from tests.acceptance.test_outage_day import House
from tests.screens import draw, fits, log_in, picture
from tests.site import PASSWORD

N_TRIES = 12
"""A rule across fields may refuse a random answer; then somebody says something else."""
LANGUAGES = {"zh": ("zh-CN", "简体中文", "办结任务", "领取"), "en": ("en-GB", "English", "Complete", "Claim")}


@dataclass
class Walk:
    """One order, its staff, and what consoles and network said on the way. `likes` are answers wanted, by field."""

    house: House
    order: Accepted
    address: str
    chromium: Browser
    size: str
    viewport: Mapping[str, int]
    language: str = "zh"
    likes: Mapping[str, Any] = field(default_factory=dict)
    rng: Random = field(default_factory=lambda: Random(7))
    said: list[str] = field(default_factory=list)
    roles: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    """Pages that did not fit their screen."""
    _contexts: dict[str, BrowserContext] = field(default_factory=dict)

    @property
    def waits(self) -> Waits:
        with self.house.engine.read() as view:
            return waits(view, self.order.order_id)

    def page(self, role: str) -> Page:
        """The browser of whoever has this role; he logs in when he is first needed."""
        if role not in self._contexts:
            self._contexts[role] = self._logged_in(role)
        return self._contexts[role].pages[0]

    def to_the_end(self, customer: Any, n_most: int = 80) -> None:
        """Task by task, with a picture of each form; `customer(walk, number)` acts where it is nobody's turn here."""
        for number in range(n_most):
            self.house.settle(self.order)
            if self.waits.is_over:
                return
            if open_tasks := self._open():
                self.complete(open_tasks[0], f"{number:02d}")
            else:
                customer(self, f"{number:02d}")
        raise AssertionError(f"{self.order.order_no} waits for {self.waits}")

    def complete(self, task: TaskRow, number: str = "") -> None:
        """Claim it and complete it, with whatever its form asks for."""
        page = self.page(task.role)
        page.goto(f"{self.address}/tasks/{task.id}")
        claim = page.locator(f"form[action$='/tasks/{task.id}/claim'] button")
        if claim.count():
            claim.first.click()
            page.wait_for_load_state()
        self._hand_in(page, self.waits.tasks[task.id], task.id, f"{number}-{task.element_id}")
        self.roles.append(task.role)

    def register(self, role: str, element_id: str, number: str = "") -> None:
        """What the customer did outside the house, written down by somebody of it."""
        page, form_key = self.page(role), self.waits.messages[element_id].form_key
        page.goto(f"{self.address}/orders/{self.order.order_no}/messages/{element_id}")
        self._hand_in(page, form_key, element_id, f"{number}-{element_id}")

    def _hand_in(self, page: Page, form_key: str, place: str, name: str) -> None:
        empty = page.url
        for _ in range(N_TRIES):
            page.goto(empty)
            self.fill(page, self._answers(form_key, place))
            self.pictured(page, name)
            self.wide += [] if fits(page) else [page.url]
            page.locator("form.card[method=post] .card-footer .btn-primary").click()
            page.wait_for_load_state()
            if place not in self.waits.anything:
                return
        raise AssertionError((place, page.locator(".alert, .invalid-feedback").all_inner_texts()))

    def pictured(self, page: Page, name: str) -> None:
        picture(page, f"{self.size}-{self.language}", f"walk-{self.order.process_key}-{name}")

    def fill(self, page: Page, values: Mapping[str, Any], prefix: str = "") -> None:
        """Put these values where the page has inputs for them."""
        for name, value in values.items():
            where = f"{prefix}{name}"
            if isinstance(value, Mapping):
                self.fill(page, value, f"{where}.")
            elif isinstance(value, list) and value and isinstance(value[0], Mapping):
                for number, row in enumerate(value):
                    self.fill(page, row, f"{where}[{number}].")
            elif value == SIGNATURE:
                draw(page)
            else:
                _put(page, where, value)

    def close(self) -> None:
        for context in self._contexts.values():
            context.close()

    def _open(self) -> list[TaskRow]:
        with self.house.engine.read() as view:
            return tasks.open_of(view.connection, self.order.order_id)

    def _answers(self, form_key: str, place: str) -> dict[str, Any]:
        now = self.house.clock.now()
        with self.house.engine.read() as view:
            row = view.world.version(view.connection, self.waits.version_id or 0)
            form = row.process.forms.get(form_key)
            if form is None:
                return {}
            if is_dynamic(form):
                form = resolved(form, variables_at(view, self.order.order_id, place))
        properties = form["schema"]["properties"]
        liked = {name: {**properties[name], "const": value} for name, value in self.likes.items() if name in properties}
        return answer({"schema": {**form["schema"], "properties": properties | liked}}, self.rng, now, yes=1.0)

    def _logged_in(self, role: str) -> BrowserContext:
        login = role.lower().replace("_", "-")
        with self.house.engine.read() as view:
            unit = tasks.of_order(view.connection, self.order.order_id)[0].unit_code
        self.house.engine.run(CreateAccount(login, f"演示{login}", PASSWORD, (role,), unit, f"walk:{login}"), SYSTEM)
        locale, switch, *_ = LANGUAGES[self.language]
        context = self.chromium.new_context(
            viewport=dict(self.viewport),
            locale=locale,
            timezone_id="Asia/Shanghai",  # type: ignore[arg-type]
        )
        page = context.new_page()
        page.on("console", lambda m: self.said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda r: None if r.url.startswith((self.address, "data:")) else self.said.append(r.url))
        page.goto(f"{self.address}/login")
        if self.language == "en":
            page.get_by_role("button", name=switch).click()
        log_in(page, login)
        return context


def _put(page: Page, name: str, value: Any) -> None:
    found = page.locator(f'[name="{name}"]:visible, [name="{name}"][type=hidden]')
    if not found.count():
        return
    kind = found.first.evaluate("each => each.type")
    if kind in ("radio", "checkbox"):
        for each in value if isinstance(value, list) else [value]:
            page.locator(f'[name="{name}"][value="{_text(each)}"]').check()
    elif kind == "select-one":
        found.first.select_option(_text(value))
    elif kind == "datetime-local":
        found.first.fill(datetime.fromisoformat(value).astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M"))
    elif kind != "hidden":
        found.first.fill(_text(value))


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
