"""The calendar as entered: its years, one year with every version it had, how many orders wait to be recounted."""

from __future__ import annotations

from dataclasses import dataclass

from engine.clock import SHANGHAI
from engine.domain.calendar import CalendarYear, days_of, provisional_year
from engine.domain.notices import FIRST_YEAR, N_YEARS_AHEAD
from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import calendars
from engine.store.calendars import YearRow
from engine.world import year_in


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year in force and how many working days it has."""

    row: YearRow
    n_workdays: int


@dataclass(frozen=True, slots=True)
class YearPage:
    """One year. `row` is None where nobody has entered it: then the statute alone answers. `versions`: newest first."""

    year: int
    row: YearRow | None
    shown: CalendarYear
    n_workdays: int
    versions: list[YearRow]

    @property
    def version(self) -> int:
        """The version in force, 0 for none."""
        return self.versions[0].version if self.versions else 0


def years(view: View, actor: Actor) -> list[YearLine]:
    """Every entered year, the newest first."""
    require(actor, Permission.CALENDAR_ENTER)
    return [YearLine(row, n_workdays(year_in(row))) for row in reversed(calendars.in_force(view.connection))]


def year(view: View, actor: Actor, number: int, version: int | None = None) -> YearPage:
    """A year, as in force or as it was in a former version. Raises NotFound outside the years that may be entered."""
    require(actor, Permission.CALENDAR_ENTER)
    first, last = bounds(view)
    versions = calendars.of_year(view.connection, number) if first <= number <= last else []
    row = next((each for each in versions if version in (None, each.version)), None)
    if row is None and (version is not None or not first <= number <= last):
        raise NotFound()
    shown = year_in(row) if row else provisional_year(number)
    return YearPage(number, row, shown, n_workdays(shown), versions)


def bounds(view: View) -> tuple[int, int]:
    """The first and the last year that may be entered today."""
    return FIRST_YEAR, view.now.astimezone(SHANGHAI).year + N_YEARS_AHEAD


def n_to_recount(view: View, actor: Actor) -> int:
    """How many orders are still to be recounted."""
    require(actor, Permission.CALENDAR_ENTER)
    return calendars.n_to_recount(view.connection)


def n_workdays(shown: CalendarYear) -> int:
    """Working days of a year."""
    return sum(day.is_workday for day in days_of(shown))
