from __future__ import annotations

from datetime import date
from uuid import uuid4

from engine.commands.fire_timer import FireTimer
from engine.commands.remind_order import RemindOrder
from engine.errors import RemindedLately
from engine.policy import SYSTEM
from engine.queries import orders
from tests.lateness import LADDER, Late
from tests.orders import LEADER
from tests.races.test_runner_races import together

N = 8


def waiting(late):
    with late.engine.read() as view:
        rows = orders.order(view, SYSTEM, late.order.order_no).timers
    return [row for row in rows if row["state"] == "PENDING" and row["element_id"] == "esc_due"]


def test_timers_of_two_escalations_that_fire_in_one_instant_take_a_rung_once(engine, clock):
    late = Late.begun(engine, clock, n_escalations=2).until(date(2026, 3, 25), 12)
    assert late.rungs == [("WARNING", 1)]
    for n_taken in range(2, len(LADDER) + 1):
        due = waiting(late)
        assert len(due) == 2 and len({row["due_at"] for row in due}) == 1
        clock.move_to(due[0]["due_at"])
        ids = [row["id"] for row in due]
        together(lambda number, ids=ids: engine.run(FireTimer(ids[number % 2], uuid4().hex), SYSTEM), N)
        late.answered()
        assert late.rungs == [(code, 1) for code in LADDER[:n_taken]]
    assert len(late.told("EscalationTaken")) == len(LADDER)
    assert len([sent for sent in late.sent if sent[0].startswith("total_")]) == len(LADDER)


def test_many_reminders_at_once_are_one(engine, clock):
    late = Late.begun(engine, clock)
    clock.advance(hours=1)
    command = [RemindOrder(late.order.order_no, "OVERDUE", uuid4().hex) for _ in range(N)]
    outcome = together(lambda number: engine.run(command[number], LEADER), N)

    assert outcome.count(RemindedLately) == N - 1
    assert len(late.reminders) == 1
