"""Who may do what, and where; a table to be read, not code to be followed. Knows no request and no database.

A permission opens a verb; a role of the task's lane opens the task; the unit decides whose orders they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

from engine.errors import Forbidden, NotFound


class Permission(StrEnum):
    """`<scope>:<resource>:<action>`, in alphabetical order."""

    ABSENCE_ENTER = "account:absence:enter"
    ACCOUNT_MANAGE = "account:account:manage"
    ACCOUNT_OWN = "account:own:change"
    AUDIT_READ = "audit:chain:read"
    CALENDAR_ENTER = "calendar:year:enter"
    COMMENT_WRITE = "order:comment:write"
    COPY_READ = "order:copy:read"
    COPY_SEND = "order:copy:send"
    CORRECTION_DECIDE = "order:correction:decide"
    CORRECTION_REQUEST = "order:correction:request"
    DECISION_EVALUATE = "decision:table:evaluate"
    DECISION_READ = "decision:table:read"
    FIGURE_READ = "order:figure:read"
    INCIDENT_RETRY = "order:incident:retry"
    MESSAGE_DELIVER = "order:message:deliver"
    ORDER_ACCEPT = "order:application:accept"
    ORDER_READ = "order:case:read"
    ORDER_RECOUNT = "system:deadline:recount"
    ORDER_START = "order:case:start"
    OWN_ACT = "order:own:act"
    OWN_READ = "order:own:read"
    PAUSE_CAP = "system:pause:cap"
    PERSONAL_UNMASK = "order:personal:unmask"
    PROCESS_DEPLOY = "process:version:deploy"
    PROCESS_READ = "process:version:read"
    REMINDER_SEND = "order:reminder:send"
    REPLY_RECORD = "system:reply:record"
    TASK_ASSIGN = "order:task:assign"
    TASK_CLAIM = "order:task:claim"
    TASK_COMPLETE = "order:task:complete"
    TASK_CONSULT = "order:task:consult"
    TASK_DELEGATE = "order:task:delegate"
    TASK_HAND_OVER = "order:task:hand_over"
    TASK_RETURN = "order:task:return"
    TASK_TRANSFER = "order:task:transfer"
    TASK_WITHDRAW = "order:task:withdraw"
    TIMER_FIRE = "system:timer:fire"
    TIMER_READ = "order:timer:read"


_ALL = frozenset({Permission.ACCOUNT_OWN, Permission.DECISION_READ})
_VERBS = {
    Permission.COPY_READ,
    Permission.COPY_SEND,
    Permission.TASK_CONSULT,
    Permission.TASK_DELEGATE,
    Permission.TASK_RETURN,
    Permission.TASK_TRANSFER,
    Permission.TASK_WITHDRAW,
}
_STAFF = (
    _ALL
    | _VERBS
    | {
        Permission.ABSENCE_ENTER,
        Permission.COMMENT_WRITE,
        Permission.CORRECTION_REQUEST,
        Permission.MESSAGE_DELIVER,
        Permission.ORDER_READ,
        Permission.TASK_CLAIM,
        Permission.TASK_COMPLETE,
    }
)
# Who rings the customer up or goes to him may unmask what he needs for it; desks that do neither may not.
_OUTWARD = _STAFF | {Permission.PERSONAL_UNMASK}
_INTAKE = _OUTWARD | {Permission.ORDER_ACCEPT, Permission.DECISION_EVALUATE}
_LEAD = _OUTWARD | {
    Permission.AUDIT_READ,
    Permission.DECISION_EVALUATE,
    Permission.FIGURE_READ,
    Permission.INCIDENT_RETRY,
    Permission.REMINDER_SEND,
    Permission.TASK_ASSIGN,
    Permission.TIMER_READ,
}
_APPROVER = _LEAD | {Permission.CORRECTION_DECIDE}

ROLES: dict[str, frozenset[Permission]] = {
    "ACCEPTANCE_CLERK": _INTAKE,
    "SURVEYOR": _OUTWARD,
    "PLANNER": _STAFF,
    "CONTRACT_CLERK": _OUTWARD,
    "WORKS_CREW": _OUTWARD,
    "METER_CREW": _OUTWARD,
    "DESIGN_REVIEWER": _STAFF,
    "INSPECTOR": _OUTWARD,
    "FINANCE_CLERK": _STAFF,
    "ARCHIVIST": _STAFF,
    "CALLBACK_AGENT": _OUTWARD,
    "ACCOUNT_MANAGER": _INTAKE,
    "TEAM_LEADER": _APPROVER | {Permission.ORDER_ACCEPT},
    "COUNTY_MANAGER": _APPROVER,
    "CITY_MANAGER": _LEAD,
    # The supervision centre works on the tasks of its own lane (督办单), which no other role opens.
    "SUPERVISOR": _ALL
    | _VERBS
    | {
        Permission.ABSENCE_ENTER,
        Permission.AUDIT_READ,
        Permission.COMMENT_WRITE,
        Permission.DECISION_EVALUATE,
        Permission.FIGURE_READ,
        Permission.ORDER_READ,
        Permission.REMINDER_SEND,
        Permission.TASK_CLAIM,
        Permission.TASK_COMPLETE,
        Permission.TIMER_READ,
    },
    "PROCESS_OWNER": _ALL | {Permission.PROCESS_DEPLOY, Permission.PROCESS_READ, Permission.DECISION_EVALUATE},
    "ADMIN": _ALL
    | {
        Permission.ACCOUNT_MANAGE,
        Permission.AUDIT_READ,
        Permission.CALENDAR_ENTER,
        Permission.DECISION_EVALUATE,
        Permission.INCIDENT_RETRY,
        Permission.PROCESS_READ,
        Permission.TASK_HAND_OVER,
        Permission.TIMER_READ,
    },
}

CUSTOMER = frozenset({Permission.OWN_ACT, Permission.OWN_READ})
"""What a customer may in the portal, on the one order of his; no role opens it."""

PROVINCE = "33"
Kind: TypeAlias = Literal["user", "system", "customer"]
Within: TypeAlias = Callable[[str, str], bool]
"""(unit, ancestor) -> is the first the second or below it in the organisation tree?"""


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts. `id` is the login (stable), `unit_code` the unit whose orders he sees with everything below it.

    A customer sees the one order of `order_no`, which lies in `unit_code`, and nothing else. `must_change`: he came in
    with a passing password and may do nothing but change it; the door sees to that.
    """

    id: str
    name: str
    kind: Kind = "user"
    roles: frozenset[str] = frozenset()
    unit_code: str = ""
    order_no: str = ""
    must_change: bool = False
    stands_in: tuple[tuple[str, frozenset[str]], ...] = ()
    """For whom he works while they are absent (login), and in which of their roles."""

    @property
    def task_roles(self) -> frozenset[str]:
        """The roles whose tasks he may take: his own, and those of whom he stands in for."""
        return self.roles.union(*(roles for _, roles in self.stands_in))

    def may(self, permission: Permission) -> bool:
        """Does any of his roles open this verb?"""
        if self.kind == "customer":
            return permission in CUSTOMER
        return self.kind == "system" or any(permission in ROLES.get(role, ()) for role in self.roles)


CUSTOMER_ID = "customer:"
"""What the ids of customers begin with; the number of the order follows."""
SYSTEM = Actor(id="system", name="系统", kind="system", unit_code=PROVINCE)


def require(actor: Actor, permission: Permission) -> None:
    """Raise Forbidden unless the actor has the permission."""
    if not actor.may(permission):
        raise Forbidden(permission.value)


def sees(actor: Actor, unit_code: str, within: Within) -> bool:
    """Is this unit one of his, along the organisation tree? The supervision centre sees the whole province."""
    if actor.kind == "system" or actor.unit_code == PROVINCE or "SUPERVISOR" in actor.roles:
        return True
    return within(unit_code, actor.unit_code)


def require_unit(actor: Actor, unit_code: str, within: Within) -> None:
    """Raise NotFound for another unit's order: that it exists is not his business either."""
    if not sees(actor, unit_code, within):
        raise NotFound()


def require_own(actor: Actor, order_no: str) -> None:
    """Raise NotFound when a customer asks for another order than his own."""
    if actor.kind == "customer" and actor.order_no != order_no:
        raise NotFound()


def customer(order_no: str, unit_code: str) -> Actor:
    """Whoever has proven to hold the phone that stands on this order."""
    return Actor(f"{CUSTOMER_ID}{order_no}", "客户", "customer", unit_code=unit_code, order_no=order_no)


def holds_role(actor: Actor, role: str, offered_to: str | None = None) -> bool:
    """Does the actor hold the role of the task's lane, or the one to which the task was offered as well?"""
    return not role or role in actor.task_roles or offered_to in actor.task_roles


def for_whom(actor: Actor, role: str, offered_to: str | None, holder: str | None) -> str | None:
    """The absent person for whom the actor would take the task: its holder, or the first whose role it is; None where
    he takes it in his own right. `holder` is who holds it now."""
    fits = [absent for absent, roles in actor.stands_in if not role or role in roles or offered_to in roles]
    if holder is not None and holder != actor.id:
        return holder if holder in fits else None
    own = not role or role in actor.roles or offered_to in actor.roles
    return None if own or not fits else fits[0]


def require_role(actor: Actor, role: str, offered_to: str | None = None) -> None:
    """Raise Forbidden unless the actor holds the role of the task's lane, or the one it was offered to as well."""
    if actor.kind != "system" and not holds_role(actor, role, offered_to):
        raise Forbidden(f"需要岗位 {role}")
