"""What the verbs of staff have in common: whom a task may be given to, why, and how the act is kept and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from engine.commands import unasked
from engine.commands.stated import N_MAX_REASON, wrong
from engine.commands.tx import Tx
from engine.errors import AlreadyClaimed
from engine.policy import Actor, Permission, require_role, sees
from engine.store import accounts, acts
from engine.store.accounts import AccountRow
from engine.store.tasks import TaskRow

REASONS = {
    "RETURN": ("WRONG_DATA", "MISSING_DATA", "NOT_AS_FOUND", "RULE_BROKEN", "OTHER"),
    "WITHDRAW": ("WRONG_DATA", "MISSING_DATA", "TOO_EARLY", "OTHER"),
    "TRANSFER": ("WORKLOAD", "EXPERTISE", "AREA", "CONFLICT_OF_INTEREST", "ABSENCE", "OTHER"),
    "DELEGATE": ("WORKLOAD", "EXPERTISE", "FIELD_WORK", "OTHER"),
    "CONSULT": ("EXPERTISE", "IMPORTANT", "DOUBT", "OTHER"),
    "COPY": ("FOR_INFORMATION", "FOLLOW_UP", "OTHER"),
    "ABSENCE": ("LEAVE", "BUSINESS_TRIP", "TRAINING", "ILLNESS", "OTHER"),
    "HANDOVER": ("LEAVING", "TRANSFERRED", "RETIRED", "OTHER"),
}
LEADERS = frozenset({"TEAM_LEADER", "COUNTY_MANAGER"})


def check_reason(verb: str, reason: str, note: str) -> None:
    """Raise Invalid for an unknown reason, a note that is too long, or OTHER without a note."""
    if reason not in REASONS[verb]:
        raise wrong("reason", "unknown_reason", "请选择原因")
    if len(note) > N_MAX_REASON:
        raise wrong("note", "too_long", f"说明不得超过 {N_MAX_REASON} 字")
    if reason == "OTHER" and not note.strip():
        raise wrong("note", "note_missing", "原因为“其他”时须填写说明")


def require_disposal(tx: Tx, task: TaskRow) -> None:
    """Raise AlreadyClaimed or Forbidden unless the actor may give the task away: he holds it, leads those who do, or
    nobody holds it and it is of his role."""
    if LEADERS & tx.actor.roles or task.assignee == tx.actor.id:
        return
    if task.assignee is not None:
        raise AlreadyClaimed()
    require_role(tx.actor, task.role, task.offered_to)


def colleague(tx: Tx, login: str, *, task: TaskRow | None = None, field: str = "to") -> AccountRow:
    """An account that is open, another's, sees the order, and has the role of the task, if one is named. Raises
    Invalid: which of it is wrong is said, for whoever may give tasks away knows his colleagues."""
    found = accounts.one(tx.connection, login)
    if found is None or found.disabled_at is not None:
        raise wrong(field, "no_such_colleague", "没有这位人员，或其账户已停用")
    if login == tx.actor.id:
        raise wrong(field, "oneself", "不能选择本人")
    within = tx.world.organisation(tx.connection).is_within
    who = Actor(found.login, found.name, "user", frozenset(found.roles), found.unit_code)
    if tx.locked is not None and not (sees(who, tx.order.unit_code, within) and who.may(Permission.ORDER_READ)):
        raise wrong(field, "other_unit", "该人员不能查看本工单所在单位的工单")
    if task is not None and task.role and not {task.role, task.offered_to} & set(found.roles):
        raise wrong(field, "other_role", "该人员没有本环节的岗位")
    return found


def keep(tx: Tx, task: TaskRow, kind: str, *, reason: str, note: str = "", **values: Any) -> str:
    """Keep the act itself, words and all; returns its id."""
    act_id = uuid4().hex
    row = {
        "id": act_id,
        "order_id": tx.order.id,
        "task_id": task.id,
        "seq": tx.order.audit_seq,
        "kind": kind,
        "actor": tx.actor.id,
        "on_behalf_of": task.on_behalf_of,
        "reason": reason,
        "note": note.strip() or None,
        "at": tx.now,
    }
    acts.add(tx.uow, row | values)
    return act_id


def told(task: TaskRow, reason: str, note: str, **more: Any) -> dict[str, Any]:
    """What the record says of an act: its reason, never its words."""
    known = {"task": task.id, "element": task.element_id, "reason": reason, "n_note": len(note.strip())}
    return known | ({"on_behalf_of": task.on_behalf_of} if task.on_behalf_of else {}) | more


def tell(tx: Tx, template: str, logins: Sequence[str | None], task: TaskRow, reason: str) -> None:
    """Write a message to these people into the outbox."""
    to = [f"@{login}" for login in dict.fromkeys(logins) if login and login != tx.actor.id]
    if to:
        unasked.notify(tx, template, to, {"task": task.name, "reason": reason})


def assign(tx: Tx, task_id: str, login: str | None, back_to: str | None = None, back_by: str | None = None) -> None:
    """Give a task that this very step opened to somebody, if he can still do it, and note where it goes straight back
    to."""
    row = next((row for row in tx.changes.tasks if row["id"] == task_id), None)
    found = accounts.one(tx.connection, login) if login else None
    able = found is not None and found.disabled_at is None and row is not None
    fits = able and found is not None and row is not None and (not row["role"] or row["role"] in found.roles)
    holder, at = (login, tx.now) if fits else (None, None)
    tx.changes.assigned.append({"task_id": task_id, "holder": holder, "at": at, "back_to": back_to, "back_by": back_by})


def give_back(tx: Tx, task: TaskRow) -> None:
    """What was returned has been mended: the task it was returned from is his again who returned it."""
    again = next((row for row in tx.changes.tasks if row["element_id"] == task.back_to), None)
    if again is not None:
        assign(tx, again["id"], task.back_by)
