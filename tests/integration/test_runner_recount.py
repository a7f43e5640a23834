from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import text

from engine.clock import SHANGHAI
from engine.commands.decide_correction import DecideCorrection
from engine.commands.load_house import LoadHouse
from engine.commands.recount_order import RecountOrder
from engine.commands.request_correction import RequestCorrection
from engine.errors import Forbidden
from engine.folders import read_shared
from engine.policy import SYSTEM
from engine.store import segments
from tests.diagrams import boundary, node, path, user
from tests.orders import CLERK, LEADER, SURVEYOR, accept, complete, deploy, tasks_of
from tests.stopping import LANES, clocks_of, head, lanes, pending_timers, told

PLAN = "SUPPLY_PLAN_REPLY"
PARTS = (
    lanes("l", 勘查员="a b c"),
    user("a"),
    user("b", yikuo__stage=PLAN),
    *(
        boundary(id, "b", timer.replace('"', "&quot;"), interrupting=False)
        for id, timer in (
            ("late", f'limit("{PLAN}")'),
            ("soon", f'warn("{PLAN}")'),
            ("ahead", 'before(limit("TOTAL"), 2)'),
            ("five", "workdays(5)"),
            ("six", "after(workdays(5), 1)"),
            ("plain", "P30D"),
        )
    ),
    *(node("endEvent", f"e_{id}") for id in ("late", "soon", "ahead", "five", "six", "plain")),
    *(path(id, f"e_{id}") for id in ("late", "soon", "ahead", "five", "six", "plain")),
    user("c"),
    path("s", "a", "b", "c", "e"),
)


@pytest.fixture
def order(engine, clock):
    """Its plan stage began on Monday 2026-03-02; a notice of before did not know that March 4 and 5 are rest days."""
    deploy(engine, *PARTS, lanes=LANES)
    order = accept(engine)
    complete(engine, tasks_of(engine, order.order_id)["a"].id, SURVEYOR)
    clock.advance(days=1)
    return order


def end_of(*day):
    return datetime(*day, tzinfo=SHANGHAI) + timedelta(days=1)


def notice(engine, *rest_days):
    """A new version of the year's calendar, with these rest days more."""
    place = engine.settings.processes_dir
    year = (place / "calendars" / "2026.toml").read_text("utf-8")
    known = next(line for line in year.splitlines() if line.startswith("version"))
    more = "".join(f'"{day}" = "临时放假"\n' for day in rest_days)
    changed = year.replace(known, "version = 99").replace("[holidays]\n", f"[holidays]\n{more}")
    assert changed.count("临时放假") == len(rest_days)
    organisation = orjson.loads((place / "organisation.json").read_bytes())
    engine.run(LoadHouse((changed,), organisation, read_shared(place), uuid4().hex), SYSTEM)
    engine.world.forget()


def recount(engine, order, actor=SYSTEM):
    return engine.run(RecountOrder(order.order_id, "CALENDAR 2026 v99", uuid4().hex), actor)


def test_a_new_notice_moves_clocks_timers_and_tasks_and_is_told_with_both_values(engine, order):
    before, armed = clocks_of(engine, order), pending_timers(engine, order)
    assert armed == {
        "late": end_of(2026, 3, 17),
        "soon": datetime(2026, 3, 12, 9, tzinfo=SHANGHAI),
        "ahead": end_of(2026, 3, 30),
        "five": end_of(2026, 3, 9),
        "six": end_of(2026, 3, 10),
        "plain": armed["plain"],
    }
    notice(engine, "2026-03-04", "2026-03-05")
    moved = recount(engine, order)

    rows = clocks_of(engine, order)
    assert (before[PLAN]["due_on"], rows[PLAN]["due_on"]) == (date(2026, 3, 17), date(2026, 3, 19))
    assert rows["TOTAL"]["due_on"] == date(2026, 4, 3)
    assert "v99" in rows[PLAN]["why"]["text"]
    assert pending_timers(engine, order) == {
        "late": end_of(2026, 3, 19),
        "soon": datetime(2026, 3, 16, 9, tzinfo=SHANGHAI),
        "ahead": end_of(2026, 4, 1),
        "five": end_of(2026, 3, 11),
        "six": end_of(2026, 3, 12),
        "plain": armed["plain"],
    }
    assert tasks_of(engine, order.order_id)["b"].due_at == end_of(2026, 3, 19)
    (entry,) = told(engine, order, "DeadlinesRecounted")
    assert entry.body["cause"] == "CALENDAR 2026 v99"
    clock = next(each for each in entry.body["clocks"] if each["stage"] == PLAN)
    assert (clock["before"], clock["after"]) == ("2026-03-17", "2026-03-19")
    assert {each["element"] for each in entry.body["timers"]} == {"late", "soon", "ahead", "five", "six"}
    assert (moved.n_clocks, moved.n_timers) == (2, 5)
    assert engine.verify_audit()["broken"] == []


def test_a_recount_that_moves_nothing_is_no_event(engine, order):
    assert recount(engine, order).n_clocks == 0
    notice(engine, "2026-12-30")
    assert recount(engine, order).n_timers == 0

    assert told(engine, order, "DeadlinesRecounted") == []
    notice(engine, "2026-03-04", "2026-03-05")
    armed = pending_timers(engine, order)
    assert recount(engine, order).n_clocks == 0  # version 99 is known: a notice is entered once
    assert pending_timers(engine, order) == armed


def test_only_the_system_recounts_and_an_ended_order_stays_as_it_was_judged(engine, order):
    with pytest.raises(Forbidden):
        recount(engine, order, CLERK)
    for element in ("b", "c"):
        complete(engine, tasks_of(engine, order.order_id)[element].id, SURVEYOR)
    before = clocks_of(engine, order)
    notice(engine, "2026-03-03")
    assert recount(engine, order).n_clocks == 0
    assert clocks_of(engine, order) == before
    assert before[PLAN]["used_workdays"] == 1


def test_segments_say_what_ran_and_which_tasks_time_made_the_days(engine, order, clock):
    ids = {element: task.id for element, task in tasks_of(engine, order.order_id).items()}
    clock.advance(days=2)  # Thursday
    complete(engine, ids["b"], SURVEYOR, occurred_at=clock.now() - timedelta(days=1), late_reason="补录")
    with engine.read() as view:
        rows = [row for row in segments.of_order(view.connection, order.order_id) if row["begun_by"]]
    assert {row["stage"]: (row["from_on"], row["until_on"], row["reason"]) for row in rows} == {
        PLAN: (date(2026, 3, 2), date(2026, 3, 4), PLAN),
        "TOTAL": (date(2026, 3, 2), date(2026, 3, 4), PLAN),
    }
    assert {row["ended_by"] for row in rows} == {ids["b"]}


# ---- corrections -----------------------------------------------------------------------------------------------------


def correct(engine, task_id, at, approve=True):
    asked = engine.run(RequestCorrection(task_id, at, "记录有误", uuid4().hex), SURVEYOR)
    engine.run(DecideCorrection(asked.correction_id, approve, "核对现场记录", uuid4().hex), LEADER)


def at(day, hour=9):
    return datetime(2026, 3, day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def taken_in(engine, clock):
    """Accepted on Monday; `a` was done on Wednesday 2026-03-04 at ten, `b` is to be done from then on."""
    deploy(engine, *PARTS, lanes=LANES)
    order = accept(engine)
    clock.move_to(at(4, 10))
    task_id = tasks_of(engine, order.order_id)["a"].id
    complete(engine, task_id, SURVEYOR)
    clock.advance(days=2)
    return order, task_id


@pytest.mark.parametrize(("day", "due"), [(2, date(2026, 3, 17)), (6, date(2026, 3, 23))])
def test_a_correction_moves_the_beginning_of_the_stage_that_it_began(engine, taken_in, day, due):
    order, task_id = taken_in
    assert clocks_of(engine, order)[PLAN]["due_on"] == date(2026, 3, 19)
    correct(engine, task_id, at(day))

    rows = clocks_of(engine, order)
    assert (rows[PLAN]["running_since"], rows[PLAN]["due_on"]) == (date(2026, 3, day), due)
    assert rows["TOTAL"]["running_since"] == date(2026, 3, day)
    assert pending_timers(engine, order)["late"] == end_of(due.year, due.month, due.day)
    assert tasks_of(engine, order.order_id)["b"].due_at == end_of(due.year, due.month, due.day)
    assert pending_timers(engine, order)["five"] == end_of(2026, 3, 11)  # counted from the step, not from a clock
    (entry,) = told(engine, order, "DeadlinesRecounted")
    assert (entry.body["cause"], {each["stage"] for each in entry.body["clocks"]}) == ("CORRECTION", {PLAN, "TOTAL"})
    assert entry.actor == "leader"


def test_a_refused_correction_winds_no_clock(engine, taken_in):
    order, task_id = taken_in
    before = clocks_of(engine, order)
    correct(engine, task_id, at(2), approve=False)
    assert clocks_of(engine, order) == before
    assert told(engine, order, "DeadlinesRecounted") == []


@pytest.mark.parametrize(("day", "used"), [(19, 11), (20, 12), (5, 1)])
def test_a_correction_of_its_end_makes_a_stage_late_or_not(engine, taken_in, clock, day, used):
    order, _ = taken_in
    clock.move_to(at(19, 12))
    task_id = tasks_of(engine, order.order_id)["b"].id
    complete(engine, task_id, SURVEYOR, occurred_at=at(18), late_reason="补录")
    assert clocks_of(engine, order)[PLAN]["used_workdays"] == 10
    clock.move_to(at(23))
    correct(engine, task_id, at(day))

    row = clocks_of(engine, order)[PLAN]
    assert (row["used_workdays"], row["due_on"]) == (used, None)
    assert (row["used_workdays"] > row["limit_workdays"]) == (day == 20)
    told_of = {each["stage"]: each for each in told(engine, order, "DeadlinesRecounted")[0].body["clocks"]}
    assert (told_of[PLAN]["used_before"], told_of[PLAN]["used_after"]) == (10, used)
    assert told_of["TOTAL"]["used_after"] == used


def test_the_clocks_of_an_ended_order_follow_a_correction_too(engine, taken_in, clock):
    order, task_id = taken_in
    for element in ("b", "c"):
        complete(engine, tasks_of(engine, order.order_id)[element].id, SURVEYOR)
    correct(engine, task_id, at(2))

    assert head(engine, order)["status"] == "COMPLETED"
    assert clocks_of(engine, order)[PLAN]["used_workdays"] == 4
    assert engine.verify_audit()["broken"] == []


def test_a_stage_that_a_correction_does_not_touch_keeps_its_days(engine, taken_in, clock):
    order, task_id = taken_in
    correct(engine, task_id, at(4, 9))  # another hour of the same day
    assert told(engine, order, "DeadlinesRecounted") == []
    with engine.read() as view:
        n = view.connection.execute(text("SELECT COUNT(*) FROM clock_segment")).scalar()
    assert n == 2
