from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.feel import moments, temporal
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import Date, DateTime, DaysTime, Time, Zone

PARIS = moments.zone_named("Europe/Paris")
DAYS = st.integers(moments.ordinal(Date(-moments.MAX_YEAR, 1, 1)), moments.ordinal(Date(moments.MAX_YEAR, 12, 31)))
ZONES = st.sampled_from([None, moments.UTC, Zone(-3723), moments.zone_named("Etc/UTC"), PARIS])
INSTANTS = st.builds(DateTime, DAYS.map(moments.day_at), st.integers(0, moments.DAY - 1), ZONES)


@given(DAYS)
def test_days_are_counted_and_found_again(number: int) -> None:
    assert moments.ordinal(moments.day_at(number)) == number


@given(st.dates())
def test_the_calendar_is_that_of_python(day: date) -> None:
    ours = Date(day.year, day.month, day.day)

    assert moments.weekday(ours) == day.isoweekday()
    assert moments.day_of_year(ours) == day.timetuple().tm_yday
    assert moments.week_of_year(ours) == day.isocalendar().week
    assert moments.day_at(moments.ordinal(ours) + 1 - 1) == ours
    assert moments.to_python(ours) == day


@given(st.datetimes(timezones=st.sampled_from([None, ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Shanghai")])))
def test_instants_are_those_of_python(value: datetime) -> None:
    ours = moments.from_python(value)

    assert moments.to_python(ours) == value
    if value.tzinfo is not None and 2 < value.year < 9998:
        epoch = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
        assert moments.instant(ours) == (value - epoch) // timedelta(microseconds=1) * 1000


@given(INSTANTS)
def test_text_is_read_again(value: DateTime) -> None:
    assert temporal.parse_datetime(temporal.format_datetime(value)) == value
    assert temporal.parse_date(temporal.format_date(value.day)) == value.day
    assert temporal.parse_time(temporal.format_time(Time(value.nanos, value.zone))) == Time(value.nanos, value.zone)


@given(INSTANTS)
def test_an_instant_is_found_again(value: DateTime) -> None:
    assert moments.instant(moments.at_instant(moments.instant(value), value.zone)) == moments.instant(value)


@pytest.mark.parametrize(
    "text", ["-999999999-01-01T00:00:00@Asia/Shanghai", "999999999-12-31T23:59:59@America/New_York"]
)
def test_the_first_and_the_last_day_are_whole_in_every_zone(text: str) -> None:
    value = _utc(text)
    assert moments.at_instant(moments.instant(value), value.zone) == value


def test_the_hour_that_clocks_show_twice_is_two_hours() -> None:
    first, second = (
        moments.at_instant(moments.instant(_utc(f"2024-10-27T{hour}:30:00Z")), PARIS) for hour in "00 01".split()
    )

    assert temporal.format_datetime(first) == temporal.format_datetime(second) == "2024-10-27T02:30:00@Europe/Paris"
    assert moments.instant(second) - moments.instant(first) == 3600 * moments.SECOND
    assert moments.to_python(second) - moments.to_python(first).astimezone(ZoneInfo("UTC")) == timedelta(hours=1)


def _utc(text: str) -> DateTime:
    found = temporal.parse_datetime(text)
    assert found is not None
    return found


@given(st.integers(-moments.MAX_SPAN, moments.MAX_SPAN))
def test_spans_are_read_again(nanos: int) -> None:
    text = temporal.format_days(DaysTime(nanos))
    assert temporal.parse_duration(text) == DaysTime(nanos)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("999999999-12-31", Date(999_999_999, 12, 31)), ("-999999999-01-01", Date(-999_999_999, 1, 1)),
        ("-0044-03-15", Date(-44, 3, 15)), ("1000000000-01-01", None), ("02024-01-01", None), ("+2024-01-01", None),
        ("2023-02-29", None), ("2000-02-29", Date(2000, 2, 29)), ("1900-02-29", None), ("998-01-01", None),
    ],
)  # fmt: skip
def test_years_have_four_to_nine_digits(text: str, expected: Date | None) -> None:
    assert temporal.parse_date(text) == expected


def test_the_far_future_keeps_the_rules_of_summer_time() -> None:
    assert PARIS is not None
    assert moments.offset_at(PARIS, Date(99_999, 7, 1), 0) == 7200
    assert moments.offset_at(PARIS, Date(99_999, 1, 1), 0) == 3600


@pytest.mark.parametrize(
    "value", [Date(10_000, 1, 1), Date(0, 1, 1), DateTime(Date(-1, 1, 1), 0), DaysTime(moments.MAX_SPAN)]
)
def test_what_python_cannot_hold_is_null(value: object) -> None:
    with pytest.raises(NullResult):
        moments.to_python(value)


def test_nothing_lies_beyond_the_calendar() -> None:
    with pytest.raises(NullResult):
        moments.day_at(moments.ordinal(Date(moments.MAX_YEAR, 12, 31)) + 1)
    with pytest.raises(NullResult):
        moments.later_months(Date(-moments.MAX_YEAR, 1, 1), -1)
    with pytest.raises(NullResult):
        moments.span(moments.MAX_SPAN + 1)
