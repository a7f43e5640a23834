"""Locks on names, for commands that have no order row to lock yet. Held until the transaction ends."""

from __future__ import annotations

import hashlib

from sqlalchemy import bindparam, text
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.tables_house import counter
from engine.store.uow import UnitOfWork

_LOCK = text("SELECT pg_advisory_xact_lock(:number)")
_SHARE = text("SELECT pg_advisory_xact_lock_shared(:number)")


def _counting(insert: type[postgresql.Insert] | type[sqlite.Insert]) -> postgresql.Insert | sqlite.Insert:
    first = insert(counter).values(name=bindparam("name"), n=1)
    return first.on_conflict_do_update(index_elements=["name"], set_={"n": counter.c.n + 1})


_NEXT = {
    "sqlite": _counting(sqlite.Insert).returning(counter.c.n),
    "postgresql": _counting(postgresql.Insert).returning(counter.c.n),
}


def lock_name(uow: UnitOfWork, *parts: str) -> None:
    """One transaction at a time for this name. On SQLite the transaction itself already is the only writer."""
    if uow.dialect == "postgresql":
        uow.run(_LOCK, {"number": _number(parts)})


def share_name(uow: UnitOfWork, *parts: str) -> None:
    """Any number of transactions at a time for this name, but none beside one that has locked it."""
    if uow.dialect == "postgresql":
        uow.run(_SHARE, {"number": _number(parts)})


def _number(parts: tuple[str, ...]) -> int:
    return int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest()[:8], "big", signed=True)


def next_number(uow: UnitOfWork, name: str) -> int:
    """Count one further, without gaps: a rolled back number is given again. First 1."""
    number: int = uow.run(_NEXT[uow.dialect], {"name": name}).scalar_one()
    return number
