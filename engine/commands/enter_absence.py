"""Enter that somebody is absent and who stands in for him (代办): from when to when, and in which of his roles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from engine.commands import handing
from engine.commands.stated import wrong
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Forbidden
from engine.policy import Actor, Permission, sees
from engine.store import absences, accounts
from engine.store.accounts import AccountRow

MAX_LENGTH = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class EnterAbsence:
    """`login` is oneself, or somebody of whom the actor is the leader. `roles` are those in which `substitute` acts;
    all that the absent person has at the time, if empty. Holds from `from_at` up to, not including, `until_at`."""

    login: str
    substitute: str
    from_at: datetime
    until_at: datetime
    reason: str
    key: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AbsenceEntered:
    """The absence by its id."""

    absence_id: str


def handle(command: EnterAbsence, tx: Tx) -> AbsenceEntered:
    """Raises Invalid, and Forbidden for somebody whom the actor does not lead."""
    handing.check_reason("ABSENCE", command.reason, "-")
    absent = require_led(tx, command.login)
    _check_time(command, tx)
    if not set(command.roles) <= set(absent.roles):
        raise wrong("roles", "unknown_role", "只能在其本人的岗位内代办")
    _check_substitute(command, tx, absent)
    for other in absences.overlapping(tx.connection, command.login, command.from_at, command.until_at):
        if other.substitute == command.substitute:
            raise wrong("from_at", "overlaps", "该时段已安排同一人代办")
    row = {
        "id": uuid4().hex,
        "login": command.login,
        "substitute": command.substitute,
        "from_at": command.from_at,
        "until_at": command.until_at,
        "roles": sorted(command.roles) or None,
        "reason": command.reason,
        "entered_by": tx.actor.id,
        "entered_at": tx.now,
    }
    absences.add(tx.uow, row)
    told = {name: row[name] for name in ("login", "substitute", "from_at", "until_at", "roles", "reason")}
    tx.record_house("AbsenceEntered", {"absence": row["id"], **told})
    return AbsenceEntered(str(row["id"]))


def require_led(tx: Tx, login: str) -> AccountRow:
    """The account, if it is the actor's own or he leads its unit. Raises Forbidden, also for none."""
    found = accounts.one(tx.connection, login)
    if found is not None and login == tx.actor.id:
        return found
    within = tx.world.organisation(tx.connection).is_within
    leads = handing.LEADERS & tx.actor.roles and found is not None and sees(tx.actor, found.unit_code, within)
    if found is None or not leads:
        raise Forbidden("只能为本人或所辖人员安排代办")
    return found


def _check_time(command: EnterAbsence, tx: Tx) -> None:
    if command.from_at.tzinfo is None or command.until_at.tzinfo is None:
        raise wrong("from_at", "naive_instant", "时间缺少时区")
    if command.until_at <= command.from_at:
        raise wrong("until_at", "before_start", "结束时间须晚于开始时间")
    if command.until_at <= tx.received_at:
        raise wrong("until_at", "in_past", "结束时间须晚于当前时间")
    if command.until_at - command.from_at > MAX_LENGTH:
        raise wrong("until_at", "too_long", f"代办时段不得超过 {MAX_LENGTH.days} 天")


def _check_substitute(command: EnterAbsence, tx: Tx, absent: AccountRow) -> None:
    found = accounts.one(tx.connection, command.substitute)
    if found is None or found.disabled_at is not None:
        raise wrong("substitute", "no_such_colleague", "没有这位人员，或其账户已停用")
    if found.login == absent.login:
        raise wrong("substitute", "oneself", "代办人不能是本人")
    who = Actor(found.login, found.name, "user", frozenset(found.roles), found.unit_code)
    if not sees(who, absent.unit_code, tx.world.organisation(tx.connection).is_within):
        raise wrong("substitute", "other_unit", "代办人须能查看其所在单位的工单")
    if not who.may(Permission.TASK_COMPLETE):
        raise wrong("substitute", "other_role", "代办人没有办理任务的岗位")


VERB = Verb(EnterAbsence, AbsenceEntered, Permission.ABSENCE_ENTER, handle, lock_name=lambda command: ("house",))
