"""Rows of the customer portal: codes, sessions, ratings. Compares no code and decides nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from engine.store.tables import connection_order, outbox
from engine.store.tables_portal import portal_code, portal_session, rating
from engine.store.types import Connection
from engine.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code that was asked for; `order_id` is None when the number was no order's."""

    id: str
    order_index: str
    order_id: int | None
    address: str
    asked_at: datetime
    expires_at: datetime
    n_tries: int
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A customer who has proven to hold the phone, and his order."""

    order_no: str
    unit_code: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class RatingRow:
    """What a customer thought of how his order was handled."""

    order_id: int
    score: int
    tags: list[str]
    rated_at: datetime


_c, _s, _o, _r = portal_code.c, portal_session.c, connection_order.c, rating.c
_ORDER_ID = select(_o.id).where(_o.order_no == bindparam("order_no"))
_N_OF_ORDER = select(func.count()).where(_c.order_index == bindparam("index"), _c.asked_at > bindparam("since"))
_N_FROM = select(func.count()).where(_c.address == bindparam("address"), _c.asked_at > bindparam("since"))
_LIVE = select(*[_c[name] for name in CodeRow.__slots__]).where(
    _c.order_index == bindparam("index"), _c.used_at.is_(None)
)
_REPLACE = (
    update(portal_code)
    .where(_c.order_index == bindparam("index"), _c.used_at.is_(None))
    .values(used_at=bindparam("at"))
)
_TRIED = update(portal_code).where(_c.id == bindparam("code")).values(n_tries=_c.n_tries + 1)
_USED = update(portal_code).where(_c.id == bindparam("code")).values(used_at=bindparam("at"))
_SESSION = (
    select(_o.order_no, _o.unit_code, _s.created_at, _s.seen_at)
    .join(connection_order, _o.id == _s.order_id)
    .where(_s.token_hash == bindparam("token"), _s.ended_at.is_(None))
)
_SEEN = update(portal_session).where(_s.token_hash == bindparam("token")).values(seen_at=bindparam("at"))
_END = (
    update(portal_session)
    .where(_s.token_hash == bindparam("token"), _s.ended_at.is_(None))
    .values(ended_at=bindparam("at"))
)
_OLD_CODES = select(_c.id).where(_c.asked_at < bindparam("before")).limit(bindparam("n"))
_OLD_SESSIONS = select(_s.token_hash).where(_s.seen_at < bindparam("before")).limit(bindparam("n"))
_FORGET_CODES = delete(portal_code).where(_c.id.in_(_OLD_CODES))
_FORGET_SESSIONS = delete(portal_session).where(_s.token_hash.in_(_OLD_SESSIONS))
_RATING = select(*[_r[name] for name in RatingRow.__slots__]).where(_r.order_id == bindparam("order_id"))


def order_id_of(connection: Connection, order_no: str) -> int | None:
    """The order of a number, if it is one's."""
    found: int | None = connection.execute(_ORDER_ID, {"order_no": order_no}).scalar()
    return found


def n_codes(connection: Connection, order_index: str, since: datetime) -> int:
    """Codes asked for one order number, existing or not."""
    return connection.execute(_N_OF_ORDER, {"index": order_index, "since": since}).scalar_one()


def n_codes_from(connection: Connection, address: str, since: datetime) -> int:
    """Codes asked for from an address, for whatever numbers."""
    return connection.execute(_N_FROM, {"address": address, "since": since}).scalar_one()


def add_code(uow: UnitOfWork, row: CodeRow) -> None:
    """A code was asked for; those before it open nothing any more."""
    uow.run(_REPLACE, {"index": row.order_index, "at": row.asked_at})
    uow.run(insert(portal_code), {name: getattr(row, name) for name in CodeRow.__slots__})


def add_call(uow: UnitOfWork, row: dict[str, Any]) -> None:
    """The call that sends a code, into the outbox."""
    uow.run(insert(outbox), row)


def live_code(connection: Connection, order_index: str) -> CodeRow | None:
    """The code asked for last, unless it was used; its age is judged above."""
    row = connection.execute(_LIVE, {"index": order_index}).first()
    return CodeRow(*row) if row else None


def tried(uow: UnitOfWork, code_id: str) -> None:
    """Somebody guessed at it."""
    uow.run(_TRIED, {"code": code_id})


def used(uow: UnitOfWork, code_id: str, at: datetime) -> None:
    """It has opened the portal and opens nothing more."""
    uow.run(_USED, {"code": code_id, "at": at})


def add_session(uow: UnitOfWork, token_hash: str, order_id: int, now: datetime) -> None:
    """A customer has come in."""
    row = {"token_hash": token_hash, "order_id": order_id, "created_at": now, "seen_at": now}
    uow.run(insert(portal_session), row)


def session_of(connection: Connection, token_hash: str) -> SessionRow | None:
    """A session that was not ended; its age is judged above."""
    row = connection.execute(_SESSION, {"token": token_hash}).first()
    return SessionRow(*row) if row else None


def session_seen(uow: UnitOfWork, token_hash: str, now: datetime) -> None:
    """The session was used."""
    uow.run(_SEEN, {"token": token_hash, "at": now})


def end_session(uow: UnitOfWork, token_hash: str, now: datetime) -> None:
    """The customer has left."""
    uow.run(_END, {"token": token_hash, "at": now})


def forget_codes(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some codes asked for before; returns how many."""
    return uow.run(_FORGET_CODES, {"before": before, "n": limit}).rowcount


def forget_sessions(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some sessions last used before; returns how many."""
    return uow.run(_FORGET_SESSIONS, {"before": before, "n": limit}).rowcount


def add_rating(uow: UnitOfWork, row: RatingRow) -> None:
    """Keep what a customer thought; an order is rated once."""
    uow.run(insert(rating), {name: getattr(row, name) for name in RatingRow.__slots__})


def rating_of(connection: Connection, order_id: int) -> RatingRow | None:
    """What the customer of an order thought of it, if he said."""
    row = connection.execute(_RATING, {"order_id": order_id}).first()
    return RatingRow(*row) if row else None
