"""`supervision.issue`: a supervision order (督办单) is issued to the unit of the order, with a day for its answer."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.operators import inputs
from engine.commands.supervising import deadline, known, until
from engine.commands.tx import Tx
from engine.domain.clocks import TOTAL
from engine.kernel.model import Json
from engine.store import supervisions


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `stage`, `reason` (a code), `demand` (free text, kept out of the record), `deadline`. Result: `number`,
    `due_on`, `reason`. Raises InvalidForm."""
    due_on = deadline(tx, params, "deadline")
    row = {
        "number": f"{tx.order.order_no}D{supervisions.n_of(tx.connection, tx.order.id) + 1:02d}",
        "order_id": tx.order.id,
        "unit_code": tx.order.unit_code,
        "stage": inputs.text(params, "stage", TOTAL),
        "state": supervisions.ISSUED,
        "reason": inputs.text(params, "reason"),
        "demand": inputs.text(params, "demand"),
        "issued_by": tx.actor.id,
        "issued_at": tx.received_at,
        **until(due_on),
    }
    supervisions.add(tx.uow, row)
    told = {name: row[name] for name in ("unit_code", "stage", "reason")}
    tx.record("SupervisionIssued", {"supervision": row["number"], "due_on": due_on, **told})
    return known(row)
