"""A commitment letter put together from its rows and the vault, for whoever prints it, signs it or shows it.

Reads only. In the clear the result goes into a sealed file or before the customer's own eyes; otherwise it is masked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.letters import Authorisation, Item, Letter, Party, Strokes, content_hash, read_signature
from engine.policy import CUSTOMER_ID
from engine.store import applications, attachments, reading, worklist
from engine.store.commitments import CommitmentRow, ItemRow
from engine.store.papers import Papers
from engine.store.types import Connection
from engine.store.vault import Vault

TEMPLATE = "letters/commitment.html"
ONLINE = "线上自助签署，系统接收"
WHATEVER = ["*"]
"""The scope of a consent that names no document: whatever the order needs."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where letters of one order come from. `head` is its row with facts and masks."""

    connection: Connection
    vault: Vault
    head: Mapping[str, Any]
    papers: Papers


def source_of(connection: Connection, vault: Vault, order_id: int, papers: Papers) -> Source:
    """The source of an order's letters, its papers as they stand now."""
    return Source(connection, vault, reading.order_of_id(connection, order_id), papers)


def template_of(files: Mapping[str, bytes]) -> bytes:
    """The template that a version brings, its own before that of a called folder; empty if it brings none."""
    found = min((name for name in files if f"/{name}".endswith(f"/{TEMPLATE}")), key=len, default=None)
    return files[found] if found is not None else b""


def letter_of(source: Source, row: CommitmentRow, *, masked: bool = False, strokes: Strokes | None = None) -> Letter:
    """What the letter says. `strokes`: a signature that is not kept yet, in place of the kept one."""
    facts, customer = source.head["facts"], _Masked(source) if masked else _Clear(source)
    agent_name = customer.value("agent_name")
    name = customer.value("name")
    if strokes is None:
        strokes = () if masked else _kept_signature(source, row)
    return Letter(
        commitment_no=row.commitment_no,
        order_no=source.head["order_no"],
        template_version=row.template_version,
        business_type=facts.get("business_type", ""),
        category=source.head["category"],
        customer=Party(
            name=name,
            subject_type=facts.get("subject_type", ""),
            id_no=customer.value("id_no"),
            address=customer.value("address"),
            contact=customer.value("phone"),
        ),
        items=tuple(_items(source, row)),
        agent=Party(agent_name, id_no=customer.value("agent_id_no"), proxy=_proxy(source)) if agent_name else None,
        authorisation=_authorisation(source.papers),
        sign_method=row.sign_method or "",
        signed_at=row.signed_at,
        signer=agent_name or name,
        received_by=_person(source, row.received_by),
        signature=strokes,
    )


def hash_of(source: Source, row: CommitmentRow, template: bytes, strokes: Strokes) -> str:
    """The content hash of a letter that is being signed: it fixes what was agreed."""
    return content_hash(letter_of(source, row, strokes=strokes), template)


class _Clear:
    def __init__(self, source: Source) -> None:
        self._source = source

    def value(self, field: str) -> str:
        source = self._source
        return applications.opened(source.connection, source.vault, source.head["id"], field) or ""


class _Masked:
    def __init__(self, source: Source) -> None:
        self._head = source.head

    def value(self, field: str) -> str:
        return str(self._head.get(f"{field}_masked") or "")


def _items(source: Source, row: CommitmentRow) -> Iterator[Item]:
    asked = {query.id: query for query in source.papers.queries}
    for item in source.papers.items_of(row):
        if item.status != "CANCELLED":
            query = asked.get(item.query_id or "")
            yield _item(item, query)


def _item(item: ItemRow, query: Any) -> Item:
    return Item(
        doc_type=item.doc_type,
        name=item.name,
        reason=item.reason,
        due_on=item.original_due_on,
        gate=item.gate,
        delivery=item.delivery,
        legal_basis=item.legal_basis,
        asked_at=query.asked_at if query else None,
        outcome=query.outcome if query else "",
    )


def _authorisation(papers: Papers) -> Authorisation:
    given = [row for row in papers.consents if row.kind == "DATA_SHARING" and row.given_at is not None]
    if not given:
        return Authorisation()
    last = max(given, key=lambda row: (row.given_at, row.id))
    names = {need.doc_type: need.name for need in papers.needs}
    scope = () if last.scope == WHATEVER else tuple(names.get(code, code) for code in last.scope)
    return Authorisation(scope, last.valid_until)


def _proxy(source: Source) -> str:
    need = source.papers.need("AGENT_LETTER")
    return need.name if need is not None else ""


def _person(source: Source, login: str | None) -> str:
    if login and login.startswith(CUSTOMER_ID):
        return ONLINE
    return worklist.names(source.connection, [login]).get(login, login) if login else ""


def _kept_signature(source: Source, row: CommitmentRow) -> Strokes:
    kept = attachments.one(source.connection, row.signature_id) if row.signature_id is not None else None
    return read_signature(attachments.opened(source.vault, kept).decode()) if kept is not None else ()
