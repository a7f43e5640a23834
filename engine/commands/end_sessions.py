"""End every session and token of somebody else, at once: his machine was lost, or he is not who he should be."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.create_account import account_of
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.policy import Permission
from engine.store import accounts


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Of this account, all."""

    login: str
    key: str


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """He has to log in again."""

    login: str


def handle(command: EndSessions, tx: Tx) -> SessionsEnded:
    """Raises NotFound."""
    account = account_of(tx, command.login)
    accounts.revoke_everything(tx.uow, account.login, tx.now)
    tx.record_house("SessionsEnded", {"login": account.login, "all": True})
    return SessionsEnded(account.login)


VERB = Verb(EndSessions, SessionsEnded, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
