"""All papers of one order as they stand in this transaction: read once, changed in memory, written with the step.

Several operators may run in one step; each sees what the one before has changed. Decides nothing.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Table, bindparam, insert, select, update

from engine.store import tables_documents as tables
from engine.store.attachments import AttachmentRow
from engine.store.commitments import OUTSTANDING, CommitmentRow, ItemRow
from engine.store.documents import ConsentRow, DocumentRow, NeedRow, QueryRow
from engine.store.types import Connection
from engine.store.uow import UnitOfWork


class _Kind:
    """How rows of one dataclass are read and written."""

    def __init__(self, row: type[Any], table: Table, key: tuple[str, ...], order_by: tuple[str, ...]) -> None:
        self.row, self.key = row, key
        self.names = tuple(field.name for field in fields(row))
        columns = table.c
        wanted = select(*(columns[name] for name in self.names)).where(columns.order_id == bindparam("of_order"))
        self.select = wanted.order_by(*(columns[name] for name in order_by))
        self.insert = insert(table)
        same = [columns[name] == bindparam(f"key_{name}") for name in key]
        rest: dict[str, Any] = {name: bindparam(name) for name in self.names if name not in key}
        self.update = update(table).where(*same).values(rest)

    def values(self, row: Any) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self.names}

    def changed(self, values: dict[str, Any]) -> dict[str, Any]:
        return {f"key_{name}" if name in self.key else name: value for name, value in values.items()}


# in the order in which they may point at each other
_ATTACHMENT = _Kind(AttachmentRow, tables.attachment, ("id",), ("added_at", "id"))
_CONSENT = _Kind(ConsentRow, tables.consent, ("id",), ("id",))
_DOCUMENT = _Kind(DocumentRow, tables.document, ("id",), ("received_at", "id"))
_QUERY = _Kind(QueryRow, tables.platform_query, ("id",), ("asked_at", "id"))
_NEED = _Kind(NeedRow, tables.document_need, ("order_id", "doc_type"), ("position", "doc_type"))
_COMMITMENT = _Kind(CommitmentRow, tables.commitment, ("id",), ("commitment_no",))
_ITEM = _Kind(ItemRow, tables.commitment_item, ("commitment_id", "doc_type"), ("commitment_id", "position"))


class Papers:
    """The rows of one order. Change the rows, append to the lists; nothing is ever taken away."""

    def __init__(self, connection: Connection, order_id: int) -> None:
        self._before: dict[tuple[type, tuple[Any, ...]], dict[str, Any]] = {}
        self.attachments: list[AttachmentRow] = []
        """New ones only: no step reads an old file."""
        self.consents: list[ConsentRow] = self._read(connection, _CONSENT, order_id)
        self.documents: list[DocumentRow] = self._read(connection, _DOCUMENT, order_id)
        self.queries: list[QueryRow] = self._read(connection, _QUERY, order_id)
        self.needs: list[NeedRow] = self._read(connection, _NEED, order_id)
        self.commitments: list[CommitmentRow] = self._read(connection, _COMMITMENT, order_id)
        self.items: list[ItemRow] = self._read(connection, _ITEM, order_id)

    def _read(self, connection: Connection, kind: _Kind, order_id: int) -> list[Any]:
        rows = [kind.row(**row) for row in connection.execute(kind.select, {"of_order": order_id}).mappings()]
        for row in rows:
            values = kind.values(row)
            self._before[kind.row, tuple(values[name] for name in kind.key)] = values
        return rows

    @property
    def n_promised(self) -> int:
        """How many promised documents are still out: what the order's row carries."""
        return len(self.outstanding)

    @property
    def outstanding(self) -> list[ItemRow]:
        """Promises that are signed, and neither fulfilled nor cancelled."""
        return [item for item in self.items if item.status in OUTSTANDING]

    def need(self, doc_type: str) -> NeedRow | None:
        """What the order needs of this kind."""
        return next((need for need in self.needs if need.doc_type == doc_type), None)

    def commitment(self, commitment_id: str) -> CommitmentRow:
        """The letter of a promise."""
        return next(row for row in self.commitments if row.id == commitment_id)

    def items_of(self, commitment: CommitmentRow) -> list[ItemRow]:
        """The promises of a letter."""
        return [item for item in self.items if item.commitment_id == commitment.id]

    def queries_of(self, doc_type: str) -> list[QueryRow]:
        """What was asked of the platform for a kind, oldest first."""
        return sorted((row for row in self.queries if row.doc_type == doc_type), key=lambda row: row.asked_at)

    def write(self, uow: UnitOfWork) -> None:
        """Add what is new and update what has changed."""
        for kind, rows in (
            (_ATTACHMENT, self.attachments),
            (_CONSENT, self.consents),
            (_DOCUMENT, self.documents),
            (_QUERY, self.queries),
            (_NEED, self.needs),
            (_COMMITMENT, self.commitments),
            (_ITEM, self.items),
        ):
            self._write(uow, kind, rows)

    def _write(self, uow: UnitOfWork, kind: _Kind, rows: list[Any]) -> None:
        added, changed = [], []
        for row in rows:
            values = kind.values(row)
            before = self._before.get((kind.row, tuple(values[name] for name in kind.key)))
            if before is None:
                added.append(values)
            elif before != values:
                changed.append(kind.changed(values))
        if added:
            uow.run(kind.insert, added)
        if changed:
            uow.run(kind.update, changed)
