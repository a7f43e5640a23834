"""Close the account of somebody who leaves: he can log in no more, and stands in for nobody, nor anybody for him."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import handing
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden, NotFound
from engine.policy import Permission
from engine.store import absences, accounts


@dataclass(frozen=True, slots=True)
class CloseAccount:
    """`reason` is one of a handover; `note` stays out of the record."""

    login: str
    reason: str
    key: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """Closed, with so many substitutions ended."""

    login: str
    n_absences: int


def handle(command: CloseAccount, tx: Tx) -> AccountClosed:
    """Closing a closed account changes nothing. Raises NotFound, Invalid, Forbidden for one's own account."""
    handing.check_reason("HANDOVER", command.reason, command.note)
    account = accounts.one(tx.connection, command.login)
    if account is None:
        raise NotFound()
    if command.login == tx.actor.id:
        raise Forbidden("不能停用自己的账户")
    if account.disabled_at is None:
        accounts.disable(tx.uow, command.login, tx.now)
        accounts.revoke_everything(tx.uow, command.login, tx.now)
    going_on = [a for a in absences.concerning(tx.connection, command.login) if a.until_at > tx.now]
    ended = [a.id for a in going_on if absences.end(tx.uow, a.id, tx.actor.id, tx.now)]
    if account.disabled_at is None or ended:
        told = {"login": command.login, "reason": command.reason, "n_note": len(command.note.strip())}
        tx.record_house("AccountClosed", told | {"absences": ended})
    return AccountClosed(command.login, len(ended))


VERB = Verb(CloseAccount, AccountClosed, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
