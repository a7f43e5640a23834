from __future__ import annotations

from datetime import timedelta

import pytest

from engine.commands.deliver_message import DeliverMessage
from engine.errors import Conflict, Forbidden, Invalid, InvalidForm, KeyReused, NotFound, NotReady
from engine.queries import messages
from tests.orders import LEADER, STRANGER, SURVEYOR, tasks_of
from tests.stopping import MANAGER, S1, T1, begun, decide, holds_of, register, told, work


@pytest.fixture
def order(engine):
    return begun(engine)


def awaited(engine, order, actor=MANAGER):
    with engine.read() as view:
        return {line.message: line for line in messages.of_order(view, actor, order.order_no)}


def test_what_an_order_waits_for_is_listed_with_role_and_right(engine, order):
    lines = awaited(engine, order)

    assert set(lines) == {"suspension_requested", "termination_requested"}
    assert (lines["suspension_requested"].role, lines["suspension_requested"].may_deliver) == ("ACCOUNT_MANAGER", True)
    assert not awaited(engine, order, SURVEYOR)["suspension_requested"].may_deliver


def test_while_suspended_only_resuming_and_the_end_may_be_registered(engine, order):
    register(engine, order, "suspension", S1)
    decide(engine, order)

    may = {message: line.may_deliver for message, line in awaited(engine, order).items()}
    assert may == {"suspension_requested": False, "termination_requested": True, "resume_requested": True}


def test_a_message_moves_the_order_and_is_in_the_record(engine, order):
    done = register(engine, order, "suspension", S1)

    assert (done.message, done.element_id, done.completed) == ("suspension_requested", "ask_s", False)
    assert tasks_of(engine, order.order_id)["sus_ok"].id == done.opened[0]
    (entry,) = told(engine, order, "MessageDelivered")
    assert (entry.actor, entry.body["message"], entry.body["element"]) == ("manager", "suspension_requested", "ask_s")
    assert len(entry.body["form_digest"]) == 64 and S1["evidence_no"] not in repr(entry.body)


def test_the_same_key_registers_once_and_another_body_under_it_is_refused(engine, order):
    first = register(engine, order, "suspension", S1, key="k")

    assert register(engine, order, "suspension", S1, key="k") == first
    with pytest.raises(KeyReused):
        register(engine, order, "termination", T1, key="k")
    assert len(holds_of(engine, order)) == 1


@pytest.mark.parametrize(
    ("form", "code"),
    [({"reason_code": 1}, "wrong_type"), ({**S1, "name": "张三"}, "unknown_field")],
)
def test_the_form_of_the_message_is_checked(engine, order, form, code):
    with pytest.raises(InvalidForm) as caught:
        register(engine, order, "suspension", form)

    assert [fault.code for fault in caught.value.faults] == [code]
    assert holds_of(engine, order) == []


@pytest.mark.parametrize(
    ("ago", "reason", "code"),
    [
        (timedelta(minutes=-6), "", "in_future"),
        (timedelta(hours=24, seconds=1), "", "late_reason_missing"),
        (timedelta(days=4), "补录", "before_order"),
    ],
)
def test_nothing_is_back_dated_silently(engine, order, clock, ago, reason, code):
    clock.advance(days=3)
    with pytest.raises(Invalid) as caught:
        register(engine, order, "suspension", S1, occurred_at=clock.now() - ago, late_reason=reason)

    assert [fault.code for fault in caught.value.faults] == [code]


@pytest.mark.parametrize(
    ("ago", "reason"), [(timedelta(minutes=-5), ""), (timedelta(hours=24), ""), (timedelta(days=3), "现场无信号")]
)
def test_a_late_entry_says_when_it_happened_and_when_it_was_entered(engine, order, clock, ago, reason):
    clock.advance(days=3)
    register(engine, order, "suspension", S1, occurred_at=clock.now() - ago, late_reason=reason)

    (entry,) = told(engine, order, "MessageDelivered")
    assert (entry.occurred_at, entry.recorded_at) == (clock.now() - ago, clock.now())
    assert entry.body.get("late_reason", "") == reason


def test_what_nobody_waits_for_is_not_registered(engine, order):
    with pytest.raises(NotReady):
        register(engine, order, "resume", {})
    with pytest.raises(NotReady):
        register(engine, order, "suspension", S1, element_id="ask_t")
    with pytest.raises(NotFound):
        engine.run(DeliverMessage("33", "suspension_requested", S1, None, "k"), MANAGER)
    work(engine, order)
    with pytest.raises(Conflict):
        register(engine, order, "suspension", S1)


def test_only_the_lane_and_the_unit_register(engine, order):
    with pytest.raises(Forbidden):
        register(engine, order, "suspension", S1, LEADER)
    with pytest.raises(NotFound):
        register(engine, order, "suspension", S1, STRANGER)
    assert register(engine, order, "suspension", S1).opened
