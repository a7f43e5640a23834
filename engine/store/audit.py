"""The record: one hash chain per order (and one for the house), written with the change it tells of. Never rewrites."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select

from engine.store.tables import connection_order
from engine.store.tables_house import audit_event
from engine.store.types import as_text
from engine.store.uow import UnitOfWork

HOUSE = 0
GENESIS = "0" * 64

_INSERT = insert(audit_event)
_HOUSE_HEAD = (
    select(audit_event.c.seq, audit_event.c.hash).where(audit_event.c.chain == HOUSE).order_by(audit_event.c.seq.desc())
).limit(1)
_OF_CHAIN = select(audit_event).where(audit_event.c.chain == bindparam("chain")).order_by(audit_event.c.seq)
_AFTER = (
    select(audit_event).where(audit_event.c.chain > bindparam("after")).order_by(audit_event.c.chain, audit_event.c.seq)
)
_HEADS = select(connection_order.c.id, connection_order.c.audit_seq, connection_order.c.audit_hash).where(
    connection_order.c.id > bindparam("after")
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `body` holds no personal value; `occurred_at` is as stated by the actor."""

    kind: str
    actor: str
    occurred_at: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold, and why."""

    chain: int
    seq: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check found: how many events it read, the first break of each chain that has one, and the last chain it
    came to, None when it came to the end."""

    n_events: int
    breaks: list[Break]
    through: int | None


def link(chain: int, head: Head, events: list[Event], recorded_at: datetime) -> tuple[list[dict[str, Any]], Head]:
    """The rows that continue a chain, and its new head."""
    rows = []
    seq, previous = head.seq, head.hash
    for event in events:
        seq += 1
        row = {
            "chain": chain,
            "seq": seq,
            "recorded_at": recorded_at,
            "occurred_at": event.occurred_at,
            "actor": event.actor,
            "kind": event.kind,
            "body": orjson.dumps(event.body, option=orjson.OPT_SORT_KEYS).decode(),
            "prev_hash": previous,
        }
        previous = row["hash"] = hash_of(row)
        rows.append(row)
    return rows, Head(seq, previous)


def hash_of(row: Any) -> str:
    """SHA-256 over the canonical JSON (sorted keys, no spaces, UTF-8) of a row's own columns."""
    canonical = {
        "actor": row["actor"],
        "body": row["body"],
        "chain": row["chain"],
        "kind": row["kind"],
        "occurred_at": as_text(row["occurred_at"]),
        "prev_hash": row["prev_hash"],
        "recorded_at": as_text(row["recorded_at"]),
        "seq": row["seq"],
    }
    return hashlib.sha256(orjson.dumps(canonical, option=orjson.OPT_SORT_KEYS)).hexdigest()


def write(uow: UnitOfWork, rows: list[dict[str, Any]]) -> None:
    """Store rows made by `link`, in the transaction of the change."""
    if rows:
        uow.run(_INSERT, rows)


def write_house(uow: UnitOfWork, events: list[Event], recorded_at: datetime) -> None:
    """Continue the chain of the house; the caller holds the lock `house`."""
    found = uow.run(_HOUSE_HEAD).first()
    rows, _ = link(HOUSE, Head(found[0], found[1]) if found else Head(0, GENESIS), events, recorded_at)
    write(uow, rows)


def events_of(connection: Connection, chain: int) -> list[dict[str, Any]]:
    """Every row of a chain, oldest first; `body` still text."""
    return [dict(row) for row in connection.execute(_OF_CHAIN, {"chain": chain}).mappings()]


def verify(connection: Connection, *, after: int = HOUSE - 1, limit: int | None = None) -> Verified:
    """Recompute the chains above `after`, whole ones, until `limit` events have been read; without, everything."""
    breaks: dict[int, Break] = {}
    ends: dict[int, Head] = {}
    n_events, through, chain = 0, None, HOUSE
    with connection.execution_options(yield_per=1000).execute(_AFTER, {"after": after}) as rows:
        for row in rows.mappings():
            if row["chain"] != chain and limit is not None and n_events >= limit:
                through = chain
                break
            n_events += 1
            chain, before = row["chain"], ends.get(row["chain"], Head(0, GENESIS))
            ends[chain] = Head(row["seq"], row["hash"])
            if chain not in breaks and (reason := _fault(row, before)):
                breaks[chain] = Break(chain, row["seq"], reason)
    _compare_heads(connection, after, through, ends, breaks)
    return Verified(n_events, [breaks[chain] for chain in sorted(breaks)], through)


def _compare_heads(
    connection: Connection, after: int, through: int | None, ends: dict[int, Head], breaks: dict[int, Break]
) -> None:
    heads = {
        chain: Head(seq, end)
        for chain, seq, end in connection.execute(_HEADS, {"after": after})
        if through is None or chain <= through
    }
    for chain, head in heads.items():
        if chain not in breaks and ends.get(chain, Head(0, GENESIS)) != head:
            breaks[chain] = Break(chain, head.seq, "链尾与工单记录不符")
    for chain in ends.keys() - heads.keys() - breaks.keys() - {HOUSE}:
        breaks[chain] = Break(chain, ends[chain].seq, "记录所属的工单已不存在")


def _fault(row: Any, before: Head) -> str:
    if row["seq"] != before.seq + 1:
        return f"序号不连续：{before.seq} 之后为 {row['seq']}"
    if row["prev_hash"] != before.hash:
        return "与上一条记录的哈希不衔接"
    if row["hash"] != hash_of(row):
        return "内容与哈希不符"
    return ""
