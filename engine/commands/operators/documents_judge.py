"""`documents.judge`: is everything there, and if not, what is missing, why, and how may it still be supplied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands.paperwork import need_of, open_needs, papers_of, queries_of
from engine.commands.promise_rules import DueDates
from engine.commands.tx import Tx
from engine.domain import documents as rules
from engine.kernel.model import Json
from engine.store.documents import NeedRow


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{complete, missing}`; what is promised is not missing. `due_on` only where a promise may stand in."""
    missing = open_needs(papers_of(tx))
    due = DueDates(tx) if any(need.deferrable for need in missing) else None
    return {"complete": not missing, "missing": [_line(tx, need, due) for need in missing]}


def _line(tx: Tx, row: NeedRow, due: DueDates | None) -> dict[str, Any]:
    need, queries = need_of(tx, row), queries_of(papers_of(tx))
    may_promise = need.may_promise and due is not None
    return {
        "doc_type": row.doc_type,
        "name": row.name,
        "reason": rules.reason(need, queries).value,
        "ways": [way.value for way in rules.ways(need, queries, tx.received_at)],
        "gate": row.gate,
        "due_on": due.of(row.gate).isoformat() if may_promise and due is not None else None,
        "deferrable": row.deferrable,
        "must_now": row.must_now,
    }
