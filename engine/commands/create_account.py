"""Make an account for a member of staff. The password comes from outside and is kept as a hash only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Conflict, Fault, Invalid, NotFound
from engine.passwords import hash_password
from engine.policy import ROLES, Permission, sees
from engine.store import accounts
from engine.store.accounts import AccountRow

_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{1,39}", re.ASCII)
_RESERVED = {"system"}
N_MAX_SUBJECT = 255


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """`unit_code` is the unit whose orders he sees, with everything below it. `must_change`: the password is a passing
    one, which its owner changes before anything else."""

    login: str
    name: str
    password: str
    roles: tuple[str, ...]
    unit_code: str
    key: str
    must_change: bool = False


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """The account exists and can log in."""

    login: str


def handle(command: CreateAccount, tx: Tx) -> AccountCreated:
    """Raises Invalid for a wrong field, Conflict when the login is taken."""
    if not _LOGIN.fullmatch(command.login) or command.login in _RESERVED:
        raise wrong("login", "登录名须以小写字母开头，由小写字母、数字、点、横线组成")
    if not 1 <= len(command.name.strip()) <= 50 or not command.name.isprintable():
        raise wrong("name", "姓名须为 1 至 50 字")
    check_roles(command.roles)
    check_unit(tx, command.unit_code)
    if accounts.one(tx.connection, command.login) is not None:
        raise Conflict("登录名已被占用", field="login")
    values = {
        "login": command.login,
        "name": command.name.strip(),
        "password_hash": hash_password(command.password),
        "roles": sorted(command.roles),
        "unit_code": command.unit_code,
        "created_at": tx.now,
        "must_change": command.must_change,
    }
    accounts.add(tx.uow, values)
    body = {"login": command.login, "roles": sorted(command.roles), "unit_code": command.unit_code}
    tx.record_house("AccountCreated", body)
    return AccountCreated(command.login)


def check_roles(roles: tuple[str, ...]) -> None:
    """Raise Invalid for a role that the policy does not know, or for none at all."""
    unknown = sorted(set(roles) - ROLES.keys())
    if unknown or not roles:
        raise wrong("roles", "未知岗位：" + "、".join(unknown) if unknown else "至少需要一个岗位")


def check_unit(tx: Tx, unit_code: str) -> None:
    """Raise Invalid unless it is a unit within the administrator's own."""
    organisation = tx.world.organisation(tx.connection)
    if unit_code not in organisation.units or not sees(tx.actor, unit_code, organisation.is_within):
        raise wrong("unit_code", "单位不存在")


def account_of(tx: Tx, login: str) -> AccountRow:
    """An account within the administrator's units. Raises NotFound, for those elsewhere too."""
    account = accounts.one(tx.connection, login)
    if account is None or not sees(tx.actor, account.unit_code, tx.world.organisation(tx.connection).is_within):
        raise NotFound()
    return account


def wrong(field: str, reason: str) -> Invalid:
    """An Invalid that names one field of an account."""
    return Invalid(reason, field=field, faults=[Fault(field, f"bad_{field}", reason)])


VERB = Verb(CreateAccount, AccountCreated, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
