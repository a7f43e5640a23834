"""Drives invented orders through a process, by the real commands on a database of its own and a virtual clock."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from engine.app import Engine, build
from engine.clock import ManualClock
from engine.commands.accept_application import AcceptApplication
from engine.commands.complete_task import CompleteTask
from engine.commands.fire_timer import FireTimer
from engine.commands.record_reply import RecordReply
from engine.errors import EngineError, InvalidForm, NotFound
from engine.policy import SYSTEM
from engine.queries import standing
from engine.queries.standing import Waits
from engine.rehearsal.answers import answer
from engine.rehearsal.applications import application
from engine.settings import Settings

BEGIN = datetime.fromisoformat("2026-03-02T09:00:00+08:00")
N_TRIES_FOR_A_CATEGORY = 2_000
N_TRIES_FOR_A_FORM = 20
USUAL_MINUTES, SLOWEST_MINUTES = 2_000, 60_000
SHARE_OF_SLOW = 0.08
N_MAX_ACTS = 400
"""An order that needs more acts than this goes round in circles: it is reported as stuck."""


@dataclass(slots=True)
class Report:
    """What became of the orders, and which elements of the diagram were passed how often."""

    process_key: str
    seed: int
    orders: int = 0
    completed: int = 0
    stuck: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    timers_fired: int = 0
    elements: dict[str, int] = field(default_factory=dict)
    not_passed: list[str] = field(default_factory=list)


def rehearse(
    process_key: str, *, n_orders: int, seed: int, settings: Settings, progress: Callable[[int], None] = lambda n: None
) -> Report:
    """Complete `n_orders` orders of the process with random but valid answers, timers included.

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
        self.agenda: list[tuple[datetime, bool, int, str, str]] = []
        self.n_acts: Counter[int] = Counter()

    def run(self, n_orders: int, progress: Callable[[int], None]) -> Report:
        orders = []
        for number in range(n_orders):
            orders.append(self._accept())
            progress(number + 1)
        for order_id in orders:
            self._plan(order_id)
        while self.agenda:
            at, _, order_id, kind, what = heapq.heappop(self.agenda)
            self.clock.move_to(max(at, self.clock.now()))
            self._act(order_id, kind, what)
        self._conclude(orders)
        return self.report

    def _accept(self) -> int:
        """Draw applications until the classification sends one to this process."""
        for _ in range(N_TRIES_FOR_A_CATEGORY):
            with self.engine.read() as view:
                raw = application(view.world.organisation(view.connection), self.rng, self.clock.now())
            accepted = self.engine.run(AcceptApplication(application=raw, key=self._key()), SYSTEM)
            self.clock.advance(minutes=self.rng.randint(1, 20))
            if accepted.process_key == self.report.process_key:
                if accepted.state != "RUNNING":
                    raise NotFound(f"流程 {self.report.process_key} 未部署")
                self.report.orders += 1
                return int(accepted.order_id)
        raise NotFound(f"没有任何申请归入流程 {self.report.process_key}")

    def _plan(self, order_id: int, known: frozenset[str] = frozenset()) -> None:
        """Put on the agenda what the order waits for and did not before."""
        waits, now = self._waits(order_id), self.clock.now()
        for task_id in waits.tasks.keys() - known:
            self._put(now + self._delay(), order_id, "task", task_id)
        for timer_id in waits.timers.keys() - known:
            self._put(waits.timers[timer_id], order_id, "timer", timer_id)
        for call_id in waits.calls.keys() - known:
            self._put(now + timedelta(seconds=5), order_id, "call", call_id)

    def _delay(self) -> timedelta:
        """How long a person takes: mostly hours, now and then so long that reminders and deadlines pass."""
        slow = self.rng.random() < SHARE_OF_SLOW
        return timedelta(minutes=self.rng.randint(10, SLOWEST_MINUTES if slow else USUAL_MINUTES))

    def _put(self, at: datetime, order_id: int, kind: str, what: str) -> None:
        # A timer goes before a person's act of the same instant.
        heapq.heappush(self.agenda, (at, kind != "timer", order_id, kind, what))

    def _act(self, order_id: int, kind: str, what: str) -> None:
        before = self._waits(order_id)
        if what not in before.anything or self.n_acts[order_id] >= N_MAX_ACTS:
            return
        self.n_acts[order_id] += 1
        try:
            self._do(before, kind, what)
        except EngineError as error:
            self._fault(order_id, what, error)
        else:
            self._plan(order_id, before.anything)

    def _do(self, waits: Waits, kind: str, what: str) -> None:
        if kind == "timer":
            self.engine.run(FireTimer(timer_id=what, key=self._key()), SYSTEM)
            self.report.timers_fired += 1
        elif kind == "call":
            self.engine.run(RecordReply(call_id=what, result={"ok": True}, key=self._key()), SYSTEM)
        else:
            form = self._form(waits, waits.tasks[what])
            command = CompleteTask(task_id=what, form=form, occurred_at=None, key=self._key())
            self.engine.run(command, SYSTEM)

    def _form(self, waits: Waits, form_key: str) -> dict[str, Any]:
        """A random answer that the form takes; drawn again when rules across fields refuse it."""
        with self.engine.read() as view:
            version = view.world.version(view.connection, waits.version_id or 0)
        if (check := version.form(form_key)) is None:
            return {}
        for _ in range(N_TRIES_FOR_A_FORM):
            values = answer(version.process.forms[form_key], self.rng, self.clock.now())
            try:
                check.check(values)
            except InvalidForm:
                continue
            break
        return values  # if none fits, the command says what is wrong with the last one

    def _waits(self, order_id: int) -> Waits:
        with self.engine.read() as view:
            return standing.waits(view, order_id)

    def _fault(self, order_id: int, what: str, error: EngineError) -> None:
        faults = [f"{fault.field}: {fault.reason}" for fault in error.faults]
        told = {"order_id": order_id, "at": what, "code": error.code, "reason": str(error), "faults": faults}
        self.report.errors.append(told)

    def _conclude(self, orders: list[int]) -> None:
        passed: Counter[str] = Counter()
        process = None
        for order_id in orders:
            waits = self._waits(order_id)
            with self.engine.read() as view:
                process = view.world.version(view.connection, waits.version_id or 0).process
                passed.update(standing.passed(view, order_id))
            if waits.status == "COMPLETED" and waits.same:
                self.report.completed += 1
            else:
                self.report.stuck.append({"order_id": order_id, "at": list(waits.current), "rows_agree": waits.same})
        self.report.elements = dict(sorted(passed.items()))
        self.report.not_passed = sorted((process.index.elements.keys() if process else set()) - passed.keys())

    def _key(self) -> str:
        return f"rehearsal:{self.rng.getrandbits(96):024x}"
