from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.calendar import PROVISIONAL, WorkingCalendar, days_of, provisional_year, read_year
from engine.errors import Invalid

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
CALENDAR = WorkingCalendar.from_texts(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.toml")))
DAYS = st.dates(date(2019, 1, 1), date(2028, 6, 1))


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2026-02-12", 5, "2026-02-26"),
        ("2026-02-13", 5, "2026-02-27"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 5, "2026-02-28"),
        ("2026-02-15", 5, "2026-02-28"),
        ("2026-04-30", 15, "2026-05-25"),
        ("2026-09-24", 6, "2026-10-10"),
        ("2026-09-30", 22, "2026-11-05"),
        ("2025-09-30", 6, "2025-10-15"),
        ("2026-06-18", 5, "2026-06-26"),
        ("2026-06-20", 5, "2026-06-26"),
        ("2026-12-31", 1, "2027-01-04"),
        ("2025-12-31", 1, "2026-01-04"),
    ],
)
def test_vectors_of_the_dossier(start: str, n: int, due: str) -> None:
    assert CALENDAR.add_workdays(date.fromisoformat(start), n) == date.fromisoformat(due)


def test_every_official_day_agrees_with_the_seed() -> None:
    day = date(2019, 1, 1)
    while day < date(2027, 1, 1):
        assert CALENDAR.is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(("year", "n"), [(2024, 251), (2025, 248), (2026, 248)])
def test_workdays_of_a_year(year: int, n: int) -> None:
    assert CALENDAR.workdays_between(date(year - 1, 12, 31), date(year, 12, 31)) == n


@given(DAYS, st.integers(0, 400))
def test_adding_agrees_with_counting_one_by_one(start: date, n: int) -> None:
    day, left = start, n
    while left:
        day += timedelta(days=1)
        left -= CALENDAR.is_workday(day)
    assert CALENDAR.add_workdays(start, n) == day
    assert CALENDAR.workdays_between(start, day) == n


@given(DAYS, DAYS)
def test_between_agrees_with_counting_one_by_one(start: date, end: date) -> None:
    span = range((end - start).days) if end > start else range(0)
    expected = sum(CALENDAR.is_workday(start + timedelta(days=offset + 1)) for offset in span)
    assert CALENDAR.workdays_between(start, end) == expected


@given(DAYS, st.integers(1, 60))
def test_subtracting_undoes_adding_from_a_workday(start: date, n: int) -> None:
    first = CALENDAR.add_workdays(start, 1)
    assert CALENDAR.subtract_workdays(CALENDAR.add_workdays(first, n), n) == first


def test_explanation_names_makeup_days_and_versions() -> None:
    why = CALENDAR.explain(date(2026, 9, 24), 6)
    assert why["due_on"] == "2026-10-10"
    assert why["makeup_days"] == ["2026-10-10"]
    assert why["calendar"] == [{"year": 2026, "version": 1, "status": "OFFICIAL"}]
    assert why["text"] == (
        "自 2026-09-24 次日起第6个工作日为 2026-10-10；10-10（周六）为调休上班日；"
        "09-25 至 09-27 为中秋节假期；10-01 至 10-07 为国庆节假期；日历 2026 v1"
    )


def test_years_without_a_notice_answer_and_say_that_they_are_provisional() -> None:
    why = CALENDAR.explain(date(2026, 12, 30), 5)
    assert why["due_on"] == "2027-01-07"
    assert why["provisional"] is True
    assert "日历 2027 v1（暂定）" in why["text"]
    assert CALENDAR.year(2031) == provisional_year(2031)
    assert CALENDAR.is_workday(date(2031, 10, 2)) is False
    assert CALENDAR.year(2031).status == PROVISIONAL


def test_the_calendar_survives_the_table() -> None:
    years = list(CALENDAR.years.values())
    rows = [day for year in years for day in days_of(year)]
    back = WorkingCalendar.from_days(rows, {year.year: year.version for year in years})
    for year in years:
        assert back.year(year.year).holidays == year.holidays
        assert back.year(year.year).makeup_days == year.makeup_days
        assert back.year(year.year).label == year.label


def test_the_newest_version_of_a_year_wins() -> None:
    text = (FOLDER / "2027.toml").read_text("utf-8")
    newer = text.replace("version = 1", "version = 2").replace("PROVISIONAL", "OFFICIAL")
    assert WorkingCalendar.from_texts([newer, text]).year(2027).label == "日历 2027 v2"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('status = "OFFICIAL"', 'status = "MAYBE"'),
        ("2026-01-04", "2026-01-05"),
        ("2026-01-01", "2025-01-01"),
        ("version = 1", "vision = 1"),
        ("[holidays]", "[holidays"),
    ],
)
def test_a_wrong_calendar_file_is_refused(old: str, new: str) -> None:
    text = (FOLDER / "2026.toml").read_text("utf-8")
    with pytest.raises(Invalid):
        read_year(text.replace(old, new))


@pytest.mark.parametrize("n", [-1, 2_501, True])
def test_an_impossible_span_is_refused(n: int) -> None:
    with pytest.raises(Invalid):
        CALENDAR.add_workdays(date(2026, 1, 5), n)
