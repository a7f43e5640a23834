from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import clocks
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import ClockKind, ClockState, Limit
from engine.errors import Invalid

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in FOLDER.glob("*.toml"))


def limit(stage: str, workdays: int, clock: ClockKind, category: str = "HV_SINGLE") -> Limit:
    return Limit(category, stage, workdays, Decimal("0.7"), clock, "样例依据")


WHOLE = {"TOTAL": limit("TOTAL", 5, ClockKind.WHOLE, "LV_RES")}
SUM = {
    "TOTAL": limit("TOTAL", 22, ClockKind.SUM),
    "SUPPLY_PLAN_REPLY": limit("SUPPLY_PLAN_REPLY", 11, ClockKind.STAGE),
    "METER_INSTALLATION": limit("METER_INSTALLATION", 3, ClockKind.STAGE),
}


def test_the_whole_process_clock_runs_from_submission_to_energisation() -> None:
    running = clocks.order_clocks(WHOLE, date(2026, 2, 13))
    end = running["TOTAL"].deadline(CALENDAR)
    assert end is not None
    assert end.due_on == date(2026, 2, 27)
    assert end.due_at == datetime(2026, 2, 27, 16, 0, tzinfo=UTC)
    after = clocks.moved(running, "METER_INSTALLATION", date(2026, 2, 24), begins=False)
    assert after == running
    stopped = clocks.moved(running, "ENERGISATION", date(2026, 2, 27), begins=False)["TOTAL"]
    assert (stopped.used_before(CALENDAR), stopped.deadline(CALENDAR)) == (5, None)


def test_the_last_day_is_in_time_and_the_next_is_not() -> None:
    running = clocks.order_clocks(WHOLE, date(2026, 2, 13))["TOTAL"]
    assert not running.is_over(date(2026, 2, 27), CALENDAR)
    assert running.is_over(date(2026, 2, 28), CALENDAR)


def test_the_sum_clock_counts_limited_stages_only() -> None:
    state = clocks.order_clocks(SUM, date(2026, 3, 2))
    assert state["TOTAL"].deadline(CALENDAR) is None
    state = clocks.moved(state, "SUPPLY_PLAN_REPLY", date(2026, 3, 2), begins=True)
    state = clocks.moved(state, "SUPPLY_PLAN_REPLY", date(2026, 3, 9), begins=False)
    state = clocks.moved(state, "WORKS", date(2026, 3, 9), begins=True)
    state = clocks.moved(state, "WORKS", date(2026, 6, 30), begins=False)
    assert (state["TOTAL"].used_before(CALENDAR), state["TOTAL"].is_running) == (5, False)
    state = clocks.moved(state, "METER_INSTALLATION", date(2026, 7, 1), begins=True)
    assert state["METER_INSTALLATION"].deadline(CALENDAR).due_on == date(2026, 7, 6)  # type: ignore[union-attr]
    assert state["TOTAL"].deadline(CALENDAR).due_on == CALENDAR.add_workdays(date(2026, 7, 1), 17)  # type: ignore[union-attr]


def test_a_used_up_clock_is_due_on_the_day_it_starts_again() -> None:
    used_up = ClockState(WHOLE["TOTAL"], carried_workdays=7).start(date(2026, 3, 2))
    end = used_up.deadline(CALENDAR)
    assert end is not None
    assert end.due_on == date(2026, 3, 2)


@given(st.dates(date(2025, 1, 1), date(2026, 6, 1)), st.lists(st.integers(0, 20), max_size=6))
def test_starting_and_stopping_adds_up(start: date, spans: list[int]) -> None:
    state, day, expected = ClockState(WHOLE["TOTAL"]), start, 0
    for n in spans:
        state = state.start(day).start(day)
        end = CALENDAR.add_workdays(day, n)
        expected += n
        assert state.used(end, CALENDAR) == expected
        state = state.stop(end).stop(end)
        day = CALENDAR.add_workdays(end, 3)
    assert state.used_before(CALENDAR) == expected


def test_deadline_and_warning_say_why() -> None:
    end = clocks.deadline(WHOLE["TOTAL"], date(2026, 9, 24), CALENDAR)
    assert end.why["basis"] == "样例依据"
    assert str(end.why["text"]).endswith("时限 5 个工作日（LV_RES TOTAL，样例依据）")
    soon = clocks.warning(WHOLE["TOTAL"], date(2026, 3, 2), CALENDAR)
    assert soon.due_at == datetime(2026, 3, 6, 1, 0, tzinfo=UTC)
    assert "70%" in soon.why["text"]


@pytest.mark.parametrize(("workdays", "share", "day"), [(5, "0.7", 4), (10, "0.7", 7), (20, "0.7", 14), (1, "0.7", 1)])
def test_the_warning_day_has_no_rounding_of_floats(workdays: int, share: str, day: int) -> None:
    assert Limit("LV_RES", "TOTAL", workdays, Decimal(share), ClockKind.WHOLE, "").warn_workdays == day


ROW = {"workdays": Decimal(5), "warn_share": Decimal("0.7"), "clock": "WHOLE", "basis": "依据"}


def test_a_row_of_the_table_becomes_a_limit() -> None:
    assert clocks.limit_of("LV_RES", "TOTAL", ROW) == Limit(
        "LV_RES", "TOTAL", 5, Decimal("0.7"), ClockKind.WHOLE, "依据"
    )
    assert clocks.limit_of("LV_RES", "TOTAL", ROW | {"workdays": 5, "warn_share": 0.7}) is not None
    assert clocks.limit_of("LV_RES", "WORKS", None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"workdays": 0},
        {"workdays": Decimal("2.5")},
        {"workdays": 400},
        {"workdays": "x"},
        {"warn_share": 0},
        {"warn_share": 1.2},
        {"clock": "SOMETIMES"},
    ],
)
def test_a_broken_row_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        clocks.limit_of("LV_RES", "TOTAL", ROW | change)


def test_an_incomplete_row_is_refused() -> None:
    with pytest.raises(Invalid):
        clocks.limit_of("LV_RES", "TOTAL", {"workdays": 5})


# ---- suspension ------------------------------------------------------------------------------------------------------


def test_a_pause_uses_up_its_own_day_and_nothing_until_the_day_of_resuming() -> None:
    running = ClockState(SUM["SUPPLY_PLAN_REPLY"]).start(date(2026, 3, 2))
    paused = running.pause(date(2026, 3, 4))
    assert (paused.used_before(CALENDAR), paused.deadline(CALENDAR), paused.used(date(2026, 6, 1), CALENDAR)) == (
        2,
        None,
        2,
    )
    resumed = paused.resume(date(2026, 3, 18))
    assert (resumed.paused_workdays(CALENDAR), resumed.used(date(2026, 3, 18), CALENDAR)) == (10, 2)
    end = resumed.deadline(CALENDAR)
    assert end is not None
    assert end.due_on == CALENDAR.add_workdays(date(2026, 3, 18), 9)
    assert "此前已用 2 个工作日，依规暂停 10 个工作日" in end.why["text"]


def test_a_clock_begun_while_paused_runs_from_the_day_of_resuming() -> None:
    paused = ClockState(SUM["METER_INSTALLATION"]).pause(date(2026, 3, 4)).start(date(2026, 3, 5))
    assert not paused.is_running
    assert paused.resume(date(2026, 3, 9)).running_since == date(2026, 3, 9)
    assert paused.stop(date(2026, 3, 6)).resume(date(2026, 3, 9)).running_since is None


def test_what_was_not_paused_is_not_resumed_and_a_pause_is_not_paused_again() -> None:
    running = ClockState(WHOLE["TOTAL"]).start(date(2026, 3, 2))
    assert running.resume(date(2026, 3, 9)) == running
    paused = running.pause(date(2026, 3, 4))
    assert paused.pause(date(2026, 3, 6)) is paused


@pytest.mark.parametrize(
    ("kinds", "standing"),
    [
        ((), set()),
        ((ClockKind.STAGE,), {"SUPPLY_PLAN_REPLY"}),
        ((ClockKind.SUM,), {"TOTAL"}),
        ((ClockKind.SUM, ClockKind.STAGE), {"TOTAL", "SUPPLY_PLAN_REPLY"}),
        ((ClockKind.WHOLE,), set()),
    ],
)
def test_only_the_kinds_that_the_reason_stops_are_paused(kinds: tuple[ClockKind, ...], standing: set[str]) -> None:
    began = clocks.moved(clocks.order_clocks(SUM, date(2026, 3, 2)), "SUPPLY_PLAN_REPLY", date(2026, 3, 2), begins=True)
    after = clocks.held(began, kinds, date(2026, 3, 4))
    assert {stage for stage, state in began.items() if state.is_running and not after[stage].is_running} == standing
    assert clocks.resumed(after, date(2026, 3, 4)).keys() == began.keys()


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=5))
def test_working_days_are_either_used_or_paused(spans: list[tuple[int, int]]) -> None:
    first = date(2026, 3, 2)
    state, day = ClockState(WHOLE["TOTAL"]).start(first), first
    for used, idle in spans:
        day = CALENDAR.add_workdays(day, used)
        state = state.pause(day)
        day = CALENDAR.add_workdays(day, idle)
        state = state.resume(day)
    whole = CALENDAR.workdays_between(first, day)
    assert state.used(day, CALENDAR) + state.paused_workdays(CALENDAR) == whole
    assert state.paused_workdays(CALENDAR) == sum(idle for _, idle in spans)


def test_a_change_of_category_gives_no_time_back() -> None:
    before = {
        "TOTAL": ClockState(SUM["TOTAL"], carried_workdays=9),
        "SUPPLY_PLAN_REPLY": ClockState(SUM["SUPPLY_PLAN_REPLY"], carried_workdays=4).start(date(2026, 3, 9)),
    }
    other = {
        "TOTAL": limit("TOTAL", 32, ClockKind.SUM, "HV_DUAL"),
        "SUPPLY_PLAN_REPLY": limit("SUPPLY_PLAN_REPLY", 21, ClockKind.STAGE, "HV_DUAL"),
        "ENERGISATION": limit("ENERGISATION", 3, ClockKind.STAGE, "HV_DUAL"),
    }
    after = clocks.reclassified(before, other, date(2026, 3, 2), date(2026, 3, 11))
    assert {stage: (s.used_before(CALENDAR), s.is_running) for stage, s in after.items()} == {
        "TOTAL": (9, False),
        "SUPPLY_PLAN_REPLY": (6, False),
        "ENERGISATION": (0, False),
    }
    assert after["TOTAL"].limit.workdays == 32
    whole = clocks.reclassified(before, WHOLE, date(2026, 3, 2), date(2026, 3, 11))["TOTAL"]
    assert (whole.used_before(CALENDAR), whole.running_since) == (0, date(2026, 3, 2))
    paused = ClockState(WHOLE["TOTAL"], (), 1, 2).start(date(2026, 3, 9))
    kept = clocks.reclassified({"TOTAL": paused}, WHOLE, date(2026, 3, 2), date(2026, 3, 11))["TOTAL"]
    found = (kept.used_before(CALENDAR), kept.running_since, kept.paused_workdays(CALENDAR))
    assert found == (1, date(2026, 3, 9), 2)
