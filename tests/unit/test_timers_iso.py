from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.kernel.timers_iso import IsoDuration, NotIso, add, looks_iso, parse_iso

# The 41 forms of the safety evaluation (shared/data/hostile/gen.py): what SpiffWorkflow 3.2.0 took without a word
# although it was wrong is refused here, what is unambiguous is taken.
RIGHT = {
    "PT5M": (0, timedelta(minutes=5)),
    "P1D": (0, timedelta(days=1)),
    "P1DT12H": (0, timedelta(hours=36)),
    "PT36H": (0, timedelta(hours=36)),
    "P1W": (0, timedelta(days=7)),
    "P1M": (1, timedelta(0)),
    "P1Y2M10DT2H30M": (14, timedelta(days=10, hours=2, minutes=30)),
    "PT0S": (0, timedelta(0)),
    "PT1.5H": (0, timedelta(minutes=90)),
    "PT1,5H": (0, timedelta(minutes=90)),
    "PT0.5S": (0, timedelta(milliseconds=500)),
    "P1.5D": (0, timedelta(hours=36)),
    "PT90M": (0, timedelta(minutes=90)),
    "P30D": (0, timedelta(days=30)),
    "PT1H30M": (0, timedelta(minutes=90)),
    "pt5m": (0, timedelta(minutes=5)),
    "P1Y": (12, timedelta(0)),
    "PT1M30S": (0, timedelta(seconds=90)),
    "P4W": (0, timedelta(days=28)),
    "P01D": (0, timedelta(days=1)),
}
WRONG = [
    *("P0.5M", "P1Y1W", "P-1D", "-PT5M", "PT", "P", "", "5m", "PT5", "P1H", "1D", "PT1H1D", "P99999999999D"),
    *("P999999999M", "P99999999999M", "PT99999999999999H", "P1DT", "PT1S1M", "P1M1Y", "P20240101T000000", "R3/PT1M"),
]


@pytest.mark.parametrize("text", RIGHT)
def test_right_durations_mean_what_they_say(text: str) -> None:
    months, span = RIGHT[text]
    assert parse_iso(text) == IsoDuration(months, span)
    assert parse_iso(f' "{text}" ') == IsoDuration(months, span)


@pytest.mark.parametrize("text", WRONG)
def test_doubtful_durations_are_refused(text: str) -> None:
    with pytest.raises(NotIso) as refusal:
        parse_iso(text)
    assert refusal.value.code == "timer_iso"
    assert refusal.value.detail
    assert looks_iso(text), "or it would be read as FEEL instead"


def test_all_forms_of_the_evaluation_are_judged() -> None:
    assert len(RIGHT) + len(WRONG) == 41
    assert not set(RIGHT) & set(WRONG)


@pytest.mark.parametrize(
    "text", ["P10Y1D", "P11Y", "P121M", "P3654D", "PT87673H", "P9Y400D", "P523W", "P1.5DT1H", "+P1D"]
)
def test_beyond_ten_years_or_with_two_fractions(text: str) -> None:
    with pytest.raises(NotIso):
        parse_iso(text)


@pytest.mark.parametrize("text", ["P10Y", "P120M", "P3652D", "PT87600H", "P0.5W"])
def test_up_to_ten_years(text: str) -> None:
    assert isinstance(parse_iso(text), IsoDuration)


def test_aware_instants() -> None:
    expected = datetime(2026, 8, 22, 1, 0, tzinfo=UTC)
    assert parse_iso("2026-08-22T09:00:00+08:00") == expected
    assert parse_iso("2026-08-22T01:00Z") == expected
    assert parse_iso('"2026-08-22T01:00:00.000Z"') == expected


@pytest.mark.parametrize(
    "text",
    [
        *("2026-08-22T09:00:00", "2026-08-22 09:00:00", "2026-08-22", "2026-08-22 09:00:00+08:00", "not a date"),
        *("2026-02-30T09:00:00+08:00", "2026-08-22T25:00:00Z", "1999-01-01T00:00:00Z", "2200-01-01T00:00:00Z"),
        *("2026-08-22T09:00:00+99:00", "٢٠٢٦-08-22T09:00:00Z", "P" + "9" * 5000 + "D"),
    ],
)
def test_naive_or_impossible_instants_are_refused(text: str) -> None:
    with pytest.raises(NotIso):
        parse_iso(text)


def test_months_follow_the_calendar_of_shanghai() -> None:
    month = IsoDuration(1, timedelta(0))
    assert add(datetime(2026, 1, 31, 9, tzinfo=SHANGHAI), month) == datetime(2026, 2, 28, 9, tzinfo=SHANGHAI)
    assert add(datetime(2028, 1, 31, 9, tzinfo=SHANGHAI), month) == datetime(2028, 2, 29, 9, tzinfo=SHANGHAI)
    # 30 January 17:00 UTC is already 31 January in Shanghai.
    assert add(datetime(2026, 1, 30, 17, tzinfo=UTC), month) == datetime(2026, 2, 27, 17, tzinfo=UTC)
    assert add(datetime(2026, 12, 15, tzinfo=UTC), IsoDuration(14, timedelta(days=1))) == datetime(
        2028, 2, 16, tzinfo=UTC
    )


def test_leap_day_plus_a_year() -> None:
    assert add(datetime(2028, 2, 29, 12, tzinfo=SHANGHAI), IsoDuration(12, timedelta(0))) == datetime(
        2029, 2, 28, 12, tzinfo=SHANGHAI
    )


def test_adding_to_a_naive_instant_is_refused() -> None:
    with pytest.raises(NotIso):
        add(datetime(2026, 1, 1), IsoDuration(0, timedelta(1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "text", ['limit("SURVEY")', "due", "workdays(3)", "duration(x)", "now + 1", "Pause", "P_until"]
)
def test_expressions_do_not_look_iso(text: str) -> None:
    assert not looks_iso(text)


@pytest.mark.parametrize("text", ['"not a date"', '""', "2026-08-22 09:00:00", "R/PT0S"])
def test_texts_that_mean_iso_but_fail_look_iso(text: str) -> None:
    assert looks_iso(text)
    with pytest.raises(NotIso):
        parse_iso(text)
