"""What a member of staff has to do, and the search for orders. Only what lies in his units; finds, decides nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from engine.errors import Invalid
from engine.policy import Actor, Permission, for_whom, holds_role, require
from engine.queries.orders import N_MAX_PAGE
from engine.queries.tasks import TaskLine, position, task_line
from engine.queries.view import View
from engine.store import tasks, worklist

Whose: TypeAlias = Literal["me", "mine", "free", "none", "any"]
WHOSE: tuple[Whose, ...] = ("me", "mine", "free", "none", "any")
"""`me`: what he holds and what he may take; `mine`: what he holds; `free`: what he may take; `none`: what nobody holds;
`any`: all."""


@dataclass(frozen=True, slots=True)
class Item:
    """A task in a worklist; `claimable` when this actor may take it."""

    line: TaskLine
    claimable: bool


def items(
    view: View,
    actor: Actor,
    whose: Whose = "me",
    *,
    state: str = tasks.OPEN,
    order_no: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> list[Item]:
    """A page of tasks, most urgent first; `after` is the `cursor` of the last line of the page before.

    Raises Invalid for a limit beyond the page size or a broken cursor.
    """
    require(actor, Permission.ORDER_READ)
    _check_limit(limit)
    wanted = {
        "me": [
            *(worklist.held_by(login) for login in (actor.id, *dict(actor.stands_in))),
            worklist.free_for(actor.task_roles),
        ],
        "mine": [worklist.held_by(actor.id)],
        "free": [worklist.free_for(actor.task_roles)],
        "none": [worklist.free()],
        "any": [],
    }[whose]
    found = worklist.tasks(
        view.connection,
        wanted,
        units=view.units_of(actor),
        state=state,
        order_no=order_no,
        after=position(after),
        limit=limit,
    )
    return [Item(line, may_claim(actor, line)) for line in (task_line(row, actor) for row in found)]


def may_claim(actor: Actor, line: TaskLine) -> bool:
    """Is the task free, or with somebody for whom he stands in, and of one of his roles?"""
    absent = for_whom(actor, line.role, line.offered_to, line.assignee)
    is_free = line.state == tasks.OPEN and (line.assignee is None or absent is not None)
    return is_free and holds_role(actor, line.role, line.offered_to) and actor.may(Permission.TASK_CLAIM)


def found_orders(
    view: View,
    actor: Actor,
    *,
    order_no: str | None = None,
    status: str | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """A page of orders whose number begins with `order_no`, newest first; `after` is the last `id` before."""
    require(actor, Permission.ORDER_READ)
    _check_limit(limit)
    return worklist.orders(
        view.connection, units=view.units_of(actor), order_no=order_no, status=status, after=after, limit=limit
    )


def is_answered(view: View, actor: Actor, key: str) -> bool:
    """Has he used this idempotency key before?"""
    return worklist.is_answered(view.connection, actor.id, key)


def names(view: View, logins: Collection[str]) -> dict[str, str]:
    """What the holders of these logins are called."""
    return worklist.names(view.connection, logins)


def _check_limit(limit: int) -> None:
    if not 1 <= limit <= N_MAX_PAGE:
        raise Invalid(f"每页 1 至 {N_MAX_PAGE} 条", field="limit")
