"""Drives a process of `processes/` in the kernel alone: no database, operators answered by what the test gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engine.clock import SHANGHAI
from engine.domain import escalation
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import STAGES, TOTAL, ClockState, Limit, limit_of
from engine.domain.timers import timer_functions
from engine.folders import read_shared, read_whole
from engine.kernel import spiff
from engine.kernel.feel.values import to_json
from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Advance, Complete, Deliver, Env, Fire, Reply

ROOT = Path(__file__).parents[1] / "processes"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in (ROOT / "calendars").glob("*.toml"))
SUBMITTED = datetime(2026, 3, 2, 0, 20, tzinfo=UTC)
ORDER_NO = "334060226030200001"
Answers = Mapping[str, Callable[[Mapping[str, Any]], Any]]

FETCHED: dict[str, Any] = {"doc_type": "PROPERTY_CERT", "outcome": "FOUND"}
HAPPY: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "identity.verify": lambda _: {"outcome": "VERIFIED"},
    "consents.give": lambda _: {"consent": "1"},
    "documents.open": lambda _: {"held": ["SUBJECT_CERT"], "to_fetch": ["PROPERTY_CERT"], "rest": []},
    "documents.fetch": lambda _: [FETCHED],
    "documents.judge": lambda _: {"complete": True, "missing": []},
    "orders.same_premise": lambda _: {"n": 0, "total_kw": 0, "order_nos": []},
    "evidence.verify": lambda _: {"outcome": "FOUND", "signed_at": "2026-03-01T10:00:00+08:00"},
    "notify.send": lambda _: {"ok": True},
    "supervision.answer": lambda _: {"answered_late": False},
    "supervision.issue": lambda p: {"number": "D01", "due_on": {"@date": p["deadline"]}, "reason": p["reason"]},
    "supervision.lapse": lambda _: {"overdue": True},
    "supervision.review": lambda p: {"number": "D01", "due_on": {"@date": p["new_deadline"] or "2026-05-01"}},
    "tasks.prioritise": lambda p: {"priority": p["priority"]},
    "tasks.reassign": lambda _: {"n": 0},
    "ami.first_energised": lambda _: {"outcome": "FOUND"},
}
"""What every operator answers when all goes well."""

FACTS: dict[str, Any] = {
    "order_no": ORDER_NO,
    "applied_on": {"@date": "2026-03-02"},
    "channel": "HALL",
    "business_type": "NEW",
    "charging_pile": False,
    "subject_type": "NATURAL_PERSON",
    "has_agent": False,
    "capacity_kw": 16,
    "requested_voltage": "LV",
    "hv_wish": False,
    "power_sources": 1,
    "in_sme_park": False,
    "needs_external_line_works": False,
    "identity_method": "ID_CARD",
    "authorises_data_sharing": True,
}
USAGE = {"LV_RES": "RESIDENTIAL"}
GOOD: dict[str, Any] = {
    "can_supply": True,
    "customer_accepts": True,
    "check_passed": True,
    "policy_notice_version": "2026-01",
    "policy_notice_acknowledged": True,
    "application_changed": False,
    "approved_capacity_kw": 16,
    "supply_voltage": "AC380",
    "customer_charge_yuan": 0,
    "contract_no": "HT2026000001",
    "replied_on": "2026-03-02",
    "installed_on": "2026-03-02",
    "energised_at": "2026-03-02T08:20:00+08:00",
}
"""Good values for the fields on which a flow or a rule depends."""


def process(key: str) -> Process:
    """The process as it would be published, with what it calls."""
    return load(bundle(read_whole(ROOT / key), read_shared(ROOT)))


class Drive:
    """Walks one order through a process. `answers` override the good values of forms, a list is used up one by one;
    `operators` override the happy answers, None leaves a call unanswered."""

    def __init__(
        self,
        key: str,
        category: str,
        *,
        facts: Mapping[str, Any] | None = None,
        answers: Mapping[str, list[Any]] | None = None,
        operators: Mapping[str, Callable[[Mapping[str, Any]], Any] | None] | None = None,
    ) -> None:
        self.process = process(key)
        self.answers = {name: list(values) for name, values in (answers or {}).items()}
        self.rungs_taken: dict[str, datetime] = {}
        self.operators = {**HAPPY, "escalations.take": self._take_rung, **(operators or {})}
        self.passed: list[str] = []
        self.at = SUBMITTED
        self.limits = _limits(category)
        usage = USAGE.get(category, "NON_RESIDENTIAL")
        self.facts = {**FACTS, "category": category, "usage": usage, **(facts or {})}
        self._keep(spiff.start(self.process, self.facts, self.env))

    @property
    def env(self) -> Env:
        known = timer_functions(lambda: CALENDAR, self.limits, {TOTAL: SUBMITTED}, self.at)
        taken = self.rungs_taken
        ladder = escalation.timer_function(self._clock, lambda _: taken, lambda: CALENDAR, lambda: self.today)
        step = lambda asked: {"due": asked["at"], "why": {}}  # noqa: E731
        return Env(self.at, known | {"escalation": ladder, "promise_step": step})

    @property
    def today(self) -> date:
        return self.at.astimezone(SHANGHAI).date()

    def _clock(self, stage: str) -> ClockState:
        return ClockState(self.limits[stage]).start(SUBMITTED.astimezone(SHANGHAI).date())

    def _take_rung(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """As the operator does, by the same rules, without a database."""
        asked = {"category": self.facts["category"], "stage": params["stage"]}
        rows = self.process.model_of(escalation.DECISION).decide(escalation.DECISION, asked).value
        clock = self._clock(params["stage"])
        found = escalation.next_rung(escalation.ladder_of(rows), clock, self.today, CALENDAR, self.rungs_taken)
        if found is None or found.due.due_at > self.at:
            return {"taken": False, "more": found is not None}
        self.rungs_taken[found.rung.code] = self.at
        row = {name: value for name, value in rows[found.rung.number - 1].items() if name != "when"}
        return {"taken": True, "more": not found.is_last, "stage": params["stage"], "detail": None, **to_json(row)}

    def _keep(self, moved: Advance) -> None:
        assert moved.trouble is None, moved.trouble
        self.passed += moved.passed
        self.moved = moved
        self.answer()

    def step(self, step: Complete | Fire | Reply | Deliver) -> None:
        self._keep(spiff.advance(self.process, self.moved.state, step, self.env))

    def answer(self) -> None:
        """Answer every open call for which there is an answer; what follows from them too."""
        for call_id, call in self.standing.calls.items():
            reply = self.operators[call.operator]
            if reply is not None:
                self.step(Reply(call_id, reply(call.params)))
                return

    @property
    def standing(self) -> spiff.Standing:
        return spiff.inspect(self.process, self.moved.state)

    @property
    def tasks(self) -> set[str]:
        return {task.element_id for task in self.standing.tasks.values()}

    def waiting(self, operator: str) -> list[Mapping[str, Any]]:
        """The parameters of the unanswered calls of an operator."""
        return [call.params for call in self.standing.calls.values() if call.operator == operator]

    def fire(self, element: str) -> None:
        """Let the timer of this element be due, at its time."""
        timer = next(t for t in self.standing.timers.values() if t.element_id == element)
        assert timer.due_at is not None
        self.at = max(self.at, timer.due_at)
        self.step(Fire(timer.timer_id))

    def deliver(self, message: str, payload: Mapping[str, Any], element: str = "") -> None:
        """Register a message that the order waits for."""
        self.step(Deliver(message, payload, element, occurred_at=self.at))

    def do(self, element: str, **values: Any) -> None:
        """Complete the open task of this element with these values (or the good ones)."""
        task = next(t for t in self.standing.tasks.values() if t.element_id == element)
        self.step(Complete(task.task_id, values or self.values(task.form_key), occurred_at=self.at))

    def finish(self, most: int = 60) -> list[str]:
        """Complete task after task; returns the tasks in the order they were done."""
        done = []
        while self.tasks and len(done) < most:
            element = min(self.tasks)
            self.do(element)
            done.append(element)
        assert self.standing.completed
        return done

    def values(self, form: str) -> dict[str, Any]:
        """Good values for a form, or the test's own."""
        fields = self.process.forms[form]["schema"]["properties"]
        chosen = {name: values.pop(0) for name, values in self.answers.items() if name in fields and values}
        good = {name: value for name, value in GOOD.items() if name in fields}
        works = {name: self.facts[name] for name in ("needs_external_line_works",) if name in fields}
        changed = {name for name in ("capacity_kw", "requested_voltage") if name in fields} & chosen.keys()
        return {name: value for name, value in (good | works | chosen).items() if name in chosen or name not in changed}


def _limits(category: str) -> dict[str, Limit]:
    """Every limit that the table gives an order of this category submitted on 2026-03-02."""
    model = process("lv_residential").model_of("time_limits")
    asked = {"category": category, "applied_on": date(2026, 3, 2)}
    found = {
        stage: limit_of(category, stage, model.decide("time_limits", {**asked, "stage": stage}).value)
        for stage in (TOTAL, *STAGES)
    }
    return {stage: limit for stage, limit in found.items() if limit is not None}
