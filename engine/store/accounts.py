"""Accounts, sessions, tokens and failed logins. Stores hashes only; compares no password and decides nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, or_, select, update

from engine.store.tables_house import account, api_token, login_failure, session
from engine.store.types import Connection
from engine.store.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as stored."""

    login: str
    name: str
    password_hash: str
    roles: list[str]
    unit_code: str
    created_at: datetime
    disabled_at: datetime | None
    must_change: bool
    oidc_subject: str | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A login of somebody, by the hash of its token; `method` is PASSWORD or OIDC."""

    login: str
    created_at: datetime
    seen_at: datetime
    method: str


_COLUMNS = [account.c[name] for name in AccountRow.__slots__]
_ALL = select(*_COLUMNS).order_by(account.c.login)
_ONE = select(*_COLUMNS).where(account.c.login == bindparam("login"))
_OF_SUBJECT = select(*_COLUMNS).where(account.c.oidc_subject == bindparam("subject"), account.c.disabled_at.is_(None))
_HOLDER = select(account.c.login).where(account.c.oidc_subject == bindparam("subject"))
_PASSWORD = (
    update(account)
    .where(account.c.login == bindparam("who"))
    .values(password_hash=bindparam("hashed"), must_change=bindparam("is_passing"))
)
_DISABLE = update(account).where(account.c.login == bindparam("who")).values(disabled_at=bindparam("at"))
_ROLES = update(account).where(account.c.login == bindparam("who")).values(roles=bindparam("new_roles"))
_PLACE = (
    update(account)
    .where(account.c.login == bindparam("who"))
    .values(unit_code=bindparam("new_unit"), oidc_subject=bindparam("new_subject"))
)
_SESSION = (
    select(*[session.c[name] for name in SessionRow.__slots__])
    .join(account, account.c.login == session.c.login)
    .where(session.c.token_hash == bindparam("token_hash"), session.c.revoked_at.is_(None))
    .where(account.c.disabled_at.is_(None))
)
_SEEN = update(session).where(session.c.token_hash == bindparam("token")).values(seen_at=bindparam("at"))
_REVOKE = (
    update(session)
    .where(session.c.token_hash == bindparam("token"), session.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_REVOKE_ALL = (update(session).where(session.c.login == bindparam("who"), session.c.revoked_at.is_(None))).values(
    revoked_at=bindparam("at")
)
_TOKEN = (
    select(*_COLUMNS)
    .join(api_token, account.c.login == api_token.c.login)
    .where(api_token.c.token_hash == bindparam("token_hash"), api_token.c.revoked_at.is_(None))
    .where(api_token.c.expires_at > bindparam("now"), account.c.disabled_at.is_(None))
)
_REVOKE_TOKENS = (
    update(api_token).where(api_token.c.login == bindparam("who"), api_token.c.revoked_at.is_(None))
).values(revoked_at=bindparam("at"))
_N_FAILURES = select(func.count()).where(
    login_failure.c.login == bindparam("login"), login_failure.c.at > bindparam("since")
)
_N_FROM = select(func.count()).where(
    login_failure.c.address == bindparam("address"), login_failure.c.at > bindparam("since")
)
_OLD_SESSIONS = select(session.c.token_hash).where(session.c.seen_at < bindparam("before")).limit(bindparam("n"))
_FORGET_SESSIONS = delete(session).where(session.c.token_hash.in_(_OLD_SESSIONS))
_OLD_FAILURES = select(login_failure.c.id).where(login_failure.c.at < bindparam("before")).limit(bindparam("n"))
_FORGET_FAILURES = delete(login_failure).where(login_failure.c.id.in_(_OLD_FAILURES))
_FORGIVE = delete(login_failure).where(login_failure.c.login == bindparam("who"))


def one(connection: Connection, login: str) -> AccountRow | None:
    """An account by its login."""
    row = connection.execute(_ONE, {"login": login}).first()
    return AccountRow(*row) if row else None


def every(connection: Connection) -> list[AccountRow]:
    """All accounts."""
    return [AccountRow(*row) for row in connection.execute(_ALL)]


def of_subject(connection: Connection, subject: str) -> AccountRow | None:
    """The open account that the single sign-on knows by this subject."""
    row = connection.execute(_OF_SUBJECT, {"subject": subject}).first()
    return AccountRow(*row) if row else None


def subject_holder(connection: Connection, subject: str) -> str | None:
    """Whose subject it is, also if the account is closed."""
    return connection.execute(_HOLDER, {"subject": subject}).scalar()


def page(
    connection: Connection, *, units: Collection[str] | None, part: str, after: str, limit: int
) -> list[AccountRow]:
    """A page of the accounts of these units by login, those whose login or name has a part."""
    statement = select(*_COLUMNS).where(account.c.login > after)
    if units is not None:
        statement = statement.where(account.c.unit_code.in_(units))
    if part:
        statement = statement.where(
            or_(account.c.login.contains(part, autoescape=True), account.c.name.contains(part, autoescape=True))
        )
    return [AccountRow(*row) for row in connection.execute(statement.order_by(account.c.login).limit(limit))]


def add(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """A new account."""
    uow.run(insert(account), values)


def set_password(uow: UnitOfWork, login: str, hashed: str, *, is_passing: bool = False) -> None:
    """Another password, as its hash; a passing one must be changed by its owner before anything else."""
    uow.run(_PASSWORD, {"who": login, "hashed": hashed, "is_passing": is_passing})


def set_place(uow: UnitOfWork, login: str, unit_code: str, oidc_subject: str | None) -> None:
    """The unit of an account, and by which subject the single sign-on knows it."""
    uow.run(_PLACE, {"who": login, "new_unit": unit_code, "new_subject": oidc_subject})


def disable(uow: UnitOfWork, login: str, at: datetime | None) -> None:
    """Close an account, or open it again with None."""
    uow.run(_DISABLE, {"who": login, "at": at})


def set_roles(uow: UnitOfWork, login: str, roles: list[str]) -> None:
    """Other roles, from the next request on."""
    uow.run(_ROLES, {"who": login, "new_roles": roles})


def add_session(
    uow: UnitOfWork, token_hash: str, login: str, now: datetime, *, method: str, address: str, agent: str
) -> None:
    """A login that was proven."""
    row = {"token_hash": token_hash, "login": login, "created_at": now, "seen_at": now}
    uow.run(insert(session), row | {"method": method, "address": address, "agent": agent})


def session_of(connection: Connection, token_hash: str) -> SessionRow | None:
    """A session that is neither revoked nor of a disabled account; its age is judged above."""
    row = connection.execute(_SESSION, {"token_hash": token_hash}).first()
    return SessionRow(*row) if row else None


def session_seen(uow: UnitOfWork, token_hash: str, now: datetime) -> None:
    """The session was used."""
    uow.run(_SEEN, {"token": token_hash, "at": now})


def revoke_session(uow: UnitOfWork, token_hash: str, now: datetime) -> None:
    """Log out."""
    uow.run(_REVOKE, {"token": token_hash, "at": now})


def revoke_everything(uow: UnitOfWork, login: str, now: datetime) -> None:
    """End every session and token of an account."""
    uow.run(_REVOKE_ALL, {"who": login, "at": now})
    uow.run(_REVOKE_TOKENS, {"who": login, "at": now})


def add_token(uow: UnitOfWork, values: dict[str, Any]) -> None:
    """A bearer token, as its hash."""
    uow.run(insert(api_token), values)


def of_token(connection: Connection, token_hash: str, now: datetime) -> AccountRow | None:
    """Whose token it is, if it is valid now."""
    row = connection.execute(_TOKEN, {"token_hash": token_hash, "now": now}).first()
    return AccountRow(*row) if row else None


def n_failures(connection: Connection, login: str, since: datetime) -> int:
    """Failed logins of an account."""
    return connection.execute(_N_FAILURES, {"login": login, "since": since}).scalar_one()


def n_failures_from(connection: Connection, address: str, since: datetime) -> int:
    """Failed logins from an address."""
    return connection.execute(_N_FROM, {"address": address, "since": since}).scalar_one()


def add_failure(uow: UnitOfWork, login: str, address: str, now: datetime) -> None:
    """A login failed."""
    uow.run(insert(login_failure), {"login": login, "address": address, "at": now})


def forgive(uow: UnitOfWork, login: str) -> None:
    """Forget the failures of an account: its owner has logged in."""
    uow.run(_FORGIVE, {"who": login})


def forget_sessions(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some sessions last used before; returns how many."""
    return uow.run(_FORGET_SESSIONS, {"before": before, "n": limit}).rowcount


def forget_failures(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Drop some failed logins from before; returns how many."""
    return uow.run(_FORGET_FAILURES, {"before": before, "n": limit}).rowcount
