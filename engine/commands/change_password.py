"""Change one's own password. Every session and token of the account ends with it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden, Invalid
from engine.passwords import hash_password, matches
from engine.policy import Permission
from engine.store import accounts


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """The old password proves that it is still he who sits there."""

    old: str
    new: str
    key: str


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """Log in again with the new one."""

    login: str


def handle(command: ChangePassword, tx: Tx) -> PasswordChanged:
    """Raises Forbidden when the old password is wrong, Invalid when the new one is too weak or the same."""
    account = accounts.one(tx.connection, tx.actor.id)
    if account is None or not matches(command.old, account.password_hash):
        raise Forbidden("原口令不正确")
    if command.old == command.new:
        raise Invalid("新口令不能与原口令相同", field="new")
    accounts.set_password(tx.uow, account.login, hash_password(command.new))
    accounts.revoke_everything(tx.uow, account.login, tx.now)
    tx.record_house("PasswordChanged", {"login": account.login})
    return PasswordChanged(account.login)


VERB = Verb(ChangePassword, PasswordChanged, Permission.ACCOUNT_OWN, handle, lock_name=lambda command: ("house",))
