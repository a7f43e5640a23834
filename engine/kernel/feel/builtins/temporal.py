"""Functions over dates: where a day lies in year, month and week; the present instant comes only from the caller."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import builtin
from engine.kernel.feel.values import Value

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@builtin("now")
@builtin("today")
def no_clock(run: Run) -> Value:
    """Null: the engine hands in `now` and `today` as functions where a step has an instant; there is no other clock."""
    raise NullResult("此处没有当前时刻")


@builtin("day of year", "date: date")
def day_of_year(run: Run, day: date) -> Decimal:
    """1 to 366."""
    return Decimal(day.timetuple().tm_yday)


@builtin("day of week", "date: date")
def day_of_week(run: Run, day: date) -> str:
    """`Monday` to `Sunday`."""
    return _DAYS[day.weekday()]


@builtin("month of year", "date: date")
def month_of_year(run: Run, day: date) -> str:
    """`January` to `December`."""
    return _MONTHS[day.month - 1]


@builtin("week of year", "date: date")
def week_of_year(run: Run, day: date) -> Decimal:
    """ISO 8601."""
    return Decimal(day.isocalendar().week)
