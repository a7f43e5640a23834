"""A calendar year as twelve months to look at: what each day is, in a word and not only in a colour."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext

from engine.domain.calendar import CalendarYear
from web.presentation import day as day_name


@dataclass(frozen=True, slots=True)
class Cell:
    """One day. `mark` is the word in the cell, `says` what is read out; both empty for an ordinary day."""

    number: int
    style: str
    mark: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """Weeks from Monday to Sunday; None where a day belongs to another month."""

    number: int
    weeks: list[list[Cell | None]]


def months_of(year: CalendarYear, turned: Collection[date] = ()) -> list[Month]:
    """All twelve. `turned` are the days that are otherwise than before."""
    weeks = calendar.Calendar().monthdatescalendar
    return [
        Month(
            month,
            [
                [_cell(year, day, day in turned) if day.month == month else None for day in week]
                for week in weeks(year.year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _cell(year: CalendarYear, day: date, has_turned: bool) -> Cell:
    works, name = year.is_workday(day), year.note(day)
    style = "works" if works else "off"
    mark = gettext("班") if day in year.makeup_days else gettext("休") if day in year.holidays else ""
    if has_turned:
        style += " turned"
        mark = mark or (gettext("班") if works else gettext("休"))
        name = name or (gettext("改为工作日") if works else gettext("改为休息日"))
    if day in year.makeup_days:
        style += " makeup"
    elif day in year.holidays:
        style += " holiday"
    return Cell(day.day, style, mark, f"{day_name(day)} {name}" if name else "")
