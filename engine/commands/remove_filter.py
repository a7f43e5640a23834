"""Keep a filter of the task list no longer."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import NotFound
from engine.policy import Permission
from engine.store import filters


@dataclass(frozen=True, slots=True)
class RemoveFilter:
    """Only its owner may."""

    filter_id: str
    key: str


@dataclass(frozen=True, slots=True)
class FilterRemoved:
    """It is gone, for those it was shared with too."""

    filter_id: str


def handle(command: RemoveFilter, tx: Tx) -> FilterRemoved:
    """Raises NotFound for another's."""
    if not filters.remove(tx.uow, command.filter_id, tx.actor.id):
        raise NotFound()
    return FilterRemoved(command.filter_id)


def _lock(command: RemoveFilter) -> tuple[str, ...]:
    return ("filter", command.filter_id)


VERB = Verb(RemoveFilter, FilterRemoved, Permission.ORDER_READ, handle, lock_name=_lock)
