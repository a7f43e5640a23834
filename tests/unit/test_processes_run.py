from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import TOTAL, Limit, limit_of
from engine.domain.timers import timer_functions
from engine.kernel import spiff
from engine.kernel.loader import TIMER_FUNCTIONS, Process, bundle, load
from engine.kernel.model import Advance, Complete, Env, Fire, Reply

ROOT = Path(__file__).parents[2] / "processes"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in (ROOT / "calendars").glob("*.toml"))
SUBMITTED = datetime(2026, 3, 2, 0, 20, tzinfo=UTC)
CATEGORY = {"lv_residential": "LV_RES", "lv_nonresidential": "LV_NONRES"}
GOOD: dict[str, Any] = {"can_supply": True, "customer_accepts": True, "check_passed": True}


def process(key: str) -> Process:
    folder = ROOT / key
    files = {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.suffix != ".md" and p.is_file()
    }
    return load(bundle(files, {p.name: p.read_bytes() for p in (ROOT / "shared").glob("*.dmn")}))


class Drive:
    """Walks one order through a process; `answers` override the good ones, a list is used up one by one."""

    def __init__(self, key: str, *, works: bool, answers: Mapping[str, list[Any]] | None = None) -> None:
        self.process = process(key)
        self.answers = {name: list(values) for name, values in (answers or {}).items()}
        self.passed: list[str] = []
        asked = {"category": CATEGORY[key], "stage": TOTAL, "applied_on": SUBMITTED.date()}
        total = limit_of(CATEGORY[key], TOTAL, self.process.model_of("time_limits").decide("time_limits", asked).value)
        assert total is not None
        limits: dict[str, Limit] = {TOTAL: total}
        self.env = Env(SUBMITTED, timer_functions(CALENDAR, limits, {TOTAL: SUBMITTED}, SUBMITTED))
        variables = {
            "order_no": "334060226030200001",
            "category": CATEGORY[key],
            "applied_on": {"@date": "2026-03-02"},
            "needs_external_line_works": works,
        }
        self.works = works
        self.moved = self._keep(spiff.start(self.process, variables, self.env))

    def _keep(self, moved: Advance) -> Advance:
        assert moved.trouble is None
        self.passed += moved.passed
        self.moved = moved
        return moved

    def step(self, step: Complete | Fire | Reply) -> None:
        self._keep(spiff.advance(self.process, self.moved.state, step, self.env))

    @property
    def standing(self) -> spiff.Standing:
        return spiff.inspect(self.process, self.moved.state)

    def answer_calls(self) -> None:
        for call_id in list(self.standing.calls):
            self.step(Reply(call_id, {}))

    def timer(self, element: str) -> str:
        return next(t.timer_id for t in self.standing.timers.values() if t.element_id == element)

    def finish(self) -> list[str]:
        """Complete task after task; returns the tasks in the order they were done."""
        done = []
        for _ in range(60):
            self.answer_calls()
            if not self.standing.tasks:
                break
            task = min(self.standing.tasks.values(), key=lambda t: t.element_id)
            self.step(Complete(task.task_id, self.values(task.form_key)))
            done.append(task.element_id)
        assert self.standing.completed
        return done

    def values(self, form: str) -> dict[str, Any]:
        fields = self.process.forms[form]["schema"]["properties"]
        chosen = {name: values[0] for name, values in self.answers.items() if name in fields and values}
        for name in chosen:
            self.answers[name].pop(0)
        good = {name: value for name, value in GOOD.items() if name in fields}
        works = {"needs_external_line_works": self.works} if "needs_external_line_works" in fields else {}
        return good | works | chosen


def test_the_loader_knows_our_timer_functions() -> None:
    assert set(timer_functions(CALENDAR, {}, {}, SUBMITTED)) == TIMER_FUNCTIONS


@pytest.mark.parametrize(
    ("key", "works", "done"),
    [
        ("lv_residential", False, ["accept", "install_meter", "energise", "archive"]),
        ("lv_residential", True, ["accept", "survey", "works", "install_meter", "energise", "archive"]),
        (
            "lv_nonresidential",
            False,
            ["accept", "survey", "reply_plan", "sign_contract", "install_meter", "energise", "archive"],
        ),
        (
            "lv_nonresidential",
            True,
            ["accept", "survey", "reply_plan", "sign_contract", "works", "install_meter", "energise", "archive"],
        ),
    ],
)
def test_the_straight_way(key: str, works: bool, done: list[str]) -> None:
    assert Drive(key, works=works).finish() == done


@pytest.mark.parametrize("key", list(CATEGORY))
def test_a_place_without_capacity_is_surveyed_again(key: str) -> None:
    done = Drive(key, works=True, answers={"can_supply": [False, False, True]}).finish()
    assert (done.count("survey"), done.count("provide_capacity")) == (3, 2)


@pytest.mark.parametrize("key", list(CATEGORY))
def test_a_bad_meter_is_installed_again(key: str) -> None:
    done = Drive(key, works=False, answers={"check_passed": [False, True]}).finish()
    assert done.count("install_meter") == 2
    assert done.count("energise") == 1


def test_a_plan_the_customer_rejects_is_replied_again() -> None:
    done = Drive("lv_nonresidential", works=False, answers={"customer_accepts": [False, True]}).finish()
    assert done.count("reply_plan") == 2


def test_contract_and_works_go_on_together_and_the_meter_waits_for_both() -> None:
    order = Drive("lv_nonresidential", works=True)
    for element in ("accept", "survey", "reply_plan"):
        task = next(t for t in order.standing.tasks.values() if t.element_id == element)
        order.step(Complete(task.task_id, order.values(task.form_key)))
    assert {t.element_id for t in order.standing.tasks.values()} == {"sign_contract", "works"}
    works = next(t for t in order.standing.tasks.values() if t.element_id == "works")
    order.step(Complete(works.task_id, {}))
    assert {t.element_id for t in order.standing.tasks.values()} == {"sign_contract"}


@pytest.mark.parametrize(("key", "warned", "due"), [("lv_residential", 6, 10), ("lv_nonresidential", 17, 24)])
def test_the_total_limit_is_armed_warns_and_disturbs_nobody(key: str, warned: int, due: int) -> None:
    order = Drive(key, works=True)
    timers = {t.element_id: t for t in order.standing.timers.values()}
    assert timers["total_warning"].due_at == datetime(2026, 3, warned, 1, tzinfo=UTC)
    assert timers["total_overdue"].due_at == datetime(2026, 3, due - 1, 16, tzinfo=UTC)
    assert "日历 2026 v1" in timers["total_overdue"].why["text"]
    for element in ("total_warning", "total_overdue"):
        order.step(Fire(order.timer(element)))
    sent = [call.params for call in order.standing.calls.values()]
    assert {"template": "total_limit_overdue", "to": "COUNTY_MANAGER", "order_no": "334060226030200001"} in sent
    assert [t.element_id for t in order.standing.tasks.values()] == ["accept"]
    assert order.finish()[-1] == "archive"


@pytest.mark.parametrize("key", list(CATEGORY))
def test_the_total_clock_is_off_once_energised(key: str) -> None:
    order = Drive(key, works=False)
    while "archive" not in {t.element_id for t in order.standing.tasks.values()}:
        task = next(iter(order.standing.tasks.values()))
        order.step(Complete(task.task_id, order.values(task.form_key)))
    assert not order.standing.timers


def test_an_outage_of_messages_holds_up_nobody() -> None:
    order = Drive("lv_residential", works=False)
    done = []
    while tasks := order.standing.tasks:
        task = next(iter(tasks.values()))
        order.step(Complete(task.task_id, order.values(task.form_key)))
        done.append(task.element_id)
    assert done == ["accept", "install_meter", "energise", "archive"]
    assert {call.params["template"] for call in order.standing.calls.values()} == {"order_accepted", "order_connected"}
    order.answer_calls()
    assert order.standing.completed


@pytest.mark.parametrize("key", list(CATEGORY))
def test_an_idle_step_reminds_its_handler(key: str) -> None:
    order = Drive(key, works=True)
    task = next(iter(order.standing.tasks.values()))
    order.step(Complete(task.task_id, order.values(task.form_key)))
    order.step(Fire(order.timer("survey_idle")))
    assert {"step_reminder"} <= {call.params["template"] for call in order.standing.calls.values()}
    assert json.loads(json.dumps(order.standing.variables))["limits"]["workdays"] in {5, 15}
    assert order.finish()[-1] == "archive"
