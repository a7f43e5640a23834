from __future__ import annotations

from uuid import uuid4

import pytest

from engine.commands.decide_correction import DecideCorrection
from engine.commands.deliver_message import DeliverMessage
from engine.commands.request_correction import RequestCorrection
from engine.errors import Conflict
from engine.policy import Actor
from tests.orders import SURVEYOR, UNIT, complete, tasks_of
from tests.races.test_runner_races import kinds, together
from tests.stopping import MANAGER, S1, begun, head, holds_of, register, work

N = 8


def leader(number):
    return Actor(f"leader{number}", "班组长", roles=frozenset({"TEAM_LEADER"}), unit_code=UNIT)


@pytest.fixture
def order(engine):
    return begun(engine)


def won(outcome):
    return [what for what in outcome if not isinstance(what, type)]


def test_two_approvers_at_once_and_one_decides(engine, order, caplog):
    for n in range(3):
        register(engine, order, "suspension", S1)
        task_id = tasks_of(engine, order.order_id)["sus_ok"].id
        outcome = together(
            lambda number, task_id=task_id: complete(engine, task_id, leader(number), form={"ok": True}), N
        )

        assert len(won(outcome)) == 1
        rows = holds_of(engine, order)
        assert [row["decision"] for row in rows] == ["APPROVED"] * (n + 1)
        assert kinds(engine, order.order_no)["OrderSuspended"] == n + 1
        register(engine, order, "resume", {"evidence_no": "FG-1"})
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_twenty_requests_at_once_are_one(engine, order, caplog):
    def ask(number):
        command = DeliverMessage(order.order_no, "suspension_requested", S1, None, uuid4().hex)
        return engine.run(command, MANAGER)

    outcome = together(ask)

    assert len(won(outcome)) == 1
    assert len(holds_of(engine, order)) == 1
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_one_key_twenty_times_is_one_request(engine, order):
    outcome = together(lambda number: register(engine, order, "suspension", S1, key="the same"))

    assert len({done.opened for done in outcome}) == 1
    assert len(holds_of(engine, order)) == 1
    assert kinds(engine, order.order_no)["MessageDelivered"] == 1


def test_request_and_completion_at_once_both_happen_or_one_is_told_that_it_was_late(engine):
    for _ in range(5):
        order = begun(engine)

        def act(number, order=order):
            return work(engine, order) if number else register(engine, order, "suspension", S1)

        outcome = together(act, 2)
        open_tasks = set(tasks_of(engine, order.order_id))

        # the completion closes the task on which the message waits: late, the message is not possible any more
        if isinstance(outcome[0], type):
            assert issubclass(outcome[0], Conflict)
            assert (open_tasks, holds_of(engine, order)) == ({"after"}, [])
        else:
            assert (open_tasks, len(holds_of(engine, order))) == ({"after", "sus_ok"}, 1)
        assert not isinstance(outcome[1], type)


def test_approval_and_completion_at_once_never_finish_work_of_a_suspended_order(engine):
    for _ in range(5):
        order = begun(engine)
        register(engine, order, "suspension", S1)
        task_id = tasks_of(engine, order.order_id)["sus_ok"].id

        def act(number, order=order, task_id=task_id):
            return work(engine, order) if number else complete(engine, task_id, leader(1), form={"ok": True})

        outcome = together(act, 2)
        told = kinds(engine, order.order_no)

        assert not isinstance(outcome[0], type) and told["OrderSuspended"] == 1
        assert ("work" in tasks_of(engine, order.order_id)) is isinstance(outcome[1], type)
        assert head(engine, order)["suspended_since"] is not None


def test_two_decide_on_a_correction_at_once_and_one_does(engine, order, clock):
    task_id = tasks_of(engine, order.order_id)["work"].id
    clock.advance(hours=2)
    work(engine, order)
    asked = engine.run(RequestCorrection(task_id, order_time(engine, order), "录错", "k"), SURVEYOR)

    outcome = together(
        lambda n: engine.run(DecideCorrection(asked.correction_id, bool(n % 2), "意见", uuid4().hex), leader(n)), N
    )

    assert len(won(outcome)) == 1
    assert kinds(engine, order.order_no)["CorrectionDecided"] == 1


def order_time(engine, order):
    return head(engine, order)["accepted_at"]
