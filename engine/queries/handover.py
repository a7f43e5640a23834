"""What somebody who leaves still has in hand, for whoever manages accounts. Shows no customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.errors import NotFound
from engine.policy import Actor, Permission, require
from engine.queries.view import View
from engine.store import accounts, handover


@dataclass(frozen=True, slots=True)
class HeldTask:
    """An open task that he holds, or has delegated (`delegated`)."""

    task_id: str
    name: str
    role: str
    order_no: str
    delegated: bool


def open_tasks(view: View, actor: Actor, login: str) -> list[HeldTask]:
    """All open tasks of an account, by order. Raises NotFound where there is no such account."""
    require(actor, Permission.TASK_HAND_OVER)
    if accounts.one(view.connection, login) is None:
        raise NotFound()
    return [
        HeldTask(row["id"], row["name"], row["role"], row["order_no"], row["assignee"] != login)
        for row in handover.open_held(view.connection, login)
    ]


def colleagues(view: View, actor: Actor) -> Sequence[accounts.AccountRow]:
    """Every open account, as successors to choose from."""
    require(actor, Permission.TASK_HAND_OVER)
    return [row for row in accounts.every(view.connection) if row.disabled_at is None]
