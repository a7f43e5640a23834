"""Organisation, heartbeats and single values of the house. Knows no rule about any of them."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from engine.store.tables_house import heartbeat, house_value, organisation
from engine.store.uow import UnitOfWork

_ORGANISATION = select(organisation.c.body).order_by(organisation.c.id.desc()).limit(1)
_SAME = select(organisation.c.id).where(organisation.c.digest == bindparam("digest"))
_BEATS = select(heartbeat).order_by(heartbeat.c.worker)


def _set_value(make: type[postgresql.Insert] | type[sqlite.Insert]) -> postgresql.Insert | sqlite.Insert:
    first = make(house_value).values(name=bindparam("name"), value=bindparam("value"))
    return first.on_conflict_do_update(index_elements=["name"], set_={"value": first.excluded.value})


def _beat(make: type[postgresql.Insert] | type[sqlite.Insert]) -> postgresql.Insert | sqlite.Insert:
    first = make(heartbeat)
    return first.on_conflict_do_update(
        index_elements=["worker"], set_={"at": first.excluded["at"], "detail": first.excluded["detail"]}
    )


_OLD_BEATS = select(heartbeat.c.worker).where(heartbeat.c.at < bindparam("before")).limit(bindparam("n"))
_FORGET_BEATS = delete(heartbeat).where(heartbeat.c.worker.in_(_OLD_BEATS))
_LEAVE = delete(heartbeat).where(heartbeat.c.worker == bindparam("gone"))
_SET_VALUE = {"sqlite": _set_value(sqlite.Insert), "postgresql": _set_value(postgresql.Insert)}
_BEAT = {"sqlite": _beat(sqlite.Insert), "postgresql": _beat(postgresql.Insert)}
_GET_VALUE = select(house_value.c.value).where(house_value.c.name == bindparam("name"))


def organisation_body(connection: Connection) -> Any:
    """The organisation as last loaded, or None."""
    return connection.execute(_ORGANISATION).scalar()


def add_organisation(uow: UnitOfWork, body: Any, now: datetime) -> bool:
    """Load an organisation; False when it is the one already there."""
    digest = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    if uow.run(_SAME, {"digest": digest}).first():
        return False
    uow.run(insert(organisation), {"digest": digest, "body": body, "loaded_at": now})
    return True


def beat(uow: UnitOfWork, worker: str, started_at: datetime, now: datetime, detail: Any) -> None:
    """A worker says that it lives."""
    uow.run(_BEAT[uow.dialect], {"worker": worker, "started_at": started_at, "at": now, "detail": detail})


def leave(uow: UnitOfWork, worker: str) -> None:
    """A worker ends by its own will."""
    uow.run(_LEAVE, {"gone": worker})


def beats(connection: Connection) -> list[dict[str, Any]]:
    """When each worker was last heard of."""
    return [dict(row) for row in connection.execute(_BEATS).mappings()]


def forget_beats(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop workers not heard of since; returns how many."""
    return uow.run(_FORGET_BEATS, {"before": before, "n": limit}).rowcount


def value(connection: Connection, name: str) -> str | None:
    """A single named value."""
    return connection.execute(_GET_VALUE, {"name": name}).scalar()


def set_value(uow: UnitOfWork, name: str, text: str) -> None:
    """Set a single named value."""
    uow.run(_SET_VALUE[uow.dialect], {"name": name, "value": text})
