"""Every column that holds sealed values, so that a key can be taken out of use. A test looks that none is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, Update, bindparam, func, select, update

from engine.store import applications, attachments, desk, documents
from engine.store.tables import sealed_value
from engine.store.tables_documents import attachment, document
from engine.store.tables_notes import order_comment, task_draft
from engine.store.types import Connection
from engine.store.uow import UnitOfWork
from engine.store.vault import Sealed, Vault


@dataclass(frozen=True, slots=True)
class Shelf:
    """A table with `key_id` and a sealed column; `place` gives what a row's value is bound to, from the row."""

    table: Table
    column: str
    place: Callable[[Any], str]

    @property
    def name(self) -> str:
        """As the table is called."""
        return str(self.table.name)


SHELVES = (
    Shelf(sealed_value, "sealed", lambda row: applications.place(row.order_id, row.field)),
    Shelf(document, "certificate", lambda row: documents.place(row.id)),
    Shelf(attachment, "sealed", lambda row: attachments.place(row.order_id, row.digest)),
    Shelf(task_draft, "sealed", lambda row: desk.draft_place(row.task_id, row.login)),
    Shelf(order_comment, "sealed", lambda row: desk.comment_place(row.order_id, row.id)),
)


def in_use(connection: Connection) -> dict[str, int]:
    """How many values are sealed under each key."""
    found: dict[str, int] = {}
    for shelf in SHELVES:
        key_id = shelf.table.c.key_id
        counted = select(key_id, func.count()).where(key_id.is_not(None)).group_by(key_id)
        for key, n in connection.execute(counted):
            found[key] = found.get(key, 0) + n
    return found


def reseal(uow: UnitOfWork, vault: Vault, shelf: Shelf, limit: int) -> int:
    """Seal some values anew that are under another key than the current one; returns how many were found.

    A row that changed since it was read is left for the next call. Raises SealBroken for one that does not open.
    """
    table, current = shelf.table, vault.current
    wanted = select(table).where(table.c.key_id.is_not(None), table.c.key_id != current).limit(limit)
    rows = uow.run(wanted).all()
    if rows:
        uow.run(_replacing(shelf), [_resealed(vault, shelf, row) for row in rows])
    return len(rows)


def _resealed(vault: Vault, shelf: Shelf, row: Any) -> dict[str, Any]:
    old, place = Sealed(row.key_id, bytes(getattr(row, shelf.column))), shelf.place(row)
    new = vault.seal(vault.open(old, place), place)
    keys = {f"is_{column.name}": getattr(row, column.name) for column in shelf.table.primary_key.columns}
    return {**keys, "old_data": old.data, "new_key": new.key_id, "new_data": new.data}


def _replacing(shelf: Shelf) -> Update:
    """The row by its primary key, if it still holds what was read."""
    keys = [column == bindparam(f"is_{column.name}") for column in shelf.table.primary_key.columns]
    held = shelf.table.c[shelf.column]
    values: dict[str, Any] = {"key_id": bindparam("new_key"), shelf.column: bindparam("new_data")}
    return update(shelf.table).where(*keys, held == bindparam("old_data")).values(values)
