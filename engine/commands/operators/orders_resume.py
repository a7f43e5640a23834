"""`orders.resume`: the suspension is over, on evidence. Clocks and the timers that hang on them go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.commands import clockwork
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain.holds import request_of
from engine.errors import EvidenceMissing, Fault, Invalid, NotSuspended
from engine.kernel.model import Json
from engine.store import holds


def handle(tx: Tx, params: Mapping[str, Any]) -> Json:
    """Params: `evidence` (kind and number), `resumed_on` (today, if null). Result: `paused_workdays`.

    Raises NotSuspended, EvidenceMissing, Invalid for a day before the suspension or in the future.
    """
    order = tx.order
    row = holds.in_force(tx.connection, order.id)
    if order.suspended_since is None or row is None:
        raise NotSuspended()
    evidence = request_of(params.get("evidence"))
    if not evidence.has_evidence:
        why = "未提供恢复办理的依据"
        raise EvidenceMissing(why, faults=[Fault("evidence_no", "resume_evidence_missing", why)])
    since, on = shanghai_day(order.suspended_since), _day(tx, params.get("resumed_on"))
    last = on if row["cap_on"] is None else min(on, row["cap_on"])  # beyond its cap it stopped nothing
    paused = tx.world.calendar(tx.connection).workdays_between(since, last)
    proof = {"kind": evidence.evidence_kind, "no": evidence.evidence_no, "attachment": evidence.attachment_digest}
    holds.end(tx.uow, row["id"], at=tx.now, by=tx.actor.id, evidence=proof, paused_workdays=paused)
    order.suspended_since = None
    stages = clockwork.of(tx).resume(on)
    body = {"hold": row["id"], "reason": row["reason_code"], "resumed_on": on.isoformat(), "paused_workdays": paused}
    tx.record("OrderResumed", {**body, "evidence_kind": evidence.evidence_kind, "stages": list(stages)})
    return {"paused_workdays": paused}


def _day(tx: Tx, value: Any) -> date:
    """The day from which work goes on: not before the suspension began, not after today."""
    today, since = shanghai_day(tx.received_at), shanghai_day(tx.order.suspended_since or tx.received_at)
    if value is None:
        return today
    on = _read(value)
    if on is None:
        raise _wrong("bad_date", "恢复办理日期不是日期")
    if on > today:
        raise _wrong("in_future", "恢复办理日期不得晚于今日")
    if on < since:
        raise _wrong("before_suspension", "恢复办理日期不得早于暂停日期")
    return on


def _read(value: Any) -> date | None:
    text = value.get("@date", value.get("@datetime")) if isinstance(value, Mapping) else value
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.date() if found.tzinfo is None else shanghai_day(found)


def _wrong(code: str, reason: str) -> Invalid:
    return Invalid(reason, field="resumed_on", faults=[Fault("resumed_on", code, reason)])
