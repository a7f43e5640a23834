from __future__ import annotations

from datetime import date, timedelta
from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.errors import Forbidden, FourEyes, InvalidForm
from engine.policy import Actor
from engine.queries import lateness
from tests.lateness import BOTH_SIDES, CENTRE, COUNTY, Late
from tests.orders import LEADER, OTHER_UNIT, complete, tasks_of
from tests.stopping import T1, decide, register

ISSUE = {"supervision_reason": "WORKS", "measure": "请增派班组", "deadline": "2026-05-08"}
ANSWER = {"cause": "MATERIAL", "measures": "物资已到货", "planned_on": "2026-05-20"}
APRIL = date(2026, 4, 30)


@pytest.fixture
def late(engine, clock):
    return Late.begun(engine, clock).until(APRIL, 9)


def do(late, element, actor, **form):
    task_id = tasks_of(late.engine, late.order.order_id)[element].id
    complete(late.engine, task_id, actor, form=form)
    late.answered()


def listed(late, actor, which):
    with late.engine.read() as view:
        return [row["number"] for row in lateness.supervision_orders(view, actor, which)]


def test_it_is_issued_answered_returned_and_accepted(late):
    number = f"{late.order.order_no}D01"
    do(late, "sup_issue", CENTRE, **ISSUE)
    (row,) = late.supervisions
    assert (row["number"], row["state"], row["issued_by"], row["unit_code"]) == (number, "ISSUED", "centre", "3340102")
    assert ("supervision_order_issued", "COUNTY_MANAGER", ["TEAM_LEADER"]) in [sent[:3] for sent in late.sent]
    assert listed(late, COUNTY, "open") == [number] and listed(late, CENTRE, "overdue") == []

    do(late, "sup_answer", COUNTY, **ANSWER)
    assert listed(late, CENTRE, "answered") == [number]
    do(late, "sup_review", CENTRE, answer_accepted=False, new_deadline="2026-05-12")
    assert (late.supervisions[0]["state"], late.supervisions[0]["n_returned"]) == ("RETURNED", 1)
    do(late, "sup_answer", COUNTY, **{**ANSWER, "measures": "已倒排工期"})
    do(late, "sup_review", CENTRE, answer_accepted=True)

    (row,) = late.supervisions
    assert (row["state"], row["answered_by"], row["reviewed_by"], row["due_on"].isoformat()) == (
        "ACCEPTED", "county", "centre", "2026-05-12",
    )  # fmt: skip
    assert row["measures"] == "已倒排工期" and "倒排" not in repr([e.body for e in late.told("SupervisionAnswered")])
    assert "增派" not in repr([e.body for e in late.told("SupervisionIssued")])
    assert listed(late, COUNTY, "open") == [] and listed(late, COUNTY, "all") == [number]
    assert not [task for task in tasks_of(late.engine, late.order.order_id) if task.startswith("sup_")]


def test_a_late_answer_is_told_by_itself_at_the_end_of_its_day(late):
    do(late, "sup_issue", CENTRE, **ISSUE)
    late.until(date(2026, 5, 8), 23, 59)
    assert late.supervisions[0]["overdue_at"] is None
    late.until(date(2026, 5, 9), 8)

    assert late.supervisions[0]["overdue_at"].isoformat() == "2026-05-08T16:00:00+00:00"
    assert listed(late, CENTRE, "overdue") == [late.supervisions[0]["number"]]
    assert ("supervision_order_overdue", "COUNTY_MANAGER", ["CITY_MANAGER", "SUPERVISOR"]) in [
        sent[:3] for sent in late.sent
    ]
    (entry,) = late.told("SupervisionOverdue")
    assert (entry.actor, entry.body["automatic"]) == ("system", True)
    do(late, "sup_answer", COUNTY, **ANSWER)
    assert late.told("SupervisionAnswered")[0].body["late"] is True
    assert listed(late, CENTRE, "overdue") == []


def test_only_the_unit_answers_only_the_centre_issues_and_nobody_reviews_himself(late):
    for actor in (COUNTY, LEADER):
        with pytest.raises(Forbidden):
            do(late, "sup_issue", actor, **ISSUE)
    do(late, "sup_issue", CENTRE, **ISSUE)
    with pytest.raises(Forbidden):
        do(late, "sup_answer", CENTRE, **ANSWER)
    other = Actor("county9", "外县", roles=frozenset({"COUNTY_MANAGER"}), unit_code=OTHER_UNIT)
    assert listed(late, other, "all") == []
    do(late, "sup_answer", BOTH_SIDES, **ANSWER)
    with pytest.raises(FourEyes):
        do(late, "sup_review", BOTH_SIDES, answer_accepted=True)


@pytest.mark.parametrize("deadline", ["2026-04-29", "2026-02-30"])
def test_a_day_that_has_passed_is_no_deadline(late, deadline):
    with pytest.raises(InvalidForm):
        do(late, "sup_issue", CENTRE, **{**ISSUE, "deadline": deadline})
    assert late.supervisions == []


def test_a_return_needs_a_new_day(late):
    do(late, "sup_issue", CENTRE, **ISSUE)
    do(late, "sup_answer", COUNTY, **ANSWER)
    with pytest.raises(InvalidForm):
        do(late, "sup_review", CENTRE, answer_accepted=False)
    assert late.supervisions[0]["state"] == "ANSWERED"


def test_it_ends_with_the_work_of_the_order(late):
    do(late, "sup_issue", CENTRE, **ISSUE)
    register(late.engine, late.order, "termination", T1)
    decide(late.engine, late.order, task="ter_ok")
    late.answered()

    assert late.supervisions[0]["state"] == "ENDED"
    assert len(late.told("SupervisionEnded")) == 1
    assert listed(late, CENTRE, "open") == []
    late.until(APRIL + timedelta(days=60))
    assert late.told("SupervisionOverdue") == []


def test_the_centre_claims_its_task_in_any_unit(late):
    task_id = tasks_of(late.engine, late.order.order_id)["sup_issue"].id
    assert late.engine.run(ClaimTask(task_id, uuid4().hex), CENTRE).assignee == "centre"
