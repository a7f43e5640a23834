"""`commitments.next`: what is to be done about the order's promises, when, and for which documents. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping

from engine.clock import SHANGHAI
from engine.commands.paperwork import papers_of, promises_of
from engine.commands.promise_rules import ladder, open_stages
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.kernel.feel.values import to_json
from engine.kernel.model import Json


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """`{outstanding, action, at, items, n_reminders, promised}`; `at` is a tagged date-time, null when nothing comes
    any more; `items` are the documents that the action is about, `promised` all that are out: what a page offers."""
    papers = papers_of(tx)
    promises = promises_of(tx, papers.outstanding)
    if not promises:
        none = promise.Action.NONE.value
        return {"outstanding": 0, "action": none, "at": None, "items": [], "n_reminders": 0, "promised": []}
    calendar = tx.world.calendar(tx.connection)
    found = promise.next_action(promises, ladder(tx), calendar, tx.received_at, open_stages(tx))
    return {
        "outstanding": papers.n_promised,
        "action": found.action.value,
        "at": to_json(found.at.astimezone(SHANGHAI)) if found.at is not None else None,
        "items": list(found.items),
        "n_reminders": min(item.n_reminders for item in papers.outstanding),
        "promised": [
            {"doc_type": item.doc_type, "name": item.name, "due_on": item.due_on.isoformat()}
            for item in papers.outstanding
        ],
    }
