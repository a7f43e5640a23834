from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from engine.clock import SHANGHAI
from engine.domain.periods import following, latest_due, named, span_of


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_a_day_is_worked_on_the_day_by_the_clock_of_shanghai():
    span = span_of("day", time(2, 30), date(2028, 2, 29))

    assert (span.key, span.first, span.last) == ("2028-02-29", date(2028, 2, 29), date(2028, 2, 29))
    assert span.due_at == at("2028-02-29T02:30")


@pytest.mark.parametrize(
    ("on", "key", "last", "due"),
    [
        (date(2026, 12, 31), "2026-12", date(2026, 12, 31), "2027-01-01T00:10"),
        (date(2028, 2, 29), "2028-02", date(2028, 2, 29), "2028-03-01T00:10"),
        (date(2027, 2, 1), "2027-02", date(2027, 2, 28), "2027-03-01T00:10"),
    ],
)
def test_a_month_is_worked_when_it_is_over(on, key, last, due):
    span = span_of("month", time(0, 10), on)

    assert (span.key, span.first, span.last, span.due_at) == (key, on.replace(day=1), last, at(due))


@pytest.mark.parametrize(("every", "n"), [("day", 366 * 3), ("month", 36)])
def test_one_follows_the_other_without_gap_and_their_keys_sort_as_they_do(every, n):
    span = span_of(every, time(3), date(2026, 12, 30))
    for _ in range(n):
        later = following(every, time(3), span.key)
        assert later.first == span.last + timedelta(days=1)
        assert later.key > span.key
        assert later.due_at > span.due_at
        assert named(every, time(3), later.key) == later
        span = later


@pytest.mark.parametrize(
    ("every", "now", "key"),
    [
        ("day", "2026-03-02T02:59:59", "2026-03-01"),
        ("day", "2026-03-02T03:00:00", "2026-03-02"),
        ("month", "2026-03-01T02:59:59", "2026-01"),
        ("month", "2026-03-01T03:00:00", "2026-02"),
    ],
)
def test_the_latest_due_is_due_and_its_follower_is_not(every, now, key):
    assert latest_due(every, time(3), at(now)).key == key
