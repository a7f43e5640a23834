"""An order becomes one of another category, once its present process has ended: number, submission and record stay."""

from __future__ import annotations

from engine.commands import clockwork
from engine.commands.tx import Tx
from engine.errors import NotReady
from engine.store import orders, reclassifications


def become(tx: Tx) -> None:
    """Give the order its new category, process and clocks. What the old clocks had used stands in the record."""
    order = tx.order
    row = reclassifications.waiting(tx.connection, order.id)
    if row is None:
        raise NotReady("工单没有待执行的改分类")
    clocks = clockwork.of(tx)
    calendar, today = tx.world.calendar(tx.connection), clockwork.shanghai_day(tx.received_at)
    before = [
        {"stage": stage, "kind": state.limit.clock.value, "used_workdays": state.used(today, calendar)}
        for stage, state in clocks.states.items()
    ]
    order.category, order.process_key = row["to_category"], row["to_process"]
    order.status, order.completed_at, order.ends_as = orders.WAITING_PROCESS, None, None
    order.instance, order.process_version_id, order.next_due_at = None, None, None
    clocks.replace()
    reclassifications.begin(tx.uow, row["id"], tx.now)
    after = [
        {"stage": stage, "limit_workdays": state.limit.workdays, "used_workdays": state.used(today, calendar)}
        for stage, state in clocks.states.items()
    ]
    names = ("from_category", "to_category", "from_process", "to_process")
    body = {name: row[name] for name in names} | {"reclassification": row["id"]}
    tx.record(
        "CategoryChanged", {**body, "clocks_before": before, "clocks_after": after, "decisions": list(clocks.told)}
    )
