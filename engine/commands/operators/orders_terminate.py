"""`orders.terminate`: the termination was approved. The order is TERMINATED once its process has come to its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands import holding
from engine.commands.tx import Tx
from engine.domain.holds import TERMINATE, request_of, require_grounds
from engine.errors import HoldMissing
from engine.kernel.model import Json
from engine.store import holds, orders


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Params: `request` as it stands when it is carried out. Result: empty.

    Raises HoldMissing, ReasonRefused, EvidenceMissing, ApproverMissing, FourEyes.
    """
    order, version = tx.order, tx.version
    row = holds.pending(tx.connection, order.id, TERMINATE)
    if row is None:
        raise HoldMissing()
    request = request_of(params.get("request"))
    found = holding.ground(tx, version, TERMINATE, request.reason_code or row["reason_code"])
    row = holding.with_evidence(row, request)
    require_grounds(found.reason, request, order.category)
    by = holding.approver(tx, version, row, found.reason)
    holds.decide(tx.uow, row, holds.APPROVED, by=by, at=tx.now, clocks=[])
    order.ends_as = orders.TERMINATED
    order.n_holds -= 1
    body = {**holding.told(tx, row), "approved_by": by, "decisions": list(found.decisions)}
    tx.record("TerminationApproved", body)
    return {}
