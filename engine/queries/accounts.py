"""Accounts as an administrator sees them, within his units, and sessions and tokens as their owner does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.orders import N_MAX_PAGE
from engine.queries.view import View
from engine.store import accounts as store
from engine.store import sessions
from engine.store.accounts import AccountRow


@dataclass(frozen=True, slots=True)
class Logins:
    """What opens an account now: sessions of browsers and tokens of programs, as stored."""

    sessions: list[dict[str, Any]]
    tokens: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account with what opens it now, and whether too many failures have locked it for a while."""

    row: AccountRow
    logins: Logins
    is_locked_out: bool


def page(view: View, actor: Actor, *, part: str = "", after: str = "", limit: int = 50) -> list[AccountRow]:
    """A page of accounts of the administrator's units by login; `part` is in the login or the name."""
    require(actor, Permission.ACCOUNT_MANAGE)
    return store.page(
        view.connection, units=view.units_of(actor), part=part[:64], after=after, limit=min(limit, N_MAX_PAGE)
    )


def one(view: View, actor: Actor, login: str) -> AccountPage:
    """An account. Raises NotFound outside the administrator's units."""
    require(actor, Permission.ACCOUNT_MANAGE)
    row = store.one(view.connection, login)
    if row is None or not view.sees(actor, row.unit_code):
        raise NotFound()
    settings = view.world.settings
    since = view.now - timedelta(seconds=settings.login_window_seconds)
    n_failures = store.n_failures(view.connection, login, since)
    return AccountPage(row, _logins(view, login), n_failures >= settings.n_login_failures)


def own_logins(view: View, actor: Actor) -> Logins:
    """What opens one's own account now."""
    return _logins(view, actor.id)


def _logins(view: View, login: str) -> Logins:
    settings, now = view.world.settings, view.now
    alive = sessions.sessions_of(
        view.connection,
        login,
        seen_after=now - timedelta(seconds=settings.session_idle_seconds),
        created_after=now - timedelta(seconds=settings.session_absolute_seconds),
    )
    return Logins(alive, sessions.tokens_of(view.connection, login, now))
