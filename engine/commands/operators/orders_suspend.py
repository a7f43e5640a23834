"""`orders.suspend`: the approved suspension begins. Only the clocks that its reason may stop stand still, and only for
as long and as often as the table of caps lets that reason stop them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.commands import capping, clockwork, holding
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain.holds import SUSPEND, request_of, require_grounds
from engine.errors import HoldMissing, OrderSuspended
from engine.kernel.model import Json
from engine.store import holds


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Params: `request` as it stands when it is carried out. Result: `suspended_from`.

    Raises HoldMissing, OrderSuspended, ReasonRefused, EvidenceMissing, ApproverMissing, FourEyes.
    """
    order, version = tx.order, tx.version
    row = holds.pending(tx.connection, order.id, SUSPEND)
    if row is None:
        raise HoldMissing()
    if order.suspended_since is not None:
        raise OrderSuspended("不得再次暂停")
    request = request_of(params.get("request"))
    found = holding.ground(tx, version, SUSPEND, request.reason_code or row["reason_code"])
    row = holding.with_evidence(row, request)
    require_grounds(found.reason, request, order.category)
    by = holding.approver(tx, version, row, found.reason)
    kinds = [kind.value for kind in found.reason.clocks]
    cap = capping.cap_for(tx, found.reason.code)
    holds.decide(
        tx.uow,
        row,
        holds.APPROVED,
        by=by,
        at=tx.now,
        clocks=kinds,
        held_from=tx.received_at,
        cap_on=cap.on,
        cap_days=cap.days,
        capped_at=tx.now if cap.at_once else None,
    )
    order.suspended_since = tx.received_at
    order.n_holds -= 1
    stopping = () if cap.at_once else found.reason.clocks
    today = shanghai_day(tx.received_at)
    stopped = clockwork.of(tx).pause(stopping, today, found.reason.code, row["id"])
    body = {**holding.told(tx, row), "approved_by": by, "clocks": kinds, "stages": list(stopped), "cap": cap.told}
    tx.record("OrderSuspended", {**body, "decisions": [*found.decisions, *cap.decisions]})
    return {"suspended_from": tx.received_at.isoformat()}
