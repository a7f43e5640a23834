"""Functions over dates: where a day lies in year, month and week; the present instant comes only from the caller."""

from __future__ import annotations

from decimal import Decimal

from engine.kernel.feel import moments
from engine.kernel.feel.errors import NullResult
from engine.kernel.feel.moments import Date, DateTime
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
def day_of_year(run: Run, day: Date | DateTime) -> Decimal:
    """1 to 366."""
    return Decimal(moments.day_of_year(moments.day_in(day)))


@builtin("day of week", "date: date")
def day_of_week(run: Run, day: Date | DateTime) -> str:
    """`Monday` to `Sunday`."""
    return _DAYS[moments.weekday(moments.day_in(day)) - 1]


@builtin("month of year", "date: date")
def month_of_year(run: Run, day: Date | DateTime) -> str:
    """`January` to `December`."""
    return _MONTHS[moments.day_in(day).month - 1]


@builtin("week of year", "date: date")
def week_of_year(run: Run, day: Date | DateTime) -> Decimal:
    """ISO 8601."""
    return Decimal(moments.week_of_year(moments.day_in(day)))
