"""The sessions and tokens of an account as its owner and an administrator see them, and their end. Checks no right."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select, update

from engine.store.tables_house import api_token, session
from engine.store.types import Connection
from engine.store.uow import UnitOfWork

_s, _t = session.c, api_token.c
_SESSIONS = (
    select(session)
    .where(_s.login == bindparam("login"), _s.revoked_at.is_(None))
    .where(_s.seen_at > bindparam("seen_after"), _s.created_at > bindparam("created_after"))
    .order_by(_s.seen_at.desc(), _s.token_hash)
)
_TOKENS = (
    select(_t.token_hash, _t.label, _t.created_at, _t.expires_at)
    .where(_t.login == bindparam("login"), _t.revoked_at.is_(None), _t.expires_at > bindparam("now"))
    .order_by(_t.created_at.desc(), _t.token_hash)
)


def sessions_of(
    connection: Connection, login: str, *, seen_after: datetime, created_after: datetime
) -> list[dict[str, Any]]:
    """Sessions that still work, the last used first."""
    params = {"login": login, "seen_after": seen_after, "created_after": created_after}
    return [dict(row) for row in connection.execute(_SESSIONS, params).mappings()]


def tokens_of(connection: Connection, login: str, now: datetime) -> list[dict[str, Any]]:
    """Bearer tokens that still work, the newest first."""
    return [dict(row) for row in connection.execute(_TOKENS, {"login": login, "now": now}).mappings()]


def end(uow: UnitOfWork, login: str, hashes: Collection[str], now: datetime) -> int:
    """End these sessions and tokens of an account; returns how many did still work."""
    n_ended = 0
    for table in (session, api_token):
        ours = table.c.login == login, table.c.token_hash.in_(hashes), table.c.revoked_at.is_(None)
        n_ended += uow.run(update(table).where(*ours).values(revoked_at=now)).rowcount
    return n_ended
