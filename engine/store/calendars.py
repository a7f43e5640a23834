"""Calendar years: the days in force, every version that ever was, and the orders to be recounted for a new one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, inspect, literal, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from engine.store import locks
from engine.store.orders import ENDED
from engine.store.tables import connection_order
from engine.store.tables_house import calendar_day, calendar_version, calendar_year, recount_due
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

CALENDAR = "calendar"
"""The name by which commands that make clocks for an order nobody can see yet, and those that change the calendar,
wait for each other."""
RETRY_AFTER = timedelta(minutes=5)

_VERSIONS = select(calendar_year.c.year, calendar_year.c.version)
_DAYS = select(calendar_day.c.day, calendar_day.c.is_workday, calendar_day.c.note, calendar_day.c.status)
_v, _due = calendar_version.c, recount_due.c
_CURRENT = (
    select(calendar_version)
    .join(calendar_year, (calendar_year.c.year == _v.year) & (calendar_year.c.version == _v.version))
    .order_by(_v.year)
)
_OF_YEAR = select(calendar_version).where(_v.year == bindparam("year")).order_by(_v.version.desc())
_N_DUE = select(func.count()).select_from(recount_due)
_TO_RECOUNT = (
    select(_due.order_id, _due.cause, _due.asked_at)
    .where(or_(_due.tried_at.is_(None), _due.tried_at <= bindparam("before")))
    .order_by(_due.urgent_at, _due.order_id)
    .limit(bindparam("n"))
)
_WAITING = select(_due.order_id, _due.cause, _due.asked_at).where(_due.order_id == bindparam("of_order"))
_RECOUNTED = delete(recount_due).where(
    _due.order_id == bindparam("of_order"), _due.asked_at == bindparam("of_asked_at")
)
_TRIED = update(recount_due).where(_due.order_id == bindparam("of_order")).values(tried_at=bindparam("tried_at"))


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar table."""

    on: date
    is_workday: bool
    note: str
    status: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """One version of a year: what its notice says, who entered it, when. `holidays` and `makeup_days`: day -> name."""

    year: int
    version: int
    status: str
    source: str
    notice_on: date | None
    holidays: Mapping[str, str]
    makeup_days: Mapping[str, str]
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class Recount:
    """An order whose clocks have to be counted anew, and why."""

    order_id: int
    cause: str
    asked_at: datetime


def are_there(connection: Connection) -> bool:
    """Has this database a calendar? Before `init` it has none, or not even a table for it."""
    return inspect(connection).has_table(calendar_year.name) and bool(versions(connection))


def versions(connection: Connection) -> dict[int, int]:
    """Year -> version in force."""
    return {row.year: row.version for row in connection.execute(_VERSIONS)}


def days(connection: Connection) -> list[Day]:
    """Every known day."""
    return [Day(row.day, row.is_workday, row.note, row.status) for row in connection.execute(_DAYS)]


def in_force(connection: Connection) -> list[YearRow]:
    """The version in force of every known year, the years in order."""
    return [YearRow(**row) for row in connection.execute(_CURRENT).mappings()]


def of_year(connection: Connection, year: int) -> list[YearRow]:
    """Every version of a year, the newest first."""
    return [YearRow(**row) for row in connection.execute(_OF_YEAR, {"year": year}).mappings()]


def put(uow: UnitOfWork, row: YearRow, of_year: Iterable[Day]) -> None:
    """Put a new version in force: the former stays readable, its days are replaced. Orders that are being accepted
    meanwhile are waited for, and those that come wait: each of them is counted by the one calendar or found open."""
    locks.lock_name(uow, CALENDAR)
    first, last = date(row.year, 1, 1), date(row.year, 12, 31)
    uow.run(delete(calendar_day).where(calendar_day.c.day.between(first, last)))
    uow.run(delete(calendar_year).where(calendar_year.c.year == row.year))
    head = {"year": row.year, "version": row.version, "status": row.status, "source": row.source}
    uow.run(insert(calendar_year), head | {"loaded_at": row.entered_at})
    body = {"notice_on": row.notice_on, "holidays": row.holidays, "makeup_days": row.makeup_days}
    uow.run(insert(calendar_version), head | body | {"entered_by": row.entered_by, "entered_at": row.entered_at})
    uow.run(
        insert(calendar_day),
        [{"day": d.on, "is_workday": d.is_workday, "note": d.note, "status": d.status} for d in of_year],
    )


def ask_recount(uow: UnitOfWork, cause: str, now: datetime) -> int:
    """Queue every open order; one that waits already waits for the newest cause. Returns how many orders wait now."""
    make = sqlite.insert if uow.dialect == "sqlite" else postgresql.insert
    order, asked = connection_order.c, literal(now, recount_due.c.asked_at.type)
    urgent = func.coalesce(order.next_due_at, order.due_at, asked)
    still_open = select(order.id, literal(cause), asked, urgent).where(order.status.not_in(ENDED))
    first = make(recount_due).from_select(["order_id", "cause", "asked_at", "urgent_at"], still_open)
    new = {name: first.excluded[name] for name in ("cause", "asked_at", "urgent_at")} | {"tried_at": None}
    uow.run(first.on_conflict_do_update(index_elements=["order_id"], set_=new))
    return n_to_recount(uow.connection)


def n_to_recount(connection: Connection) -> int:
    """How many orders are still to be recounted."""
    return connection.execute(_N_DUE).scalar_one()


def to_recount(connection: Connection, now: datetime, limit: int) -> list[Recount]:
    """The next orders to be recounted, before their timers fire by the old count; one that failed rests for a while,
    so that it never stops the others."""
    found = connection.execute(_TO_RECOUNT, {"before": now - RETRY_AFTER, "n": limit})
    return [Recount(*row) for row in found]


def waiting(connection: Connection, order_id: int) -> Recount | None:
    """The order's place in the queue, if it has one."""
    found = connection.execute(_WAITING, {"of_order": order_id}).one_or_none()
    return None if found is None else Recount(*found)


def recounted(uow: UnitOfWork, order_id: int, asked_at: datetime) -> None:
    """Take an order from the queue, in the transaction of its recount; asked for anew meanwhile, it stays."""
    uow.run(_RECOUNTED, {"of_order": order_id, "of_asked_at": asked_at})


def recount_failed(uow: UnitOfWork, due: Recount, now: datetime) -> None:
    """Let the order rest before it is tried again."""
    uow.run(_TRIED, {"of_order": due.order_id, "tried_at": now})


def as_rows(days_named: Mapping[date, str]) -> dict[str, Any]:
    """Days with their names as JSON keeps them."""
    return {str(day): name for day, name in sorted(days_named.items())}
