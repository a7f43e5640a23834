"""`supervision.review`: the supervision centre accepts the unit's answer, or returns it with a new day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands.supervising import deadline, known, of_params, until
from engine.commands.tx import Tx
from engine.kernel.model import Json
from engine.store import supervisions


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `number`, `accepted`, `new_deadline` (when returned). Result: as of `supervision.issue`.

    Raises NotFound, Conflict, InvalidForm."""
    row, accepted = of_params(tx, params), params.get("accepted") is True
    values: dict[str, Any] = {"reviewed_by": tx.actor.id, "reviewed_at": tx.received_at}
    if accepted:
        values["state"] = supervisions.ACCEPTED
    else:
        day = deadline(tx, params, "new_deadline")
        values |= {"state": supervisions.RETURNED, "n_returned": row["n_returned"] + 1, **until(day)}
    supervisions.move(tx.uow, row["number"], (supervisions.ANSWERED,), values)
    row |= values
    told = {"supervision": row["number"], "accepted": accepted, "due_on": row["due_on"]}
    tx.record("SupervisionReviewed", told)
    return known(row)
