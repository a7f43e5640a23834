"""Make an account for a member of staff. The password comes from outside and is kept as a hash only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Conflict, Fault, Invalid
from engine.passwords import hash_password
from engine.policy import ROLES, Permission
from engine.store import accounts

_LOGIN = re.compile(r"[a-z][a-z0-9_.-]{1,39}", re.ASCII)
_RESERVED = {"system"}


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """`unit_code` is the unit whose orders he sees, with everything below it."""

    login: str
    name: str
    password: str
    roles: tuple[str, ...]
    unit_code: str
    key: str


@dataclass(frozen=True, slots=True)
class AccountCreated:
    """The account exists and can log in."""

    login: str


def handle(command: CreateAccount, tx: Tx) -> AccountCreated:
    """Raises Invalid for a wrong field, Conflict when the login is taken."""
    if not _LOGIN.fullmatch(command.login) or command.login in _RESERVED:
        raise _wrong("login", "登录名须以小写字母开头，由小写字母、数字、点、横线组成")
    if not 1 <= len(command.name.strip()) <= 50:
        raise _wrong("name", "姓名须为 1 至 50 字")
    check_roles(command.roles)
    if command.unit_code not in tx.world.organisation(tx.connection).units:
        raise _wrong("unit_code", "单位不存在")
    if accounts.one(tx.connection, command.login) is not None:
        raise Conflict("登录名已被占用", field="login")
    values = {
        "login": command.login,
        "name": command.name.strip(),
        "password_hash": hash_password(command.password),
        "roles": sorted(command.roles),
        "unit_code": command.unit_code,
        "created_at": tx.now,
    }
    accounts.add(tx.uow, values)
    body = {"login": command.login, "roles": sorted(command.roles), "unit_code": command.unit_code}
    tx.record_house("AccountCreated", body)
    return AccountCreated(command.login)


def check_roles(roles: tuple[str, ...]) -> None:
    """Raise Invalid for a role that the policy does not know, or for none at all."""
    unknown = sorted(set(roles) - ROLES.keys())
    if unknown or not roles:
        raise _wrong("roles", "未知岗位：" + "、".join(unknown) if unknown else "至少需要一个岗位")


def _wrong(field: str, reason: str) -> Invalid:
    return Invalid(reason, field=field, faults=[Fault(field, f"bad_{field}", reason)])


VERB = Verb(CreateAccount, AccountCreated, Permission.ACCOUNT_MANAGE, handle, lock_name=lambda command: ("house",))
