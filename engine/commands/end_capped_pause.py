"""Let the clocks of an order go on although it is suspended: its ground may stop them no longer. Automatic, by the
table of caps; the order stays suspended until somebody resumes it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.commands import clockwork, steps
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.commands.verbs import Verb
from engine.domain.holds import CAP
from engine.kernel.model import Rearm
from engine.policy import Permission
from engine.store import holds


@dataclass(frozen=True, slots=True)
class EndCappedPause:
    """The key is best made of the hold's id: a suspension reaches its cap once."""

    order_id: int
    hold_id: str
    key: str


@dataclass(frozen=True, slots=True)
class CappedPause:
    """`ended` is False when there was nothing to do: resumed meanwhile, done before, or not yet."""

    order_no: str
    ended: bool


def handle(command: EndCappedPause, tx: Tx) -> CappedPause:
    """The clocks run again from the end of the last day of the cap, also when this is carried out late."""
    order = tx.order
    row = holds.in_force(tx.connection, order.id)
    if row is None or row["id"] != command.hold_id or row["capped_at"] is not None or row["cap_on"] is None:
        return CappedPause(order.order_no, False)
    if shanghai_day(tx.now) <= row["cap_on"]:
        return CappedPause(order.order_no, False)
    late = (shanghai_day(tx.now) - row["cap_on"]).days - 1
    stages = clockwork.of(tx).cap(row["id"], row["cap_on"])
    holds.cap(tx.uow, row["id"], tx.now)
    body = steps.take(tx, Rearm(()))  # the clocks were touched: what hangs on them follows with this step
    inputs = {"reason_code": row["reason_code"], "held_from": row["held_from"], "cap_days": row["cap_days"]}
    told = {"hold": row["id"], "cap_on": row["cap_on"], "stages": list(stages), "late_days": late}
    tx.record("PauseCapped", {"automatic": True, "rule": CAP, "inputs": inputs, **told, **body})
    return CappedPause(order.order_no, True)


VERB = Verb(EndCappedPause, CappedPause, Permission.PAUSE_CAP, handle, locks=("order", "order_id"))
