"""Give an account other roles, close it or open it again. What it may do changes with the next request."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.create_account import check_roles
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden, NotFound
from engine.policy import Permission
from engine.store import accounts


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """All roles it shall have, and whether it may log in at all."""

    login: str
    roles: tuple[str, ...]
    disabled: bool
    key: str


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """The account as it is now."""

    login: str
    roles: tuple[str, ...]
    disabled: bool


def handle(command: ChangeAccount, tx: Tx) -> AccountChanged:
    """Raises NotFound, Invalid for an unknown role, Forbidden for one's own account."""
    account = accounts.one(tx.connection, command.login)
    if account is None:
        raise NotFound()
    if command.login == tx.actor.id:
        raise Forbidden("不能更改自己的岗位")
    check_roles(command.roles)
    accounts.set_roles(tx.uow, command.login, sorted(command.roles))
    accounts.disable(tx.uow, command.login, tx.now if command.disabled else None)
    if command.disabled:
        accounts.revoke_everything(tx.uow, command.login, tx.now)
    body = {
        "login": command.login,
        "before": account.roles,
        "after": sorted(command.roles),
        "disabled": command.disabled,
    }
    tx.record_house("AccountChanged", body)
    return AccountChanged(command.login, tuple(sorted(command.roles)), command.disabled)


VERB = Verb(ChangeAccount, AccountChanged, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
