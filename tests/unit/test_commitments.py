from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest

from engine.clock import SHANGHAI
from engine.domain import commitments as rules
from engine.domain.calendar import WorkingCalendar
from engine.domain.commitments import Action, ItemStatus, Ladder, Move, Promise, Rung, Status
from engine.errors import CommitmentMoved, Invalid
from tests.shape.source import ROOT

DUE = date(2026, 3, 20)  # a Friday
MINUTE = timedelta(minutes=1)
LADDER = Ladder(
    (
        Rung(Action.REMIND, -3, "WORKDAY"),
        Rung(Action.REMIND, -1, "WORKDAY"),
        Rung(Action.OVERDUE, 0, "WORKDAY"),
        Rung(Action.ONSITE, 0, "WORKDAY"),
        Rung(Action.SUSPEND, 5, "WORKDAY", at_gate=True),
        Rung(Action.BREACH, 30, "DAY", min_reminders=2),
    )
)
STAGE = {"CONTRACT"}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture(scope="module")
def calendar():
    return WorkingCalendar.from_texts(p.read_text("utf-8") for p in Path(ROOT, "processes/calendars").glob("*.toml"))


def promise(**changes):
    signed_at = changes.pop("since", at("2026-03-02T10:00"))
    values = {
        "doc_type": "PROPERTY_CERT",
        "due_on": DUE,
        "gate": "CONTRACT",
        "since": signed_at,
        "tried_at": signed_at,
        "may_fetch": False,
    }
    return Promise(**values | changes)


def after(promises, calendar, now="2026-03-02T10:00", reached=STAGE):
    return rules.next_action(promises, LADDER, calendar, at(now), reached)


# ---- life cycle ------------------------------------------------------------------------------------------------------

LIFE = {
    Status.DRAFT: {Move.SIGN: Status.SIGNED, Move.CANCEL: Status.CANCELLED},
    Status.SIGNED: {Move.ACTIVATE: Status.ACTIVE, Move.CANCEL: Status.CANCELLED},
    Status.ACTIVE: {
        Move.DELIVER_PART: Status.PARTLY_FULFILLED,
        Move.DELIVER_ALL: Status.FULFILLED,
        Move.LAPSE: Status.OVERDUE,
        Move.EXTEND: Status.EXTENDED,
        Move.CANCEL: Status.CANCELLED,
    },
    Status.PARTLY_FULFILLED: {
        Move.DELIVER_PART: Status.PARTLY_FULFILLED,
        Move.DELIVER_ALL: Status.FULFILLED,
        Move.LAPSE: Status.OVERDUE,
        Move.EXTEND: Status.EXTENDED,
        Move.CANCEL: Status.CANCELLED,
    },
    Status.OVERDUE: {
        Move.DELIVER_PART: Status.OVERDUE,
        Move.CATCH_UP: Status.PARTLY_FULFILLED,
        Move.DELIVER_ALL: Status.FULFILLED,
        Move.LAPSE: Status.OVERDUE,
        Move.EXTEND: Status.EXTENDED,
        Move.BREACH: Status.BREACHED,
        Move.CANCEL: Status.CANCELLED,
    },
    Status.EXTENDED: {
        Move.DELIVER_PART: Status.EXTENDED,
        Move.DELIVER_ALL: Status.FULFILLED,
        Move.LAPSE: Status.OVERDUE,
        Move.CANCEL: Status.CANCELLED,
    },
    Status.BREACHED: {
        Move.DELIVER_PART: Status.BREACHED,
        Move.DELIVER_ALL: Status.BREACHED,
        Move.BREACH: Status.BREACHED,
        Move.LAPSE: Status.BREACHED,
    },
}


@pytest.mark.parametrize(("status", "move"), list(product(Status, Move)))
def test_every_move_is_named_or_refused(status, move):
    expected = LIFE.get(status, {}).get(move)
    if expected is None:
        with pytest.raises(CommitmentMoved) as refused:
            rules.moved(status, move)
        assert refused.value.code == "commitment_moved"
    else:
        assert rules.moved(status, move) is expected


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.PARTLY_FULFILLED, Status.OVERDUE])
def test_a_letter_is_extended_once(status):
    assert rules.moved(status, Move.EXTEND, extended=False) is Status.EXTENDED
    with pytest.raises(CommitmentMoved):
        rules.moved(status, Move.EXTEND, extended=True)


@pytest.mark.parametrize(
    ("status", "left", "move"),
    [
        (Status.ACTIVE, [ItemStatus.PROMISED], Move.DELIVER_PART),
        (Status.ACTIVE, [], Move.DELIVER_ALL),
        (Status.OVERDUE, [ItemStatus.OVERDUE, ItemStatus.PROMISED], Move.DELIVER_PART),
        (Status.OVERDUE, [ItemStatus.PROMISED], Move.CATCH_UP),
    ],
)
def test_a_delivery_is_a_part_or_all_or_catches_up(status, left, move):
    assert rules.delivery_of(status, left) is move


# ---- due dates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gate_on", "finish_on", "due"),
    [
        (None, None, date(2026, 3, 23)),
        (date(2026, 3, 10), date(2026, 3, 12), date(2026, 3, 10)),
        (None, date(2026, 3, 12), date(2026, 3, 12)),
        (date(2026, 3, 24), None, date(2026, 3, 23)),
        (date(2026, 3, 2), None, date(2026, 3, 2)),
        (date(2026, 3, 1), None, date(2026, 3, 23)),
    ],
)
def test_due_is_the_soonest_that_can_still_bind(calendar, gate_on, finish_on, due):
    signed_on = date(2026, 3, 2)

    assert rules.due_date(signed_on, 15, calendar, gate_on=gate_on, finish_on=finish_on) == due


def test_working_days_make_the_due_date(calendar):
    # 2026-09-20 is a make-up working day, 10-01 to 10-07 are holidays, 10-10 is a make-up day again
    assert rules.due_date(date(2026, 9, 29), 2, calendar, gate_on=None, finish_on=None) == date(2026, 10, 8)


# ---- ladder ----------------------------------------------------------------------------------------------------------


def test_the_ladder_in_order(calendar):
    steps, taken, n = [], set(), 0
    now = "2026-03-02T10:00"
    for _ in range(7):
        step = after([promise(taken=frozenset(taken), n_reminders=n)], calendar, now)
        steps.append((step.action.value, step.at.strftime("%m-%d %H:%M")))
        now = step.at.strftime("%Y-%m-%dT%H:%M")
        due = rules.due_rungs(promise(taken=frozenset(taken)), step.action, LADDER, calendar, step.at)
        taken |= {rung.key for rung in due}
        n += step.action in (Action.REMIND, Action.OVERDUE)

    assert steps == [
        ("REMIND", "03-17 09:00"),
        ("REMIND", "03-19 09:00"),
        ("OVERDUE", "03-21 00:00"),
        ("ONSITE", "03-21 00:00"),
        ("SUSPEND", "03-28 00:00"),
        ("BREACH", "04-20 00:00"),
        ("RETRY", "04-20 08:00"),
    ]


@pytest.mark.parametrize(("now", "n_due"), [("2026-03-20T23:59", 0), ("2026-03-21T00:00", 1)])
def test_overdue_begins_when_the_due_day_has_ended_in_shanghai(calendar, now, n_due):
    assert len(rules.due_rungs(promise(), Action.OVERDUE, LADDER, calendar, at(now))) == n_due


def test_one_act_stands_for_all_reminders_that_were_missed(calendar):
    late = rules.due_rungs(promise(), Action.REMIND, LADDER, calendar, at("2026-03-19T09:00"))

    assert [rung.offset for rung in late] == [-3, -1]


def test_a_late_step_keeps_its_moment(calendar):
    found = after([promise()], calendar, now="2026-03-25T08:00")

    assert (found.action, found.at) == (Action.REMIND, at("2026-03-17T09:00"))


def test_reminders_before_the_signature_are_left_out(calendar):
    found = after([promise(since=at("2026-03-17T09:01"))], calendar)

    assert (found.action, found.at) == (Action.REMIND, at("2026-03-19T09:00"))


@pytest.mark.parametrize(
    ("signed", "reminded"), [("2026-03-19T10:00", "2026-03-20T09:00"), ("2026-03-20T11:00", "2026-03-20T11:00")]
)
def test_nobody_is_overdue_without_a_reminder(calendar, signed, reminded):
    found = after([promise(since=at(signed))], calendar)

    assert (found.action, found.at) == (Action.REMIND, at(reminded))


def test_a_reminder_on_the_due_day_is_given_once(calendar):
    late = promise(since=at("2026-03-19T10:00"), taken=frozenset({Rung(Action.REMIND, -1, "WORKDAY").key}))

    assert after([late], calendar).action is Action.OVERDUE


TAKEN = frozenset(rung.key for rung in LADDER.rungs if rung.action not in (Action.SUSPEND, Action.BREACH))


@pytest.mark.parametrize(("reached", "action"), [(STAGE, Action.SUSPEND), (set(), Action.RETRY)])
def test_a_missing_paper_stops_an_order_only_at_its_gate(calendar, reached, action):
    found = after([promise(taken=TAKEN, n_reminders=3)], calendar, now="2026-03-28T00:00", reached=reached)

    assert found.action is action
    assert found.items == (("PROPERTY_CERT",) if action is Action.SUSPEND else ())


def test_a_suspension_that_waits_is_looked_at_again_next_morning(calendar):
    found = after([promise(taken=TAKEN, n_reminders=3)], calendar, now="2026-03-30T08:00", reached=set())

    assert found.at == at("2026-03-31T08:00")


@pytest.mark.parametrize(("n_reminders", "action"), [(1, Action.RETRY), (2, Action.BREACH)])
def test_a_promise_is_broken_only_after_two_notices(calendar, n_reminders, action):
    taken = TAKEN | {Rung(Action.SUSPEND, 5, "WORKDAY").key}

    assert after([promise(taken=taken, n_reminders=n_reminders)], calendar, now="2026-04-20T00:00").action is action


@pytest.mark.parametrize(
    ("tried", "again"),
    [
        ("2026-03-02T07:59", "2026-03-02T08:00"),
        ("2026-03-02T08:00", "2026-03-03T08:00"),
        ("2026-03-02T23:59", "2026-03-03T08:00"),
        ("2026-03-03T00:01", "2026-03-03T08:00"),
        ("2026-03-06T09:00", "2026-03-07T08:00"),
    ],
)
def test_the_platform_is_asked_again_every_day_at_eight(calendar, tried, again):
    found = after([promise(may_fetch=True, tried_at=at(tried))], calendar)

    assert (found.action, found.at, found.items) == (Action.RETRY, at(again), ("PROPERTY_CERT",))


def test_promises_of_one_moment_are_one_act(calendar):
    both = [promise(), promise(doc_type="EQUIPMENT_LIST"), promise(doc_type="LATER", due_on=date(2026, 3, 23))]

    assert after(both, calendar).items == ("PROPERTY_CERT", "EQUIPMENT_LIST")


def test_nothing_out_is_nothing_to_do(calendar):
    assert after([], calendar) == rules.Next(Action.NONE, None, ())


# ---- tables ----------------------------------------------------------------------------------------------------------


def test_both_spellings_of_the_ladder_are_read():
    table = [
        {"action": "RETRY", "offset": None, "unit": "D", "every": Decimal(2)},
        {"action": "REMIND", "offset": Decimal(-3), "unit": "WD", "at_gate": False, "min_reminders": Decimal(0)},
        {"action": "SUSPEND", "offset": Decimal(5), "unit": "WORKDAY"},
        {"action": "BREACH", "offset": Decimal(30), "unit": "D", "min_reminders": Decimal(2)},
    ]

    found = rules.ladder_of(table)

    assert found.retry_days == 2
    assert found.rungs == (
        Rung(Action.REMIND, -3, "WORKDAY"),
        Rung(Action.SUSPEND, 5, "WORKDAY", at_gate=True),
        Rung(Action.BREACH, 30, "DAY", min_reminders=2),
    )


@pytest.mark.parametrize(
    "table",
    [
        None,
        [],
        [{"action": "SHOUT", "offset": 1, "unit": "WD"}],
        [{"action": "REMIND", "offset": None, "unit": "WD"}],
        [{"action": "REMIND", "offset": Decimal("0.5"), "unit": "WD"}],
        [{"action": "REMIND", "offset": -3, "unit": "WEEK"}],
        [{"action": "REMIND", "offset": -367, "unit": "D"}],
    ],
)
def test_a_ladder_that_is_none_is_refused(table):
    with pytest.raises(Invalid):
        rules.ladder_of(table)


@pytest.mark.parametrize("value", [None, True, 0, 367, Decimal("1.5"), "15", {}, {"workdays": None}])
def test_no_working_days_are_refused(value):
    with pytest.raises(Invalid):
        rules.workdays_of(value)


def test_working_days_alone_or_in_a_context():
    assert rules.workdays_of(Decimal(15)) == rules.workdays_of({"workdays": Decimal(15)}) == 15


def test_an_extension_counts_from_the_due_day_or_from_today(calendar):
    table = {"max_extensions": 1, "workdays": 5}

    assert rules.latest_extension(table, DUE, date(2026, 3, 18), calendar) == date(2026, 3, 27)
    assert rules.latest_extension(table, DUE, date(2026, 3, 25), calendar) == date(2026, 4, 1)
    assert rules.latest_extension(table | {"max_extensions": 0}, DUE, DUE, calendar) is None
