"""Keep a filter of the task list under a name, for oneself or for one's unit. What it shows is each reader's scope."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.errors import Fault, Invalid
from engine.policy import Permission
from engine.store import filters

N_MAX_TITLE = 40
N_MAX_FILTERS = 50


@dataclass(frozen=True, slots=True)
class SaveFilter:
    """`wanted` as `queries.tasklist.kept` gives it, checked by `wanted_of`; the words of a search are no part of it."""

    title: str
    wanted: Mapping[str, Any]
    shared: bool
    key: str


@dataclass(frozen=True, slots=True)
class FilterSaved:
    """The filter's id."""

    filter_id: str
    title: str
    shared: bool


def handle(command: SaveFilter, tx: Tx) -> FilterSaved:
    """Raises Invalid for a missing or long title, and beyond N_MAX_FILTERS of one's own."""
    title = command.title.strip()
    if not 1 <= len(title) <= N_MAX_TITLE or not title.isprintable():
        raise _wrong("title", "bad_title", f"名称须为 1 至 {N_MAX_TITLE} 字")
    if filters.n_of(tx.connection, tx.actor.id) >= N_MAX_FILTERS:
        raise _wrong("title", "too_many", f"至多保存 {N_MAX_FILTERS} 个筛选")
    row = {"title": title, "wanted": dict(command.wanted), "shared": command.shared, "unit_code": tx.actor.unit_code}
    filter_id = filters.add(tx.uow, row | {"owner": tx.actor.id, "saved_at": tx.now})
    return FilterSaved(filter_id, title, command.shared)


def _wrong(field: str, code: str, reason: str) -> Invalid:
    return Invalid(reason, faults=[Fault(field, code, reason)])


VERB = Verb(SaveFilter, FilterSaved, Permission.ORDER_READ, handle, lock_name=lambda command: ("filter", command.key))
