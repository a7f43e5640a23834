"""Rows of periodic work: the last of each name, and the moves of one run. Knows no period's length and no work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from engine.store.tables_house import periodic_run as t
from engine.store.uow import UnitOfWork

_LAST = select(t).where(t.c.name == bindparam("name")).order_by(t.c.period.desc()).limit(1)
_LAST_RESULT = (
    select(t.c.result)
    .where(t.c.name == bindparam("name"), t.c.finished_at.is_not(None))
    .order_by(t.c.period.desc())
    .limit(1)
)
_RECENT = select(t).order_by(t.c.started_at.desc(), t.c.name).limit(bindparam("n"))
_BEGIN = insert(t)
_MINE = (t.c.name == bindparam("of_name"), t.c.period == bindparam("of_period"), t.c.n_attempts == bindparam("attempt"))
_TAKE_OVER = (
    update(t)
    .where(*_MINE, t.c.finished_at.is_(None))
    .values(
        n_attempts=t.c.n_attempts + 1,
        worker=bindparam("by"),
        started_at=bindparam("at"),
        leased_until=bindparam("until"),
        late_seconds=bindparam("late"),
    )
)
_FINISH = (
    update(t)
    .where(*_MINE, t.c.finished_at.is_(None))
    .values(finished_at=bindparam("at"), result=bindparam("found"), error=None)
)
_FAIL = (
    update(t).where(*_MINE, t.c.finished_at.is_(None)).values(error=bindparam("why"), leased_until=bindparam("until"))
)


@dataclass(frozen=True, slots=True)
class RunRow:
    """One period of one work, begun or done."""

    name: str
    period: str
    due_at: datetime
    started_at: datetime
    late_seconds: int
    worker: str
    n_attempts: int
    leased_until: datetime
    finished_at: datetime | None
    error: str | None
    result: Any


def last(connection: Connection, name: str) -> RunRow | None:
    """The newest period of a work that has been begun."""
    row = connection.execute(_LAST, {"name": name}).first()
    return RunRow(*row) if row else None


def last_result(connection: Connection, name: str) -> Any:
    """What the newest finished run of a work gave; None before the first."""
    return connection.execute(_LAST_RESULT, {"name": name}).scalar()


def recent(connection: Connection, limit: int) -> list[RunRow]:
    """The last runs of all works, newest first."""
    return [RunRow(*row) for row in connection.execute(_RECENT, {"n": limit})]


def begin(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """The first attempt at a period."""
    uow.run(_BEGIN, {"finished_at": None, "error": None, "result": None, **row})


def take_over(uow: UnitOfWork, run: RunRow, worker: str, now: datetime, until: datetime, late_seconds: int) -> bool:
    """Another attempt at what somebody left unfinished; False when somebody else was faster."""
    new = {"by": worker, "at": now, "until": until, "late": late_seconds}
    return uow.run(_TAKE_OVER, {**_of(run.name, run.period, run.n_attempts), **new}).rowcount == 1


def finish(uow: UnitOfWork, name: str, period: str, attempt: int, now: datetime, result: Any) -> bool:
    """The attempt is done; False when it had been taken for dead and another has it."""
    return uow.run(_FINISH, {**_of(name, period, attempt), "at": now, "found": result}).rowcount == 1


def fail(uow: UnitOfWork, name: str, period: str, attempt: int, why: str, until: datetime) -> None:
    """The attempt failed; nobody tries again before `until`."""
    uow.run(_FAIL, {**_of(name, period, attempt), "why": why, "until": until})


def _of(name: str, period: str, attempt: int) -> dict[str, Any]:
    return {"of_name": name, "of_period": period, "attempt": attempt}
