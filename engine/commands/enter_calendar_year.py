"""Enter the working days of a year as its notice says. The former version stays readable; open orders are queued to be
recounted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.calendar import CalendarYear, days_of, provisional_year, turned_days
from engine.domain.notices import Entered, Span, year_of
from engine.errors import CalendarMoved, CalendarUnchanged
from engine.policy import Permission
from engine.store import calendars
from engine.world import year_in


@dataclass(frozen=True, slots=True)
class EnterCalendarYear:
    """`based_on` is the version that was in force when it was decided (0: none). `source` cites the notice, `notice_on`
    is the day of its publication, which an OFFICIAL year must have. Days not named are Monday to Friday."""

    year: int
    based_on: int
    status: str
    source: str
    notice_on: date | None
    holidays: tuple[Span, ...]
    makeup_days: tuple[Span, ...]
    key: str


@dataclass(frozen=True, slots=True)
class CalendarYearEntered:
    """The new version, the days that turned from working days to days off or back, and how many orders wait."""

    year: int
    version: int
    turned: tuple[str, ...]
    n_to_recount: int


def handle(command: EnterCalendarYear, tx: Tx) -> CalendarYearEntered:
    """Raises Invalid with every fault, CalendarMoved when somebody entered this year meanwhile, CalendarUnchanged when
    the version in force says the same."""
    known = calendars.of_year(tx.connection, command.year)
    before = known[0] if known else None
    version = before.version if before else 0
    year = proposed(command, version + 1, shanghai_day(tx.now))
    if command.based_on != version:
        raise CalendarMoved(f"{command.year} 年现为 v{version}，您看到的是 v{command.based_on}")
    row = calendars.YearRow(
        year.year,
        year.version,
        year.status,
        year.source,
        command.notice_on,
        calendars.as_rows(year.holidays),
        calendars.as_rows(year.makeup_days),
        tx.actor.id,
        tx.now,
    )
    if before is not None and _said(before) == _said(row):
        raise CalendarUnchanged(f"{year.year} 年 v{version}")
    return put_in_force(tx, row, year, year_in(before) if before else provisional_year(year.year))


def proposed(command: EnterCalendarYear, version: int, today: date) -> CalendarYear:
    """The year that the command would make. Raises Invalid with every fault."""
    days = Entered(command.holidays, command.makeup_days)
    return year_of(command.year, version, command.status, command.source.strip(), command.notice_on, days, today)


def put_in_force(tx: Tx, row: calendars.YearRow, year: CalendarYear, before: CalendarYear) -> CalendarYearEntered:
    """Store a version, queue the open orders and say so in the record of the house."""
    turned = tuple(day.isoformat() for day in turned_days(before, year))
    calendars.put(tx.uow, row, (calendars.Day(d.on, d.is_workday, d.note, d.status) for d in days_of(year)))
    waiting = calendars.ask_recount(tx.uow, f"CALENDAR {year.year} v{year.version}", tx.now)
    tx.record_house("CalendarYearEntered", _told(row, before, year, turned))
    return CalendarYearEntered(year.year, year.version, turned, waiting)


def _said(row: calendars.YearRow) -> Any:
    return row.status, row.source, row.notice_on, dict(row.holidays), dict(row.makeup_days)


def _told(row: calendars.YearRow, before: CalendarYear, after: CalendarYear, turned: tuple[str, ...]) -> dict[str, Any]:
    """What the record says. The citation stands in the stored version; here is what proves it unchanged."""
    return {
        "year": row.year,
        "before": {"version": before.version, "status": before.status},
        "after": {"version": row.version, "status": row.status},
        "notice_on": row.notice_on.isoformat() if row.notice_on else None,
        "source_digest": hashlib.sha256(row.source.encode()).hexdigest(),
        "turned_off": [on for on in turned if before.is_workday(date.fromisoformat(on))],
        "turned_on": [on for on in turned if after.is_workday(date.fromisoformat(on))],
        "n_holidays": len(row.holidays),
        "makeup_days": list(row.makeup_days),
    }


VERB = Verb(
    EnterCalendarYear, CalendarYearEntered, Permission.CALENDAR_ENTER, handle, lock_name=lambda command: ("house",)
)
