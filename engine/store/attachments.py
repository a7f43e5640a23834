"""Files of an order, sealed: letters, signatures, uploads. Knows bytes and digests, not what they say."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select

from engine.store.tables_documents import attachment as t
from engine.store.types import Connection
from engine.store.vault import Sealed, Vault

LETTER, SIGNATURE, UPLOAD = "LETTER", "SIGNATURE", "UPLOAD"


@dataclass(slots=True)
class AttachmentRow:
    """A sealed file as stored."""

    id: str
    order_id: int
    kind: str
    media_type: str
    digest: str
    n_bytes: int
    key_id: str
    sealed: bytes
    added_at: datetime
    added_by: str


_ONE = select(*[t.c[name] for name in AttachmentRow.__slots__]).where(t.c.id == bindparam("attachment_id"))
_N_UPLOADS = select(func.count()).where(t.c.order_id == bindparam("of_order"), t.c.kind == UPLOAD)


def sealed(
    vault: Vault, content: bytes, *, id: str, order_id: int, kind: str, media_type: str, at: datetime, by: str
) -> AttachmentRow:
    """A file made ready to be kept."""
    digest = hashlib.sha256(content).hexdigest()
    one = vault.seal(b64encode(content).decode(), place(order_id, digest))
    return AttachmentRow(id, order_id, kind, media_type, digest, len(content), one.key_id, one.data, at, by)


def one(connection: Connection, attachment_id: str) -> AttachmentRow | None:
    """A file by its id, still sealed."""
    row = connection.execute(_ONE, {"attachment_id": attachment_id}).first()
    return AttachmentRow(*row) if row else None


def n_uploads(connection: Connection, order_id: int) -> int:
    """Files that an order has got from its customer."""
    return connection.execute(_N_UPLOADS, {"of_order": order_id}).scalar_one()


def opened(vault: Vault, row: AttachmentRow) -> bytes:
    """The bytes in the clear: for whoever may see them. Raises SealBroken."""
    return b64decode(vault.open(Sealed(row.key_id, bytes(row.sealed)), place(row.order_id, row.digest)))


def place(order_id: int, digest: str) -> str:
    """What a file is bound to: table, order, content."""
    return f"attachment|{order_id}|{digest}"
