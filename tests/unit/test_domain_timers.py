from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.domain.clocks import ClockKind, Limit
from engine.domain.timers import Reading, timer_functions
from engine.errors import Invalid

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in FOLDER.glob("*.toml"))
LIMITS = {
    "TOTAL": Limit("LV_RES", "TOTAL", 5, Decimal("0.7"), ClockKind.WHOLE, "依据"),
    "METER_INSTALLATION": Limit("LV_PARK", "METER_INSTALLATION", 3, Decimal("0.7"), ClockKind.STAGE, "依据"),
}
NOW = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)  # 2026-03-04 07:30 in Shanghai
STARTED = {"TOTAL": datetime(2026, 3, 1, 17, 0, tzinfo=UTC)}  # 2026-03-02 01:00 in Shanghai
DO = timer_functions(lambda: CALENDAR, LIMITS, STARTED, NOW)


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[arg-type,misc]


def test_the_total_limit_counts_from_the_submission() -> None:
    end = DO["limit"]("TOTAL")
    assert end["due"] == shanghai(2026, 3, 10)
    assert end["why"]["due_on"] == "2026-03-09"
    assert DO["warn"]("TOTAL")["due"] == shanghai(2026, 3, 6, 9)


def test_a_stage_that_has_not_begun_begins_now() -> None:
    assert DO["limit"]("METER_INSTALLATION")["why"]["start_on"] == "2026-03-04"
    assert DO["limit"]("METER_INSTALLATION")["due"] == shanghai(2026, 3, 10)


def test_limits_may_be_looked_up_lazily() -> None:
    lazy = timer_functions(lambda: CALENDAR, LIMITS.get, STARTED, NOW)
    assert lazy["limit"]("TOTAL")["due"] == DO["limit"]("TOTAL")["due"]


@pytest.mark.parametrize("stage", ["WORKS", "", None, Decimal(1)])
def test_a_stage_without_a_limit_is_an_error_not_a_silent_timer(stage: Any) -> None:
    for name in ("limit", "warn"):
        with pytest.raises(Invalid):
            DO[name](stage)


def test_workdays_end_with_the_day() -> None:
    assert DO["workdays"](Decimal(3))["due"] == shanghai(2026, 3, 10)
    assert DO["workdays"](Decimal("1.0"))["due"] == shanghai(2026, 3, 6)
    assert DO["workdays"](0)["due"] == shanghai(2026, 3, 5)


@pytest.mark.parametrize("n", [-1, Decimal("1.5"), True, "3", None, 367])
def test_workdays_must_be_a_small_whole_number(n: Any) -> None:
    with pytest.raises(Invalid):
        DO["workdays"](n)


def test_before_goes_back_by_working_days() -> None:
    friday_end = shanghai(2026, 3, 14)
    assert DO["before"](friday_end, 1)["due"] == shanghai(2026, 3, 13)
    assert DO["before"](date(2026, 3, 13), 1)["due"] == shanghai(2026, 3, 13)
    assert DO["before"]({"due": friday_end, "why": {}}, 1)["due"] == shanghai(2026, 3, 13)
    assert DO["before"](shanghai(2026, 3, 9, 15), 1)["due"] == shanghai(2026, 3, 6, 15)
    assert DO["before"](shanghai(2026, 10, 9, 15), 2)["due"] == shanghai(2026, 9, 30, 15)


@pytest.mark.parametrize("instant", [None, "2026-03-09", datetime(2026, 3, 9, 15), {}])  # noqa: DTZ001
def test_before_needs_an_aware_instant(instant: Any) -> None:
    with pytest.raises(Invalid):
        DO["before"](instant, 1)


def test_at_puts_a_time_on_a_day() -> None:
    assert DO["at"](date(2026, 3, 9), "09:00")["due"] == shanghai(2026, 3, 9, 9)
    assert DO["at"](date(2026, 3, 9), time(17, 30))["due"] == shanghai(2026, 3, 9, 17, 30)
    assert DO["at"](NOW, "09:00")["due"] == shanghai(2026, 3, 4, 9)


@pytest.mark.parametrize(("day", "clock"), [("x", "09:00"), (date(2026, 3, 9), "25:00"), (date(2026, 3, 9), 9)])
def test_at_needs_a_day_and_a_time(day: Any, clock: Any) -> None:
    with pytest.raises(Invalid):
        DO["at"](day, clock)


def test_after_counts_working_days_from_the_day_to_the_end_of_the_last() -> None:
    assert DO["after"](shanghai(2026, 3, 13, 15), 1)["due"] == shanghai(2026, 3, 17)
    assert DO["after"](shanghai(2026, 3, 14), 1)["due"] == shanghai(2026, 3, 17)  # Friday 24:00 belongs to Friday
    assert DO["after"](date(2026, 3, 13), 2)["due"] == shanghai(2026, 3, 18)
    assert DO["after"](DO["limit"]("TOTAL"), Decimal(2))["due"] == shanghai(2026, 3, 12)
    assert DO["after"](date(2026, 9, 30), 1)["due"] == shanghai(2026, 10, 9)
    assert DO["after"](date(2026, 3, 13), 0)["due"] == shanghai(2026, 3, 14)


@pytest.mark.parametrize(("instant", "n"), [(None, 1), ("2026-03-09", 1), ({}, 1), (date(2026, 3, 9), "1")])
def test_after_needs_a_moment_and_a_number(instant: Any, n: Any) -> None:
    with pytest.raises(Invalid):
        DO["after"](instant, n)


def test_the_end_of_a_day() -> None:
    assert DO["day_end"](date(2026, 3, 9))["due"] == shanghai(2026, 3, 10)
    assert DO["day_end"](NOW)["due"] == shanghai(2026, 3, 5)
    for wrong in ("2026-03-09", None, datetime(2026, 3, 9, 15)):  # noqa: DTZ001
        with pytest.raises(Invalid):
            DO["day_end"](wrong)


def test_what_is_counted_from_a_limit_hangs_on_its_stage() -> None:
    for name in ("before", "after"):
        assert DO[name](DO["limit"]("TOTAL"), 1)["why"]["stage"] == "TOTAL"
        assert DO[name](DO["warn"]("METER_INSTALLATION"), 1)["why"]["stage"] == "METER_INSTALLATION"
        assert DO[name](DO[name](DO["limit"]("TOTAL"), 1), 1)["why"]["stage"] == "TOTAL"
        assert "stage" not in DO[name](date(2026, 3, 9), 1)["why"]
        assert "stage" not in DO[name](DO["workdays"](3), 1)["why"]


def reading(**shown: Any) -> dict[str, Any]:
    readings = lambda stage: Reading(**shown) if stage == "TOTAL" else None  # noqa: E731
    return timer_functions(lambda: CALENDAR, LIMITS, STARTED, NOW, readings)


def test_days_used_before_a_pause_count() -> None:
    clock = reading(used_workdays=3, since=date(2026, 3, 9))
    assert clock["limit"]("TOTAL")["due"] == shanghai(2026, 3, 12)
    assert clock["warn"]("TOTAL")["due"] == shanghai(2026, 3, 10, 9)
    assert clock["limit"]("METER_INSTALLATION")["why"]["start_on"] == "2026-03-04"  # no clock: it begins now
    used_up = reading(used_workdays=9, since=date(2026, 3, 9))
    assert used_up["warn"]("TOTAL")["due"] == shanghai(2026, 3, 9, 9)


def test_a_paused_clock_holds_what_hangs_on_it() -> None:
    clock = reading(used_workdays=3, paused=True)
    held = clock["limit"]("TOTAL")
    assert held["due"] is None
    assert (held["why"]["stage"], held["why"]["held"]) == ("TOTAL", True)
    assert clock["before"](held, 1) == clock["after"](held, 2) == clock["warn"]("TOTAL") == held
