"""`supervision.answer`: the unit says why the order is late, what it does about it and until when."""

from __future__ import annotations

from collections.abc import Mapping

from engine.commands.operators import inputs
from engine.commands.supervising import of_params
from engine.commands.tx import Tx
from engine.kernel.model import Json
from engine.store import supervisions


def handle(tx: Tx, params: Mapping[str, Json]) -> Json:
    """Params: `number`, `cause` (a code), `measures` (free text, kept out of the record), `planned_on`. Result:
    `answered_late`. Raises NotFound, Conflict, InvalidForm."""
    row = of_params(tx, params)
    planned_on = inputs.day(params.get("planned_on"), "planned_on")
    if planned_on is None:
        raise inputs.wrong("planned_on", "missing", "缺少计划完成日期")
    values = {
        "state": supervisions.ANSWERED,
        "cause": inputs.text(params, "cause"),
        "measures": inputs.text(params, "measures"),
        "planned_on": planned_on,
        "answered_by": tx.actor.id,
        "answered_at": tx.received_at,
    }
    supervisions.move(tx.uow, row["number"], supervisions.WAITING, values)
    late = tx.received_at >= row["due_at"]
    told = {"supervision": row["number"], "cause": values["cause"], "planned_on": planned_on, "late": late}
    tx.record("SupervisionAnswered", told)
    return {"answered_late": late}
