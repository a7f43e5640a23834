"""Drives invented orders through a process, by the real commands on a database of its own and a virtual clock."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.commands.accept_application import AcceptApplication
from engine.errors import EngineError, NotFound, RuleBroken
from engine.policy import SYSTEM
from engine.queries import standing
from engine.queries.standing import Waits
from engine.rehearsal.acts import Acts, Later
from engine.rehearsal.applications import application_for
from engine.rehearsal.coverage import Coverage, Traces, coverage_of
from engine.rehearsal.mood import Mood, mood_of
from engine.settings import Settings

BEGIN = datetime.fromisoformat("2024-03-04T09:00:00+08:00")
"""So that a plan's validity, its extension and every ladder after it end within the working-day calendar."""
N_MAX_ACTS = 1_500
"""An order that needs more acts than this goes round in circles: it is reported as stuck."""
A_DAY = timedelta(days=1)
EVERY_NEIGHBOUR = 5
SHARE_OF_RETURNING = 0.15
BEFORE_HE_WISHED_MORE = {"capacity_kw": 100, "requested_voltage": "LV", "hv_wish_evidence": None}
"""With this a customer of ours comes as another's, and becomes ours when he changes his mind."""
OF_CUSTOMER = ("applicant", "agent", "address", "unit_code", "hall_code", "usage", "sme_park_code", "identity_check")
SHARE_OF_PRESSED = 0.1
SHARE_OF_REMINDED = 0.15
SHARE_OF_UNDECIDED = 0.7


@dataclass(slots=True)
class Report:
    """What became of the orders, and which elements and branches of the diagrams were passed."""

    process_key: str
    seed: int
    orders: int = 0
    completed: int = 0
    terminated: int = 0
    stuck: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    timers_fired: int = 0
    refused: int = 0
    """Messages that a rule refused, whatever they said."""
    acts: dict[str, int] = field(default_factory=dict)
    elements: dict[str, int] = field(default_factory=dict)
    not_passed: list[str] = field(default_factory=list)
    coverage: dict[str, Coverage] = field(default_factory=dict)
    """By diagram: the process itself and, where it calls any, the called ones."""


def rehearse(
    process_key: str, *, n_orders: int, seed: int, settings: Settings, progress: Callable[[int], None] = lambda n: None
) -> Report:
    """Bring `n_orders` orders of the process to their end with random but valid answers, timers and messages included.

    Of a process that only others call, orders of the processes that call it are driven.

    Raises:
        NotFound: no process of that key is deployed from the processes folder.
    """
    with TemporaryDirectory(prefix="rehearsal-") as place:
        own = settings.model_copy(
            update={"database_url": f"sqlite:///{place}/r.db", "var_dir": Path(place), "keys_file": None}
        )
        clock = ManualClock(BEGIN)
        engine = build(own, clock)
        try:
            engine.init()
            return _Rehearsal(engine, clock, process_key, seed).run(n_orders, progress)
        finally:
            engine.close()


class _Rehearsal:
    """One run. Acts are drawn in the order of virtual time; due timers come before a person's act of that instant."""

    def __init__(self, engine: Engine, clock: ManualClock, process_key: str, seed: int) -> None:
        self.engine, self.clock, self.rng = engine, clock, Random(seed)
        self.report = Report(process_key, seed)
        self.acts = Acts(engine, clock, self.rng)
        self.agenda: list[tuple[datetime, bool, int, int, str, str]] = []
        self.numbers = count()
        self.moods: dict[int, Mood] = {}
        self.customers: dict[str, list[dict[str, Any]]] = {}
        self.drivers, self.neighbours = self._drivers(process_key)

    def run(self, n_orders: int, progress: Callable[[int], None]) -> Report:
        for number in range(n_orders):
            order_id = self._accept(number)
            self._plan(order_id)
            progress(number + 1)
        self._work_until(None)
        while sum(self._nudge(order_id) for order_id in self.moods):
            self._work_until(None)
        self._conclude()
        return self.report

    def _drivers(self, process_key: str) -> tuple[list[str], list[str]]:
        """The processes whose orders are driven, the one asked for or those that call it; and all the others."""
        versions = {process.key: process for process in self.engine.processes.values()}
        if process_key not in versions:
            raise NotFound(f"流程 {process_key} 未部署")
        own = {key for key, process in versions.items() if process.manifest.get("category")}
        if not versions[process_key].manifest.get("called"):
            return [process_key], sorted(own - {process_key})
        callers = {key for key in own if process_key in versions[key].called}
        return sorted(callers), sorted(own - callers)

    def _accept(self, number: int) -> int:
        at = self.clock.now() + timedelta(minutes=self.rng.randint(1, 20))
        self._work_until(at)
        self.clock.move_to(at)
        wanted = self._wanted(number)
        with self.engine.read() as view:
            raw = application_for(view, wanted, self.rng, self.clock.now())
            undecided = wanted not in self.drivers and self.rng.random() < SHARE_OF_UNDECIDED
            if undecided:
                raw = application_for(view, self.drivers[0], self.rng, self.clock.now()) | BEFORE_HE_WISHED_MORE
        raw = self._again(wanted, raw)
        accepted = self.engine.run(AcceptApplication(application=raw, key=self.acts.key()), SYSTEM)
        self.report.orders += 1
        focus = self.report.process_key if self.report.process_key != wanted else ""
        mood = mood_of(number, focus)
        self.moods[accepted.order_id] = replace(mood, yes=0.5) if undecided else mood
        return int(accepted.order_id)

    def _wanted(self, number: int) -> str:
        """Whose order is the next: now and then another process's, which may go on in this one."""
        if number % EVERY_NEIGHBOUR == EVERY_NEIGHBOUR - 1 and self.neighbours:
            return self.neighbours[number // EVERY_NEIGHBOUR % len(self.neighbours)]
        return self.drivers[number % len(self.drivers)]

    def _again(self, wanted: str, raw: dict[str, Any]) -> dict[str, Any]:
        """Now and then it is a customer of before who asks once more for the same premise."""
        before = self.customers.setdefault(wanted, [])
        if before and self.rng.random() < SHARE_OF_RETURNING:
            raw = {**raw, **self.rng.choice(before)}
        before.append({name: raw[name] for name in OF_CUSTOMER})
        return raw

    def _plan(self, order_id: int, known: frozenset[str] = frozenset()) -> None:
        """Put on the agenda what the order waits for and did not before."""
        waits, now, mood = self._waits(order_id), self.clock.now(), self.moods[order_id]
        for task_id in _new(waits.tasks, known):
            self._put(now + mood.delay(self.rng), order_id, "task", task_id)
        for timer_id in _new(waits.timers, known):
            self._put(waits.timers[timer_id], order_id, "timer", timer_id)
        for call_id in _new(waits.calls, known):
            self._put(now + mood.wait(self.rng), order_id, "call", call_id)
        for element_id in _new(waits.messages, known):
            message = waits.messages[element_id]
            if self.rng.random() < mood.comes(message.message, at_boundary=element_id in waits.asides):
                self._put(now + mood.delay(self.rng, of_customer=True), order_id, "message", element_id)

    def _put(self, at: datetime, order_id: int, kind: str, what: str) -> None:
        # A timer goes before a person's act of the same instant; else the one that was put first.
        heapq.heappush(self.agenda, (at, kind != "timer", next(self.numbers), order_id, kind, what))

    def _work_until(self, instant: datetime | None) -> None:
        while self.agenda and (instant is None or self.agenda[0][0] <= instant):
            at, _, _, order_id, kind, what = heapq.heappop(self.agenda)
            self.clock.move_to(max(at, self.clock.now()))
            self._act(order_id, kind, what)

    def _act(self, order_id: int, kind: str, what: str) -> None:
        before, mood = self._waits(order_id), self.moods[order_id]
        if what not in before.anything or mood.n_acts >= N_MAX_ACTS:
            return
        mood.n_acts += 1
        self.report.acts[kind] = self.report.acts.get(kind, 0) + 1
        try:
            self.acts.do(before, order_id, kind, what, mood)
        except Later:
            self._put(self.clock.now() + A_DAY, order_id, kind, what)
            self._press(before, order_id)
        except RuleBroken as error:
            if kind == "message":
                self.report.refused += 1  # whoever asks for what may not be is told so, and the order goes on waiting
            else:
                self._fault(order_id, what, error)
        except EngineError as error:
            self._fault(order_id, what, error)
        else:
            self.report.timers_fired += kind == "timer"
            self._plan(order_id, before.anything)
            if kind == "timer":
                self._remind(order_id)

    def _press(self, waits: Waits, order_id: int) -> None:
        """Whoever cannot go on asks for what is missing, and now and then gets it."""
        for element_id in sorted(waits.messages.keys() - waits.asides):
            if self.rng.random() < SHARE_OF_PRESSED * self.moods[order_id].answers:
                self._put(self.clock.now() + A_DAY, order_id, "message", element_id)

    def _remind(self, order_id: int) -> None:
        """Whom a timer reminded now and then does at last what he is waited for."""
        waits, mood = self._waits(order_id), self.moods[order_id]
        for element_id in sorted(waits.messages.keys() - waits.asides):
            if self.rng.random() < SHARE_OF_REMINDED * mood.answers:
                self._put(self.clock.now() + mood.delay(self.rng), order_id, "message", element_id)

    def _nudge(self, order_id: int) -> bool:
        """Let one of the messages come that an order waits for and nobody meant to send; True if one did."""
        waits = self._waits(order_id)
        awaited = waits.messages.keys() - waits.asides
        if waits.is_over or not awaited or waits.tasks or waits.calls or self.moods[order_id].n_acts >= N_MAX_ACTS:
            return False
        self._put(self.clock.now(), order_id, "message", self.rng.choice(sorted(awaited)))
        return True

    def _waits(self, order_id: int) -> Waits:
        with self.engine.read() as view:
            return standing.waits(view, order_id)

    def _fault(self, order_id: int, what: str, error: EngineError) -> None:
        faults = [f"{fault.field}: {fault.reason}" for fault in error.faults]
        told = {"order_id": order_id, "at": what, "code": error.code, "reason": str(error), "faults": faults}
        self.report.errors.append(told)

    def _conclude(self) -> None:
        traces = Traces()
        for order_id in self.moods:
            waits = self._waits(order_id)
            with self.engine.read() as view:
                traces.add(standing.bodies(view, order_id))
            if waits.is_over and waits.same:
                self.report.completed += 1
                self.report.terminated += waits.status == "TERMINATED"
            else:
                self.report.stuck.append({"order_id": order_id, "at": list(waits.current), "rows_agree": waits.same})
        self._tell_coverage(traces)

    def _tell_coverage(self, traces: Traces) -> None:
        versions = {process.key: process for process in self.engine.processes.values()}
        found: dict[str, Coverage] = {}
        for key in self.drivers:
            for folder, coverage in coverage_of(versions[key].index, key, traces).items():
                found[folder] = _together(found[folder], coverage) if folder in found else coverage
        self.report.coverage = found
        main = found[self.report.process_key]
        self.report.not_passed = list(main.not_passed)
        counted: Counter[str] = sum((traces.passed[key] for key in self.drivers), Counter())
        self.report.elements = dict(sorted(counted.items()))


def _new(waiting: Iterable[str], known: frozenset[str]) -> list[str]:
    """In the order in which they stand in the instance, so that a seed says the same each time (ids do not)."""
    return [what for what in waiting if what not in known]


def _together(one: Coverage, other: Coverage) -> Coverage:
    """Of the same called diagram, as reached from two processes."""
    missed = tuple(sorted(set(one.not_taken) & set(other.not_taken)))
    elements = tuple(sorted(set(one.not_passed) & set(other.not_passed)))
    return Coverage(one.n_branches - len(missed), one.n_branches, missed, elements)
