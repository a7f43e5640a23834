from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.calendar import CalendarYear, WorkingCalendar
from engine.domain.clocks import ClockKind, ClockState, Limit
from engine.domain.segments import Segment, SegmentKind, Span, corrected, paused, running

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in FOLDER.glob("*.toml"))
RUN, PAUSE = SegmentKind.RUN, SegmentKind.PAUSE
FIRST = date(2026, 1, 20)
LIMIT = Limit("HV_SINGLE", "TOTAL", 22, Decimal("0.7"), ClockKind.SUM, "样例依据")
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(days=n))


def segments(kind: SegmentKind) -> st.SearchStrategy[Segment]:
    return st.builds(Segment, st.just(kind), DAYS, st.none() | DAYS)


TRACKS = st.lists(segments(RUN) | segments(PAUSE), max_size=7).map(tuple)


def brute_force(track: tuple[Segment, ...], on: date, calendar: WorkingCalendar) -> tuple[int, int]:
    """Day by day: how many working days up to `on` are used, and how many are kept from it by a pause."""
    used = kept = 0
    for n in range((on - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        if not calendar.is_workday(day):
            continue
        inside = {s.kind for s in track if s.from_on < day and (s.until_on is None or day <= s.until_on)}
        used += inside == {RUN}
        kept += inside == {RUN, PAUSE}
    return used, kept


@settings(max_examples=400, deadline=None)
@given(TRACKS, st.integers(0, 90).map(lambda n: FIRST + timedelta(days=n)))
def test_used_days_are_those_that_lie_in_a_run_and_in_no_pause(track: tuple[Segment, ...], on: date) -> None:
    state = ClockState(LIMIT, track)
    used, _ = brute_force(track, on, CALENDAR)
    assert state.used(on, CALENDAR) == used


@settings(max_examples=400, deadline=None)
@given(TRACKS)
def test_a_clock_that_runs_ends_on_the_day_that_brute_force_finds(track: tuple[Segment, ...]) -> None:
    state = ClockState(LIMIT, track)
    end = state.deadline(CALENDAR)
    still = any(s.kind is RUN and s.is_open for s in track) and not any(s.kind is PAUSE and s.is_open for s in track)
    assert (end is not None) == state.is_running == still
    if end is not None and state.running_since is not None and end.due_on > state.running_since:
        assert brute_force(track, end.due_on, CALENDAR)[0] == LIMIT.workdays
        assert brute_force(track, end.due_on - timedelta(days=1), CALENDAR)[0] == LIMIT.workdays - 1
    elif end is not None:  # more was used before than there was
        assert brute_force(track, end.due_on, CALENDAR)[0] >= LIMIT.workdays


@settings(max_examples=200, deadline=None)
@given(TRACKS)
def test_pauses_that_are_over_keep_the_days_that_brute_force_finds(track: tuple[Segment, ...]) -> None:
    over = tuple(s for s in track if s.kind is RUN or not s.is_open)
    horizon = FIRST + timedelta(days=400)
    assert ClockState(LIMIT, over).paused_workdays(CALENDAR) == brute_force(over, horizon, CALENDAR)[1]


def test_a_new_calendar_counts_the_same_segments_anew() -> None:
    state = ClockState(LIMIT).start(date(2026, 3, 2)).pause(date(2026, 3, 4)).resume(date(2026, 3, 18))
    known = CALENDAR.year(2026)
    rest = {**known.holidays, **{date(2026, 3, day): "临时放假" for day in (3, 5, 6)}}
    changed = WorkingCalendar.of([CalendarYear(2026, known.version + 1, known.status, rest, known.makeup_days)])
    assert (state.used_before(CALENDAR), state.paused_workdays(CALENDAR)) == (2, 10)
    assert (state.used_before(changed), state.paused_workdays(changed)) == (1, 8)
    assert state.deadline(changed).due_on == changed.add_workdays(date(2026, 3, 18), 21)  # type: ignore[union-attr]


def test_what_was_used_before_segments_is_carried_and_not_recounted() -> None:
    state = ClockState(LIMIT, (), carried_workdays=5, carried_paused=3).start(date(2026, 3, 2))
    assert (state.used(date(2026, 3, 4), CALENDAR), state.paused_workdays(CALENDAR)) == (7, 3)


def test_the_stages_of_a_sum_clock_may_overlap_and_no_day_counts_twice() -> None:
    state = ClockState(LIMIT).start(date(2026, 3, 2), "SUPPLY_PLAN_REPLY").start(date(2026, 3, 4), "DESIGN_REVIEW")
    state = state.stop(date(2026, 3, 3), "DESIGN_REVIEW")  # stated before it began: nothing of it is left
    assert state.running_since == date(2026, 3, 2)
    state = state.stop(date(2026, 3, 6), "SUPPLY_PLAN_REPLY")
    assert (state.is_running, state.used_before(CALENDAR)) == (False, 4)


def test_a_stage_that_begins_in_a_pause_runs_when_it_is_over() -> None:
    track = (Segment(RUN, date(2026, 3, 5)), Segment(PAUSE, date(2026, 3, 4), date(2026, 3, 9)))
    assert running(track) == [Span(date(2026, 3, 9), None)]
    assert paused(track) == [Span(date(2026, 3, 5), date(2026, 3, 9))]


@pytest.mark.parametrize(("task", "spans"), [("a", (5, 10)), ("b", (2, 5)), ("c", (2, 10))])
def test_a_correction_moves_the_days_that_the_task_made_and_no_others(task: str, spans: tuple[int, int]) -> None:
    track = (Segment(RUN, date(2026, 3, 2), date(2026, 3, 10), begun_by="a", ended_by="b"),)
    assert running(corrected(track, task, date(2026, 3, 5))) == [Span(*(date(2026, 3, day) for day in spans))]
