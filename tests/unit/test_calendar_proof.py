from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from engine.domain.calendar import WorkingCalendar

FOLDER = Path(__file__).parents[2] / "processes" / "calendars"
TEXTS = {int(path.stem): path.read_text("utf-8") for path in sorted(FOLDER.glob("*.toml"))}
CALENDAR = WorkingCalendar.from_texts(TEXTS.values())
YEARS = range(2019, 2028)
N_WORKDAYS = 60
ONE = timedelta(days=1)
# Decree 795: what is certain of the years around, for which there is no file.
STATUTORY = {(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)}


def every(first: date, last: date) -> list[date]:
    return [first + offset * ONE for offset in range((last - first).days + 1)]


# Day -> working day, straight from the files: no code of the product has a part in it.
def table() -> dict[date, bool]:
    works: dict[date, bool] = {}
    for year in range(YEARS[0] - 1, YEARS[-1] + 2):
        raw = tomllib.loads(TEXTS[year]) if year in TEXTS else None
        for day in every(date(year, 1, 1), date(year, 12, 31)):
            weekday = day.isoweekday() <= 5
            if raw is None:
                works[day] = weekday and (day.month, day.day) not in STATUTORY
            elif str(day) in raw["makeup_days"]:
                works[day] = True
            else:
                works[day] = weekday and str(day) not in raw["holidays"]
    return works


WORKS = table()


def counted(start: date, step: timedelta) -> Iterator[tuple[int, date, bool]]:
    day, n = start, 0
    yield n, day, True
    while n < N_WORKDAYS:
        day += step
        n += WORKS[day]
        yield n, day, WORKS[day]


@pytest.mark.parametrize("year", YEARS)
def test_every_start_and_span_agrees_with_counting_days_one_by_one(year: int) -> None:
    wrong, n_spans = [], 0
    for start in every(date(year, 1, 1), date(year, 12, 31)):
        for n, day, counts in counted(start, ONE):
            if CALENDAR.workdays_between(start, day) != n:
                wrong.append(("between", start, day, n))
            if counts:
                n_spans += 1
                if CALENDAR.add_workdays(start, n) != day:
                    wrong.append(("add", start, day, n))
        for n, day, counts in counted(start, -ONE):
            if counts and CALENDAR.subtract_workdays(start, n) != day:
                wrong.append(("subtract", start, day, n))
    assert wrong == []
    assert n_spans == (366 if year % 4 == 0 else 365) * (N_WORKDAYS + 1)


@pytest.mark.parametrize("year", range(2019, 2027))
def test_every_day_of_the_official_years_is_what_the_notice_says(year: int) -> None:
    raw, days = tomllib.loads(TEXTS[year]), every(date(year, 1, 1), date(year, 12, 31))
    said = {day: chinese_calendar.get_holiday_detail(day) for day in days}

    assert raw["status"] == "OFFICIAL"
    assert [day for day in days if WORKS[day] != chinese_calendar.is_workday(day)] == []
    assert set(raw["holidays"]) == {str(day) for day, (is_off, name) in said.items() if is_off and name}
    assert set(raw["makeup_days"]) == {str(day) for day, (off, _) in said.items() if not off and day.isoweekday() > 5}


def test_a_year_without_a_notice_is_provisional() -> None:
    assert tomllib.loads(TEXTS[2027])["status"] == "PROVISIONAL"
    # Its word for "no notice yet"; a release that knows the year says that the file is to be made official.
    with pytest.raises(NotImplementedError):
        chinese_calendar.is_workday(date(2027, 1, 1))
