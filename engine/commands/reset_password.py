"""Give somebody a passing password. Every session and token of his ends, and he must change it before anything else."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.create_account import account_of
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden
from engine.passwords import hash_password
from engine.policy import Permission
from engine.store import accounts


@dataclass(frozen=True, slots=True)
class ResetPassword:
    """The password comes from outside, is shown once there, and is kept as a hash only."""

    login: str
    password: str
    key: str


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """He can log in again, also if too many failures had locked him out."""

    login: str


def handle(command: ResetPassword, tx: Tx) -> PasswordReset:
    """Raises NotFound, Forbidden for one's own account, Invalid for a password that is too weak."""
    account = account_of(tx, command.login)
    if account.login == tx.actor.id:
        raise Forbidden("请用“修改密码”更改自己的密码")
    accounts.set_password(tx.uow, account.login, hash_password(command.password), is_passing=True)
    accounts.revoke_everything(tx.uow, account.login, tx.now)
    accounts.forgive(tx.uow, account.login)
    tx.record_house("PasswordReset", {"login": account.login})
    return PasswordReset(account.login)


VERB = Verb(ResetPassword, PasswordReset, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
