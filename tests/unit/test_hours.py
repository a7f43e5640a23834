from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.clock import SHANGHAI
from engine.domain.calendar import WorkingCalendar
from engine.domain.hours import ALWAYS, add_hours, read_hours
from engine.domain.timers import counted_anew, timer_functions
from engine.errors import Invalid

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in FOLDER.glob("*.toml"))
HALL = read_hours(["1-5 08:30-17:00"], "淳安营业厅")
CITY = read_hours(["1-5 08:30-17:30", "6-7 09:00-16:30"], "市中心营业厅")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-03-02 09:00", "4", "2026-03-02 13:00"),  # Monday
        ("2026-03-02 07:00", "2", "2026-03-02 10:30"),  # before opening
        ("2026-03-02 18:00", "2", "2026-03-03 10:30"),  # after closing
        ("2026-03-02 17:00", "1", "2026-03-03 09:30"),  # at closing
        ("2026-03-02 15:00", "2", "2026-03-02 17:00"),  # just reached
        ("2026-03-02 15:00", "2.5", "2026-03-03 09:00"),
        ("2026-03-02 16:00", "9.5", "2026-03-03 17:00"),
        ("2026-03-06 16:30", "1", "2026-03-09 09:00"),  # over the weekend
        ("2026-02-13 16:00", "2", "2026-02-14 09:30"),  # a Saturday that is worked, by the usual hours
        ("2026-02-14 16:30", "1", "2026-02-24 09:00"),  # over the spring festival
        ("2026-02-16 10:00", "1", "2026-02-24 09:30"),  # from within it
        ("2026-09-30 16:00", "17", "2026-10-09 16:00"),  # National Day
    ],
)
def test_only_open_hours_of_working_days_count(start: str, hours: str, due: str) -> None:
    assert add_hours(at(start), Decimal(hours), HALL, CALENDAR) == at(due)


def test_a_weekend_pattern_holds_on_days_that_are_worked_and_opens_no_others() -> None:
    assert add_hours(at("2026-02-13 17:00"), Decimal(2), CITY, CALENDAR) == at("2026-02-14 10:30")
    assert add_hours(at("2026-03-06 17:00"), Decimal(1), CITY, CALENDAR) == at("2026-03-09 09:00")


def test_a_hall_that_tells_no_hours_never_closes_on_a_working_day() -> None:
    assert add_hours(at("2026-03-06 20:00"), Decimal(6), ALWAYS, CALENDAR) == at("2026-03-09 02:00")


@pytest.mark.parametrize(
    "patterns",
    [[], ["1-5"], ["5-1 08:30-17:00"], ["1-5 17:00-08:30"], ["1-5 08:30-17:00", "5-6 09:00-12:00"],
     ["1-5 29:00-29:30"], [3], ["1-8 08:30-17:00"]],
)  # fmt: skip
def test_hours_that_make_no_sense_are_refused(patterns: list[Any]) -> None:
    with pytest.raises(Invalid):
        read_hours(patterns)


DO = timer_functions(lambda: CALENDAR, {}, {}, at("2026-02-13 16:00"), hours=lambda: HALL)


def test_workhours_say_why() -> None:
    found = DO["workhours"](Decimal(4))
    assert found["due"] == at("2026-02-14 11:30")
    for part in ("2026-02-13 16:00", "4 个营业小时", "2026-02-14 11:30", "淳安营业厅 08:30 至 17:00", "调休上班日"):
        assert part in found["why"]["text"], part


@pytest.mark.parametrize("n", [0, -1, Decimal(4000), "2", True, None])
def test_a_span_that_is_none_is_refused(n: Any) -> None:
    with pytest.raises(Invalid):
        DO["workhours"](n)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 3, 2), "2026-03-02 17:00"),
        (date(2026, 3, 7), "2026-03-09 17:00"),  # a Saturday: the next working day (art. 203)
        (date(2026, 2, 14), "2026-02-14 17:00"),  # a Saturday that is worked
        (date(2026, 2, 15), "2026-02-24 17:00"),
    ],
)
def test_business_ends_when_the_hall_closes(day: date, due: str) -> None:
    found = DO["business_end"](day)
    assert found["due"] == at(due)
    assert found["why"]["due_on"] == due[:10]
    assert ("顺延" in found["why"]["text"]) == (str(day) != due[:10])


def test_before_and_after_may_be_counted_from_them_and_all_are_counted_anew() -> None:
    for found in (
        DO["workhours"](4),
        DO["business_end"](date(2026, 2, 15)),
        DO["before"](DO["workhours"](40), 1),
        DO["after"](DO["before"](date(2026, 3, 9), 2), 3),
        DO["workdays"](5),
    ):
        again = counted_anew(found["why"], CALENDAR, lambda *_: None, HALL)
        assert again == found
    assert counted_anew(DO["at"](date(2026, 3, 2), "09:00")["why"], CALENDAR, lambda *_: None, HALL) is None
