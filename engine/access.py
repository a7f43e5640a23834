"""Who is there: logins, sessions and bearer tokens. Kept apart from the runner because their answers are secrets, which
must not end up in the command log. Decides nothing about permissions."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import Invalid, NotFound, Unauthenticated
from engine.passwords import matches
from engine.policy import Actor
from engine.settings import Settings
from engine.store import absences, accounts, audit, locks
from engine.store.database import Database
from engine.store.uow import UnitOfWork

N_FAILURES_FROM_ADDRESS = 50
SEEN_SECONDS = 60
N_TOKEN_BYTES = 32
N_MAX_TOKEN_DAYS = 366
N_MAX_AGENT = 200
PASSWORD, OIDC = "PASSWORD", "OIDC"

log = logging.getLogger(__name__)


class LockedOut(Unauthenticated):
    """Too many failed logins for this account or from this address; it opens again by itself."""

    code = "login_locked"
    text = "登录失败次数过多，请稍后再试"


class WrongPassword(Unauthenticated):
    """Unknown account, wrong password or closed account: which of them is not said."""

    code = "login_failed"
    text = "登录名或口令不正确"


class NotLinked(Unauthenticated):
    """The single sign-on vouches for somebody whom no open account names; none is made for him."""

    code = "sso_not_linked"
    text = "统一认证账号尚未关联本系统账号，请联系管理员"


class Access:
    """Checks passwords, sessions and tokens. Tokens are stored as hashes; the clear ones are only their owner's."""

    def __init__(self, database: Database, clock: Clock, settings: Settings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    def log_in(self, login: str, password: str, address: str, agent: str = "") -> str:
        """A new session's token. Raises WrongPassword or LockedOut."""
        self._charge(login[:64], address[:64])
        with self._database.read() as connection:
            account = accounts.one(connection, login)
        known = account is not None and account.disabled_at is None
        if not matches(password, account.password_hash if account and known else None):
            log.warning("login failed", extra={"action": "login.failed", "address": address})
            raise WrongPassword()
        return self._begin(login, PASSWORD, address, agent)

    def log_in_as(self, subject: str, address: str, agent: str = "") -> str:
        """A new session's token for whom the single sign-on vouches by this subject. Raises NotLinked."""
        with self._database.read() as connection:
            account = accounts.of_subject(connection, subject) if subject else None
        if account is None:
            log.warning("nobody is linked to this subject", extra={"action": "login.not_linked", "address": address})
            raise NotLinked()
        return self._begin(account.login, OIDC, address, agent)

    def _begin(self, login: str, method: str, address: str, agent: str) -> str:
        token = secrets.token_urlsafe(N_TOKEN_BYTES)
        place = {"method": method, "address": address[:64], "agent": _printable(agent)[:N_MAX_AGENT]}
        with UnitOfWork(self._database) as uow:
            accounts.forgive(uow, login)
            accounts.add_session(uow, session_id(token), login, self._clock.now(), **place)
            uow.finish()
        return token

    def _charge(self, login: str, address: str) -> None:
        """Count the attempt before the password is looked at, so that parallel guesses count too."""
        now = self._clock.now()
        since = now - timedelta(seconds=self._settings.login_window_seconds)
        with UnitOfWork(self._database) as uow:
            locks.lock_name(uow, "login", login)
            tries = accounts.n_failures(uow.connection, login, since)
            from_there = accounts.n_failures_from(uow.connection, address, since)
            if tries >= self._settings.n_login_failures or from_there >= N_FAILURES_FROM_ADDRESS:
                raise LockedOut()
            accounts.add_failure(uow, login, address, now)
            uow.finish()

    def of_session(self, token: str) -> Actor:
        """Whoever logged in. Raises Unauthenticated when the session is unknown, revoked, idle or too old."""
        now, hashed = self._clock.now(), session_id(token)
        with self._database.read() as connection:
            session = accounts.session_of(connection, hashed)
            account = accounts.one(connection, session.login) if session else None
            stood_in = absences.stood_in_for(connection, session.login, now) if session else ()
        if session is None or account is None or not self._alive(session, now):
            raise Unauthenticated()
        if now - session.seen_at >= timedelta(seconds=SEEN_SECONDS):
            with UnitOfWork(self._database) as uow:
                accounts.session_seen(uow, hashed, now)
                uow.finish()
        must_change = account.must_change and session.method == PASSWORD
        return replace(actor_of(account, stood_in), must_change=must_change)

    def _alive(self, session: accounts.SessionRow, now: datetime) -> bool:
        idle = timedelta(seconds=self._settings.session_idle_seconds)
        absolute = timedelta(seconds=self._settings.session_absolute_seconds)
        return now - session.seen_at < idle and now - session.created_at < absolute

    def log_out(self, token: str) -> None:
        """End a session; ending it twice is no error."""
        with UnitOfWork(self._database) as uow:
            accounts.revoke_session(uow, session_id(token), self._clock.now())
            uow.finish()

    def of_token(self, token: str) -> Actor:
        """Whose bearer token it is. Raises Unauthenticated."""
        with self._database.read() as connection:
            now = self._clock.now()
            account = accounts.of_token(connection, session_id(token), now)
            stood_in = absences.stood_in_for(connection, account.login, now) if account else ()
        if account is None:
            raise Unauthenticated()
        return actor_of(account, stood_in)

    def issue_token(self, login: str, *, label: str = "", days: int = 90, by: str = "system") -> str:
        """A new bearer token, shown this once. Raises NotFound for an unknown or closed account."""
        if not 1 <= days <= N_MAX_TOKEN_DAYS:
            raise Invalid(f"有效期须为 1 至 {N_MAX_TOKEN_DAYS} 天", field="days")
        now, token = self._clock.now(), secrets.token_urlsafe(N_TOKEN_BYTES)
        with UnitOfWork(self._database) as uow:
            locks.lock_name(uow, "house")
            account = accounts.one(uow.connection, login)
            if account is None or account.disabled_at is not None:
                raise NotFound(login)
            expires_at = now + timedelta(days=days)
            row = {"token_hash": session_id(token), "login": login, "label": label[:100], "created_at": now}
            accounts.add_token(uow, row | {"expires_at": expires_at})
            body = {"login": login, "label": label[:100], "expires_at": expires_at}
            audit.write_house(uow, [audit.Event("TokenIssued", by, now, body)], now)
            uow.finish()
        return token


def actor_of(account: accounts.AccountRow, stands_in: tuple[tuple[str, frozenset[str]], ...] = ()) -> Actor:
    """The account as one who acts, for himself and for those who are absent."""
    return Actor(account.login, account.name, "user", frozenset(account.roles), account.unit_code, stands_in=stands_in)


def session_id(token: str) -> str:
    """What a session or a bearer token is stored and known by: its hash, which opens nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
