"""What was asked under which key and what was answered, so that asking again changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from engine.errors import KeyReused
from engine.store.tables_house import command_log as t
from engine.store.uow import UnitOfWork

_FIND = select(t.c.kind, t.c.digest, t.c.result).where(t.c.actor == bindparam("actor"), t.c.key == bindparam("key"))
_INSERT = {
    "sqlite": sqlite.insert(t).on_conflict_do_nothing(),
    # without the option SQLAlchemy answers -1 for an INSERT through psycopg
    "postgresql": postgresql.insert(t).on_conflict_do_nothing().execution_options(preserve_rowcount=True),
}
_OLD = select(t.c.actor, t.c.key).where(t.c.at < bindparam("before")).limit(bindparam("n"))
_FORGET = delete(t).where(tuple_(t.c.actor, t.c.key).in_(_OLD))


@dataclass(frozen=True, slots=True)
class Seen:
    """An earlier use of the key."""

    kind: str
    digest: str
    result: Any


def find(uow: UnitOfWork, actor: str, key: str) -> Seen | None:
    """The earlier use of this key by this actor, if any."""
    row = uow.run(_FIND, {"actor": actor, "key": key}).first()
    return Seen(row[0], row[1], orjson.loads(row[2])) if row else None


def remember(uow: UnitOfWork, actor: str, key: str, kind: str, digest: str, result: Any, now: datetime) -> None:
    """Store the answer. Raises KeyReused when another order's command took the key meanwhile."""
    values = {
        "actor": actor,
        "key": key,
        "kind": kind,
        "digest": digest,
        "result": orjson.dumps(result).decode(),
        "at": now,
    }
    uow.must(_INSERT[uow.dialect], values, KeyReused)


def forget(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some answers older than any client retries; returns how many."""
    return uow.run(_FORGET, {"before": before, "n": limit}).rowcount
