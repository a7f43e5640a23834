from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from engine.app import build
from engine.clock import SHANGHAI, ManualClock
from engine.commands.accept_application import Accepted
from engine.commands.deliver_message import DeliverMessage
from engine.errors import CommitmentMoved, GateClosed, InvalidForm, NotReady
from engine.policy import PROVINCE, ROLES, SYSTEM, Actor
from engine.queries import orders
from engine.settings import Settings
from tests.acceptance.test_outage_day import STAFF, SURVEYED, House, accept
from tests.driving import CALENDAR
from tests.integration.test_runner_recount import notice, recount
from tests.orders import complete, tasks_of
from tests.papers import papers
from tests.platforms import running

OTHER = Actor("other", "另一人", roles=frozenset(ROLES), unit_code=PROVINCE)
NOTE = {"extension_note": "同意"}
TOLD = {
    "CommitmentReminded",
    "CommitmentOverdue",
    "CommitmentOnsiteOffered",
    "CommitmentSuspends",
    "CommitmentBreached",
}


@dataclass
class Promised:
    """A household whose certificate was promised while the sharing platform was down, and still is."""

    house: House
    order: Accepted

    @property
    def due_on(self) -> date:
        (due_on,) = {item.due_on for item in papers(self.house.engine, self.order.order_id).items}
        return due_on

    def until(self, end: datetime) -> None:
        """Timer by timer, each at its very instant; the scheduler's tick does what is due."""
        while (due := self._soonest()) is not None and due <= end:
            if due > self.house.clock.now():
                self.house.clock.move_to(due)
            self.house.settle(self.order)
        self.house.clock.move_to(max(end, self.house.clock.now()))

    def _soonest(self) -> datetime | None:
        with self.house.engine.read() as view:
            rows = orders.order(view, SYSTEM, self.order.order_no).timers
        return min((row["due_at"] for row in rows if row["state"] == "PENDING"), default=None)

    @property
    def told(self) -> list[tuple[str, datetime]]:
        """What the ladder did, and when in Shanghai, to the second."""
        with self.house.engine.read() as view:
            entries = orders.timeline(view, SYSTEM, self.order.order_no)
        return [(e.kind, e.occurred_at.astimezone(SHANGHAI)) for e in entries if e.kind in TOLD]

    @property
    def tasks(self) -> set[str]:
        return set(tasks_of(self.house.engine, self.order.order_id))

    def retries(self) -> list[datetime]:
        queries = papers(self.house.engine, self.order.order_id).queries
        return [q.asked_at.astimezone(SHANGHAI) for q in queries if q.purpose == "COMMITMENT_RETRY"]

    def register(self, message: str, **form: Any) -> None:
        command = DeliverMessage(self.order.order_no, message, form, None, uuid4().hex)
        self.house.engine.run(command, STAFF)
        self.house.settle(self.order)

    def do(self, element: str, **form: Any) -> None:
        self.house.do(self.order, element, **form)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def promised(settings: Settings, clock: ManualClock) -> Iterator[Promised]:
    with running() as sandbox:
        engine = build(settings.model_copy(update={"sandbox_url": sandbox.url, "n_platform_tries": 1}), clock)
        house = House(engine, clock, sandbox)
        sandbox.mood("sharing", down=True)
        order = house.apply("lv_residential", Random(11))
        accept(house, order)
        yield Promised(house, order)
        engine.close()


def at(day: date, hour: int = 24) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI) + timedelta(hours=hour)


def back(day: date, n: int) -> date:
    return CALENDAR.subtract_workdays(day, n)


def begin_meter(promised: Promised, day: date) -> None:
    """The work up to the stage before which the certificate was promised."""
    promised.do("survey", surveyed_on=day.isoformat(), **SURVEYED)
    on = day.isoformat()
    promised.do("works", started_on=on, finished_on=on, works_content="接户线", customer_charge_yuan=0)
    assert "install_meter" in promised.tasks


def test_the_whole_ladder_at_its_instants(promised: Promised) -> None:
    due = promised.due_on
    assert due == date(2026, 3, 9)
    promised.until(at(back(due, 3), 9) - timedelta(seconds=1))
    assert promised.told == []
    promised.until(at(due + timedelta(days=30)) - timedelta(seconds=1))
    before = promised.told
    assert before == [
        ("CommitmentReminded", at(back(due, 3), 9)),
        ("CommitmentReminded", at(back(due, 1), 9)),
        ("CommitmentOverdue", at(due)),
        ("CommitmentOnsiteOffered", at(due)),
    ]
    assert {
        "mis_collect",
        "survey",
    } <= promised.tasks and "mis_suspend" not in promised.tasks
    promised.until(at(due + timedelta(days=60)))

    assert promised.told == [*before, ("CommitmentBreached", at(due + timedelta(days=30)))]
    assert "mis_breach" in promised.tasks
    (letter,) = papers(promised.house.engine, promised.order.order_id).commitments
    assert letter.status == "BREACHED"
    days = [moment.date() for moment in promised.retries()]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))] and len(days) > 60
    assert {moment.time() for moment in promised.retries()} == {time(8)}
    sent = promised.house.told(promised.order)
    assert (sent["commitment_reminder"], sent["commitment_overdue"], sent["commitment_breached"]) == (2, 1, 1)


def test_a_day_that_the_calendar_puts_off_is_nobodys_delay_before_it_has_passed(promised: Promised) -> None:
    due, engine = promised.due_on, promised.house.engine
    promised.until(at(due, 12))
    notice(engine, due.isoformat())
    recount(engine, promised.order)
    assert promised.due_on == due + timedelta(days=1)
    promised.until(at(due + timedelta(days=1)) - timedelta(seconds=1))
    assert {kind for kind, _ in promised.told} == {"CommitmentReminded"}
    assert promised.house.told(promised.order)["commitment_overdue"] == 0
    promised.until(at(due + timedelta(days=1)))

    assert ("CommitmentOverdue", at(due + timedelta(days=1))) in promised.told
    assert promised.house.told(promised.order)["commitment_overdue"] == 1


def test_the_next_step_says_why_it_is_due(promised: Promised) -> None:
    promised.until(at(back(promised.due_on, 3), 9))
    with promised.house.engine.read() as view:
        rows = orders.order(view, SYSTEM, promised.order.order_no).timers
    (why,) = [row["why"] for row in rows if row["element_id"] == "mis_due" and row["state"] == "PENDING"]

    assert (why["rule"], why["action"], why["text"]) == ("promise_step", "RETRY", "每日向共享平台重查")
    told = [row["why"]["text"] for row in rows if (row["why"] or {}).get("action") == "REMIND"]
    assert told == [f"提醒客户补交：承诺最迟 {promised.due_on} 补交，到期前 3 个工作日"]


def test_the_gate_refuses_and_a_suspension_is_proposed_five_working_days_late(promised: Promised) -> None:
    due = promised.due_on
    promised.until(at(due + timedelta(days=1), 10))
    begin_meter(promised, due + timedelta(days=1))
    metering = tasks_of(promised.house.engine, promised.order.order_id)["install_meter"].id
    with pytest.raises(GateClosed):
        complete(promised.house.engine, metering, STAFF)
    fifth = CALENDAR.add_workdays(due, 5)
    promised.until(at(fifth) - timedelta(seconds=1))
    assert "mis_suspend" not in promised.tasks
    promised.until(at(fifth))

    assert promised.told[-1] == ("CommitmentSuspends", at(fifth))
    assert "mis_suspend" in promised.tasks
    with promised.house.engine.read() as view:
        assert orders.order_head(view, SYSTEM, promised.order.order_no)["suspended_since"] is None  # only proposed


def test_a_gate_that_is_reached_later_is_proposed_about_the_next_morning(promised: Promised) -> None:
    day = CALENDAR.add_workdays(promised.due_on, 8)
    promised.until(at(day, 10))
    begin_meter(promised, day)
    promised.until(at(day + timedelta(days=3)))

    assert promised.told[-1] == ("CommitmentSuspends", at(day + timedelta(days=1), 8))
    assert len([kind for kind, _ in promised.told if kind == "CommitmentSuspends"]) == 1


@pytest.mark.parametrize("n_days", [1, 3, 12])
def test_what_the_platform_gives_on_a_day_ends_everything(promised: Promised, n_days: int) -> None:
    day = date(2026, 3, 2) + timedelta(days=n_days)
    promised.until(at(day, 7))
    before = promised.told
    promised.house.sandbox.mood("sharing", down=False)
    promised.until(at(day, 8) + timedelta(minutes=1))
    kept = papers(promised.house.engine, promised.order.order_id)

    assert [letter.status for letter in kept.commitments] == ["FULFILLED"]
    assert {(item.status, item.fulfilled_by) for item in kept.items} == {("FULFILLED", "PLATFORM")}
    assert {item.fulfilled_on for item in kept.items} == {day}
    assert promised.house.told(promised.order)["commitment_fulfilled"] == 1
    assert not [task for task in promised.tasks if task.startswith("mis_")]
    promised.until(at(day + timedelta(days=60)))
    assert promised.told == before
    assert len(promised.retries()) == n_days
    begin_meter(promised, day + timedelta(days=60))


def test_an_extension_moves_everything_once(promised: Promised) -> None:
    due, later = promised.due_on, date(2026, 3, 16)
    promised.until(at(due, 10))
    assert [kind for kind, _ in promised.told] == ["CommitmentReminded"] * 2
    wish = {"requested_due_on": later.isoformat(), "ground": "AUTHORITY_PENDING", "signed_by_customer": True}
    promised.register("commitment_extension_requested", **wish)
    task_id = tasks_of(promised.house.engine, promised.order.order_id)["mis_extension"].id
    complete(
        promised.house.engine,
        task_id,
        OTHER,
        form={"extension_approved": True, "new_due_on": later.isoformat(), **NOTE},
    )
    promised.house.settle(promised.order)
    assert promised.due_on == later
    promised.until(at(later + timedelta(days=30)))

    assert promised.told[2:] == [
        ("CommitmentReminded", at(back(later, 3), 9)),
        ("CommitmentReminded", at(back(later, 1), 9)),
        ("CommitmentOverdue", at(later)),
        ("CommitmentOnsiteOffered", at(later)),
        ("CommitmentBreached", at(later + timedelta(days=30))),
    ]
    with pytest.raises((CommitmentMoved, NotReady, InvalidForm)):
        promised.register("commitment_extension_requested", **{**wish, "requested_due_on": "2026-05-20"})
        again = tasks_of(promised.house.engine, promised.order.order_id)["mis_extension"].id
        form = {"extension_approved": True, "new_due_on": "2026-05-20", **NOTE}
        complete(promised.house.engine, again, OTHER, form=form)
