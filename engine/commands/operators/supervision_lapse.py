"""`supervision.lapse`: the day for the answer has passed and there is none."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.supervising import of_params
from engine.commands.tx import Tx
from engine.kernel.model import Json
from engine.store import supervisions


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `number`. Result: `overdue`; false when the answer came in the same instant. Raises NotFound."""
    row = of_params(tx, params)
    if row["state"] not in supervisions.WAITING or row["due_at"] > tx.received_at:
        return {"overdue": False}
    if row["overdue_at"] is None:
        supervisions.move(tx.uow, row["number"], supervisions.WAITING, {"overdue_at": tx.received_at})
    told = {"supervision": row["number"], "due_on": row["due_on"], "due_at": row["due_at"]}
    tx.record("SupervisionOverdue", {"automatic": True, **told})
    return {"overdue": True}
