"""Who may be given a task, and the filters that a member of staff has at hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from engine.policy import Actor, Permission, holds_role, require, sees
from engine.queries.tasks import TaskLine
from engine.queries.view import View
from engine.store import accounts, filters, follows

N_MOST = 200


@dataclass(frozen=True, slots=True)
class Colleague:
    """An account that may do a task. `n_fitting` of the tasks asked about."""

    login: str
    name: str
    roles: tuple[str, ...]
    unit_code: str
    n_fitting: int


def able(view: View, actor: Actor, lines: Collection[TaskLine]) -> list[Colleague]:
    """Who of the actor's units may do some of these tasks, those first who may do most of them."""
    require(actor, Permission.TASK_ASSIGN)
    within = view.world.organisation(view.connection).is_within
    found = []
    for account in accounts.every(view.connection):
        if account.disabled_at is not None or not sees(actor, account.unit_code, within):
            continue
        one = Actor(account.login, account.name, "user", frozenset(account.roles), account.unit_code)
        if not one.may(Permission.TASK_COMPLETE):
            continue
        n = sum(holds_role(one, line.role, line.offered_to) and sees(one, line.unit_code, within) for line in lines)
        if n:
            found.append(Colleague(one.id, one.name, tuple(sorted(one.roles)), one.unit_code, n))
    return sorted(found, key=lambda each: (-each.n_fitting, each.unit_code, each.login))[:N_MOST]


def kept_filters(view: View, actor: Actor) -> list[dict[str, Any]]:
    """The actor's filters and those shared from his unit or one above it."""
    require(actor, Permission.ORDER_READ)
    above = [unit.code for unit in view.world.organisation(view.connection).ancestors(actor.unit_code)]
    return filters.seen_by(view.connection, actor.id, above)


def followed(view: View, actor: Actor, order_nos: Collection[str]) -> set[str]:
    """Which of these orders the actor follows."""
    return follows.among(view.connection, actor.id, order_nos) if order_nos else set()
