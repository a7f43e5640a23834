"""Rows of absences: who stands in for whom, when and in which roles. Whether he may is judged above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, or_, select, update

from engine.store.tables_house import account
from engine.store.tables_verbs import absence as t
from engine.store.types import Connection
from engine.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """An absence as stored; `roles` None: in all roles of the absent person."""

    id: str
    login: str
    substitute: str
    from_at: datetime
    until_at: datetime
    roles: list[str] | None
    reason: str
    entered_by: str
    entered_at: datetime
    ended_at: datetime | None
    ended_by: str | None


_COLUMNS = [t.c[name] for name in AbsenceRow.__slots__]
_NOW = (t.c.ended_at.is_(None), t.c.from_at <= bindparam("at"), t.c.until_at > bindparam("at"))
_STOOD_IN_FOR = (
    select(t.c.login, t.c.roles, account.c.roles)
    .join(account, account.c.login == t.c.login)
    .where(t.c.substitute == bindparam("login"), account.c.disabled_at.is_(None), *_NOW)
    .order_by(t.c.login)
)
_ONE = select(*_COLUMNS).where(t.c.id == bindparam("absence_id"))
_LIST = select(*_COLUMNS).order_by(t.c.from_at.desc(), t.c.id)
_END = (
    update(t)
    .where(t.c.id == bindparam("absence_id"), t.c.ended_at.is_(None))
    .values(ended_at=bindparam("at"), ended_by=bindparam("who"))
)
_OVERLAP = select(*_COLUMNS).where(
    t.c.login == bindparam("login"),
    t.c.ended_at.is_(None),
    t.c.from_at < bindparam("until_at"),
    t.c.until_at > bindparam("from_at"),
)


def add(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """Keep an absence."""
    uow.run(insert(t), values)


def end(uow: UnitOfWork, absence_id: str, who: str, at: datetime) -> bool:
    """End it before its time; False when it has been ended."""
    return uow.run(_END, {"absence_id": absence_id, "who": who, "at": at}).rowcount == 1


def one(connection: Connection, absence_id: str) -> AbsenceRow | None:
    """An absence by its id."""
    row = connection.execute(_ONE, {"absence_id": absence_id}).first()
    return AbsenceRow(*row) if row else None


def overlapping(connection: Connection, login: str, from_at: datetime, until_at: datetime) -> list[AbsenceRow]:
    """Those of one person that hold within this time."""
    found = connection.execute(_OVERLAP, {"login": login, "from_at": from_at, "until_at": until_at})
    return [AbsenceRow(*row) for row in found]


def concerning(connection: Connection, login: str) -> list[AbsenceRow]:
    """Those of somebody and those in which he stands in, newest first."""
    statement = _LIST.where(or_(t.c.login == login, t.c.substitute == login))
    return [AbsenceRow(*row) for row in connection.execute(statement)]


def of_units(connection: Connection, units: list[str] | None, limit: int) -> list[AbsenceRow]:
    """Those of everybody in these units (all, if None), newest first."""
    statement = _LIST.join(account, account.c.login == t.c.login).limit(limit)
    if units is not None:
        statement = statement.where(account.c.unit_code.in_(units))
    return [AbsenceRow(*row) for row in connection.execute(statement)]


def stood_in_for(connection: Connection, login: str, at: datetime) -> tuple[tuple[str, frozenset[str]], ...]:
    """For whom somebody works now, and in which roles: never in one that the absent person has lost."""
    found: dict[str, frozenset[str]] = {}
    for absent, limited, held in connection.execute(_STOOD_IN_FOR, {"login": login, "at": at}):
        roles = frozenset(held) if limited is None else frozenset(held) & frozenset(limited)
        found[absent] = found.get(absent, frozenset()) | roles
    return tuple(found.items())
