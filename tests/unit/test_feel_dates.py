from __future__ import annotations

import pytest

from engine.kernel.feel import compile_expression


def ev(text: str, **scope: object) -> object:
    return compile_expression(text).evaluate(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2024-02-29") + duration("P1Y")', "2025-02-28"), ('@"2024-01-31" + @"P1M"', "2024-02-29"),
        ('@"2023-01-31" + @"P1M"', "2023-02-28"), ('@"2024-02-28" + @"P2D"', "2024-03-01"),
        ('@"2023-02-28" + @"P1D"', "2023-03-01"), ('@"2024-03-31" - @"P1M"', "2024-02-29"),
        ('@"2024-01-01" + @"PT23H"', "2024-01-01"), ('@"P1Y" + @"2024-01-01"', "2025-01-01"),
        ('@"2024-03-01" - @"2024-02-01"', "P29D"), ('@"2023-03-01" - @"2023-02-01"', "P28D"),
        ('@"2024-01-01T00:00:00Z" - @"2024-01-01T08:00:00+08:00"', "PT0S"),
        ('@"2024-01-01T00:00:00" + @"PT25H30M"', "2024-01-02T01:30:00"),
        ('@"2024-03-31T00:30:00@Europe/Paris" + @"PT2H"', "2024-03-31T03:30:00@Europe/Paris"),
        ('@"23:30:00" + @"PT1H"', "00:30:00"), ('@"10:00:00Z" - @"09:00:00+01:00"', "PT2H"),
        ('@"P1D" * 1.5', "P1DT12H"), ('@"P1DT1H" / 5', "PT5H"), ('@"P1Y" / 2', "P6M"), ('@"P1Y2M" * -1', "-P1Y2M"),
        ('-@"PT90M"', "-PT1H30M"), ('@"P1Y" - @"P1M"', "P11M"), ('abs(@"-P1D")', "P1D"),
        ('years and months duration(@"2020-02-29", @"2021-02-28")', "P11M"),
        ('years and months duration(@"2021-02-28", @"2020-02-29")', "-P11M"),
        ('years and months duration(@"2011-12-22", @"2013-08-24")', "P1Y8M"), ('date(2024, 2, 29)', "2024-02-29"),
        ('date(@"2024-02-29T10:00:00")', "2024-02-29"),
        ('@"2024-12-31T24:00:00Z"', "2025-01-01T00:00:00Z"), ('@"10:00:00@Europe/Paris".time offset', "PT1H"),
        ('@"10:00:00Z" - @"09:00:00"', "PT1H"),
        ('time(9, 5, 0.5)', "09:05:00.5"),
        ('time(9, 0, 0, @"PT8H")', "09:00:00+08:00"), ('@"09:00:00Z"', "09:00:00Z"),
        ('date and time(@"2024-02-29", @"09:00:00Z")', "2024-02-29T09:00:00Z"),
        ('date and time("2024-02-29")', "2024-02-29T00:00:00"),
        ('date and time(2024, 2, 29, 9, 0, 0, "Asia/Shanghai")', "2024-02-29T09:00:00@Asia/Shanghai"),
        ('duration("P400D")', "P400D"), ('duration("PT36H")', "P1DT12H"), ('duration("P14M")', "P1Y2M"),
        ('@"PT0.5S"', "PT0.5S"), ('duration("P0Y")', "P0M"),
        ('@"2024-01-01T09:00:00+08:00:30"', "2024-01-01T09:00:00+08:00:30"),
    ],
)  # fmt: skip
def test_values_and_arithmetic(text: str, expected: str) -> None:
    assert ev(f"string({text})") == expected


@pytest.mark.parametrize(
    "text",
    [
        'date("2023-02-29")', 'date("2024-2-9")', 'date("24-02-09")', 'time("24:00:00")', 'time("9:00:00")',
        'time("09:00")', 'time("09:00:00+15:00")', 'date and time("2024-01-01T25:00:00")', 'duration("P")',
        'duration("PT")', 'duration("P1Y1D")', 'duration("P1.5D")', 'time("10:00:00+14:01")',
        'date and time("2024-01-01T24:00:01")',
        'date and time(@"2024-01-01")', 'date and time("999999999-12-31T24:00:00")', 'date(2023, 13, 1)',
        'time("09:00:00@Nowhere/Land")', 'date("999999999-12-31") + @"P1D"',
        '@"2024-01-01T00:00:00" - @"2024-01-01T00:00:00Z"', '@"P1D" + @"P1M"', '@"10:00:00" + @"P1M"',
        '@"2024-01-01" + 1', 'now()', 'today()', '@"P1D" / 0', '@"2024-01-01" * 2',
    ],
)  # fmt: skip
def test_null(text: str) -> None:
    assert ev(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-02-29".year', 2024), ('@"2024-02-29".weekday', 4), ('@"2024-02-29T10:20:30.5Z".second', 30.5),
        ('@"2024-02-29T10:20:30".hour', 10), ('@"P1DT2H3M4S".minutes', 3), ('@"P1Y2M".months', 2),
        ('@"P1Y2M".years', 1), ('@"-P1DT2H".hours', -2), ('day of year(@"2024-12-31")', 366),
        ('week of year(@"2021-01-03")', 53), ('@"2024-02-29".hour', None), ('[1..5].end', 5),
        ('[1..5).end included', False),
    ],
)  # fmt: skip
def test_parts(text: str, expected: object) -> None:
    assert ev(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-01-01T00:00:00Z" = @"2024-01-01T08:00:00+08:00"', True),
        ('is(@"2024-01-01T00:00:00Z", @"2024-01-01T08:00:00+08:00")', False),
        ('@"2024-01-01T00:00:00" = @"2024-01-01T00:00:00Z"', False),
        ('@"2024-01-01T00:00:00" < @"2024-01-01T00:00:00Z"', False),
        ('@"2024-01-01T00:00:00" < @"2024-01-01T00:00:01+05:00"', True), ('@"10:00:00" < @"10:00:01-05:00"', True),
        ('@"2024-01-01" = @"2024-01-01T00:00:00"', None),
        ('@"P1Y" = @"P12M"', True), ('@"P1D" = @"PT24H"', True), ('@"P1M" > @"P30D"', None),
        ('@"10:00:00Z" < @"10:00:00-01:00"', True), ('@"2024-01-02" > @"2024-01-01"', True),
        ('day of week(@"2026-11-23") = "Monday"', True), ('month of year(@"2026-11-23") = "November"', True),
        ('@"2024-02-29T10:00:00@Asia/Shanghai".timezone = "Asia/Shanghai"', True),
        ('@"2024-02-29T10:00:00+08:00".time offset = @"PT8H"', True),
        ('@"2024-10-27T02:30:00@Europe/Paris" in [@"2024-10-27T00:00:00Z"..@"2024-10-27T02:00:00Z"]', True),
    ],
)  # fmt: skip
def test_comparison(text: str, expected: object) -> None:
    assert ev(text) is expected


def test_days_are_iterated_up_and_down() -> None:
    assert ev('count(for d in @"2024-02-27"..@"2024-03-01" return d)') == 4
    assert ev('string((for d in @"2024-03-01"..@"2024-02-27" return d)[2])') == "2024-02-29"


def test_the_caller_hands_in_the_present_instant() -> None:
    from datetime import UTC, datetime

    functions = {"now": lambda: datetime(2026, 1, 2, 3, tzinfo=UTC)}
    assert compile_expression("now().day").evaluate({}, functions) == 2
