"""Give an account other roles or another unit, link it to the single sign-on, close it or open it again. What it may do
changes with the next request."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.create_account import N_MAX_SUBJECT, account_of, check_roles, check_unit, wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden
from engine.policy import Permission
from engine.store import accounts


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """All roles it shall have, and whether it may log in at all. Without `unit_code` it stays where it is, without
    `oidc_subject` linked as it is; "" unlinks it."""

    login: str
    roles: tuple[str, ...]
    disabled: bool
    key: str
    unit_code: str = ""
    oidc_subject: str | None = None


@dataclass(frozen=True, slots=True)
class AccountChanged:
    """The account as it is now."""

    login: str
    roles: tuple[str, ...]
    disabled: bool


def handle(command: ChangeAccount, tx: Tx) -> AccountChanged:
    """Raises NotFound, Invalid for an unknown role, unit or a subject that is another's, Forbidden for one's own
    account."""
    account = account_of(tx, command.login)
    if command.login == tx.actor.id:
        raise Forbidden("不能更改自己的岗位")
    check_roles(command.roles)
    unit_code = command.unit_code or account.unit_code
    check_unit(tx, unit_code)
    subject = account.oidc_subject if command.oidc_subject is None else _checked(command, tx)
    accounts.set_roles(tx.uow, command.login, sorted(command.roles))
    accounts.set_place(tx.uow, command.login, unit_code, subject)
    if command.disabled != (account.disabled_at is not None):
        accounts.disable(tx.uow, command.login, tx.now if command.disabled else None)
    if command.disabled:
        accounts.revoke_everything(tx.uow, command.login, tx.now)
    body = {
        "login": command.login,
        "before": account.roles,
        "after": sorted(command.roles),
        "disabled": command.disabled,
        "unit_before": account.unit_code,
        "unit_after": unit_code,
        "is_linked": subject is not None,
        "link_changed": subject != account.oidc_subject,
    }
    tx.record_house("AccountChanged", body)
    return AccountChanged(command.login, tuple(sorted(command.roles)), command.disabled)


def _checked(command: ChangeAccount, tx: Tx) -> str | None:
    subject = (command.oidc_subject or "").strip()
    if len(subject) > N_MAX_SUBJECT or not subject.isprintable():
        raise wrong("oidc_subject", f"统一认证标识须为不超过 {N_MAX_SUBJECT} 个可见字符")
    holder = accounts.subject_holder(tx.connection, subject) if subject else None
    if holder not in (None, command.login):
        raise wrong("oidc_subject", "该统一认证标识已关联其他账号")
    return subject or None


VERB = Verb(ChangeAccount, AccountChanged, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
