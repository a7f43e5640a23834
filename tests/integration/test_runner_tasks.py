from __future__ import annotations

import json
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.commands.unclaim_task import UnclaimTask
from engine.errors import AlreadyClaimed, AlreadyDone, Conflict, Forbidden, Invalid, InvalidForm, KeyReused, NotFound
from engine.policy import SYSTEM
from engine.queries import orders, tasks
from tests.diagrams import path, user
from tests.orders import CLERK, CLERK_2, LEADER, STRANGER, SURVEYOR, accept, complete, deploy, tasks_of

FORM = {
    "title": "勘查",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["load_kw"],
        "properties": {
            "load_kw": {"type": "number", "title": "负荷", "exclusiveMinimum": 0},
            "kind": {"type": "string", "title": "方式", "enum": ["A", "B"], "x-labels": {"A": "甲", "B": "乙"}},
        },
    },
}


@pytest.fixture
def order(engine):
    """Two tasks of the acceptance clerks, the first with a form."""
    lane = (
        '<bpmn:laneSet id="L"><bpmn:lane id="L1" name="受理"><bpmn:flowNodeRef>s</bpmn:flowNodeRef>'
        "<bpmn:flowNodeRef>a</bpmn:flowNodeRef><bpmn:flowNodeRef>b</bpmn:flowNodeRef>"
        "<bpmn:flowNodeRef>e</bpmn:flowNodeRef></bpmn:lane></bpmn:laneSet>"
    )
    deploy(
        engine,
        lane,
        user("a", yikuo__form="survey"),
        user("b"),
        path("s", "a", "b", "e"),
        lanes='[lanes]\n"受理" = "ACCEPTANCE_CLERK"\n',
        files={"forms/survey.json": json.dumps(FORM).encode()},
    )
    return accept(engine)


@pytest.fixture
def task_id(engine, order):
    return tasks_of(engine, order.order_id)["a"].id


def claim(engine, task_id, actor):
    return engine.run(ClaimTask(task_id, uuid4().hex), actor)


def test_a_claimed_task_is_its_holders(engine, task_id):
    assert claim(engine, task_id, CLERK).assignee == "clerk"
    assert claim(engine, task_id, CLERK).assignee == "clerk"
    with pytest.raises(AlreadyClaimed):
        claim(engine, task_id, CLERK_2)
    with pytest.raises(AlreadyClaimed):
        complete(engine, task_id, CLERK_2, form={"load_kw": 1})

    assert complete(engine, task_id, CLERK, form={"load_kw": 1}).completed is False


def test_a_task_is_given_back_by_its_holder_or_his_leader(engine, task_id):
    claim(engine, task_id, CLERK)
    with pytest.raises(AlreadyClaimed):
        engine.run(UnclaimTask(task_id, "k"), CLERK_2)
    assert engine.run(UnclaimTask(task_id, "k"), CLERK).assignee is None
    assert engine.run(UnclaimTask(task_id, "k2"), CLERK).assignee is None
    claim(engine, task_id, CLERK_2)
    assert engine.run(UnclaimTask(task_id, "k"), LEADER).assignee is None


def test_role_and_unit_decide_who_may(engine, task_id):
    for act in (claim, lambda e, t, a: complete(e, t, a, form={"load_kw": 1})):
        with pytest.raises(Forbidden):
            act(engine, task_id, SURVEYOR)
        with pytest.raises(NotFound):
            act(engine, task_id, STRANGER)


def test_completing_twice_is_told(engine, task_id):
    complete(engine, task_id, CLERK, form={"load_kw": 1})

    with pytest.raises(AlreadyDone):
        complete(engine, task_id, CLERK, form={"load_kw": 1})
    with pytest.raises(AlreadyDone):
        claim(engine, task_id, CLERK)


def test_the_same_key_gives_the_same_answer(engine, task_id, order):
    first = complete(engine, task_id, CLERK, form={"load_kw": 1}, key="once")
    again = complete(engine, task_id, CLERK, form={"load_kw": 1}, key="once")

    assert again == first
    assert len(tasks_of(engine, order.order_id)) == 1
    with pytest.raises(KeyReused):
        complete(engine, task_id, CLERK, form={"load_kw": 2}, key="once")
    with pytest.raises(AlreadyDone):  # another actor's key is another key
        complete(engine, task_id, CLERK_2, form={"load_kw": 1}, key="once")


def test_a_form_is_checked_and_nothing_moves(engine, task_id, order):
    with pytest.raises(InvalidForm) as caught:
        complete(engine, task_id, CLERK, form={"load_kw": -3, "kind": "C", "extra": 1, "@date": "2026-01-01"})
    assert {f.code for f in caught.value.faults} == {"reserved_key"}
    with pytest.raises(InvalidForm) as caught:
        complete(engine, task_id, CLERK, form={"load_kw": -3, "kind": "C", "extra": 1})

    assert {(f.field, f.code) for f in caught.value.faults} == {
        ("load_kw", "too_small"),
        ("kind", "not_a_choice"),
        ("extra", "unknown_field"),
    }
    assert "甲、乙" in str(caught.value)
    assert list(tasks_of(engine, order.order_id)) == ["a"]


def test_a_task_without_a_form_takes_no_values(engine, task_id, order):
    complete(engine, task_id, CLERK, form={"load_kw": 1})
    second = tasks_of(engine, order.order_id)["b"].id

    with pytest.raises(InvalidForm):
        complete(engine, second, CLERK, form={"x": 1})


def test_a_stale_page_is_told(engine, task_id, order):
    with engine.read() as view:
        version = tasks.task(view, CLERK, task_id).order_version
    claim(engine, task_id, CLERK)

    with pytest.raises(Conflict, match="版本"):
        complete(engine, task_id, CLERK, form={"load_kw": 1}, version=version)
    assert complete(engine, task_id, CLERK, form={"load_kw": 1}, version=version + 1)


@pytest.mark.parametrize(
    ("hours", "reason", "code"),
    [
        (1, "", "in_future"),
        (-1000, "", "before_order"),
        (-25, "", "late_reason_missing"),
        (-25, "x" * 501, "too_long"),
    ],
)
def test_the_stated_time_must_be_possible(engine, clock, task_id, hours, reason, code):
    clock.advance(days=3)
    at = clock.now() + timedelta(hours=hours)

    with pytest.raises(Invalid) as caught:
        complete(engine, task_id, CLERK, form={"load_kw": 1}, occurred_at=at, late_reason=reason)
    assert [f.code for f in caught.value.faults] == [code]


def test_a_naive_time_is_refused(engine, task_id):
    with pytest.raises(Invalid) as caught:
        complete(engine, task_id, CLERK, form={"load_kw": 1}, occurred_at=datetime(2026, 3, 2, 9))  # noqa: DTZ001
    assert caught.value.faults[0].code == "naive_instant"


def test_both_times_are_recorded(engine, clock, task_id, order):
    clock.advance(days=3)
    at = clock.now() - timedelta(hours=30)
    complete(engine, task_id, CLERK, form={"load_kw": 1}, occurred_at=at, late_reason="现场无网络")
    with engine.read() as view:
        entry = orders.timeline(view, SYSTEM, order.order_no)[-1]

    assert (entry.occurred_at, entry.recorded_at) == (at, clock.now())
    assert entry.body["late_reason"] == "现场无网络"


def test_the_worklist_shows_what_one_may_do(engine, task_id, order):
    with engine.read() as view:
        [mine] = tasks.open_tasks(view, CLERK)
        page = tasks.task(view, CLERK, task_id)
        assert tasks.open_tasks(view, SURVEYOR) == []
        assert [t.task_id for t in tasks.open_tasks(view, SURVEYOR, "unit")] == [task_id]
        assert tasks.open_tasks(view, STRANGER, "unit") == []
        assert tasks.task(view, SURVEYOR, task_id).may_complete is False
        with pytest.raises(NotFound):
            tasks.task(view, STRANGER, task_id)

    assert (mine.task_id, mine.order_no) == (task_id, order.order_no)
    assert page.may_complete
    assert page.form["title"] == "勘查"


def test_a_worklist_is_paged_without_gaps(engine, order):
    n_more = 4
    for _ in range(n_more):
        accept(engine)
    seen, after = [], None
    with engine.read() as view:
        while found := tasks.open_tasks(view, CLERK, after=after, limit=2):
            seen += [line.task_id for line in found]
            after = found[-1].cursor
        with pytest.raises(Invalid):
            tasks.open_tasks(view, CLERK, after="nonsense")
        with pytest.raises(Invalid):
            tasks.open_tasks(view, CLERK, limit=0)

    assert len(seen) == len(set(seen)) == n_more + 1


def test_claimed_tasks_are_found_by_their_holder(engine, task_id):
    claim(engine, task_id, CLERK)
    with engine.read() as view:
        assert [line.is_mine for line in tasks.open_tasks(view, CLERK, "me")] == [True]
        assert tasks.open_tasks(view, CLERK_2, "me") == []


def test_an_unknown_task_is_not_found(engine):
    with pytest.raises(NotFound):
        engine.run(CompleteTask("nothing", {}, None, "k"), SYSTEM)
