"""What the operators for supervision orders (督办单) share, and their end with the order's. Takes no step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from engine.commands.clockwork import shanghai_day
from engine.commands.operators import inputs
from engine.commands.tx import Tx
from engine.domain.clocks import end_of
from engine.errors import NotFound
from engine.kernel.model import Json
from engine.store import supervisions
from engine.world import Version

ISSUE = "supervision.issue"


def of_params(tx: Tx, params: Mapping[str, Json]) -> dict[str, Any]:
    """The supervision order that `number` names. Raises NotFound when it is not of this order."""
    row = supervisions.one(tx.connection, inputs.text(params, "number"))
    if row is None or row["order_id"] != tx.order.id:
        raise NotFound()
    return row


def deadline(tx: Tx, params: Mapping[str, Json], name: str) -> date:
    """A day until which an answer is asked for. Raises InvalidForm for none, or one that has passed."""
    day = inputs.day(params.get(name), name)
    if day is None:
        raise inputs.wrong(name, "missing", "缺少回复期限")
    if day < shanghai_day(tx.received_at):
        raise inputs.wrong(name, "due_in_past", "回复期限不得早于今天")
    return day


def until(day: date) -> dict[str, Any]:
    """The columns that say until when."""
    return {"due_on": day, "due_at": end_of(day)}


def known(row: Mapping[str, Any]) -> Json:
    """What the diagram knows of it."""
    return {"number": row["number"], "due_on": {"@date": row["due_on"].isoformat()}, "reason": row["reason"]}


def follow(tx: Tx, version: Version, cancelled: Iterable[str]) -> None:
    """When the process takes back a task of the folder that issues them, the order has ended: so have they."""
    elements = version.process.index.elements
    for task_id in cancelled:
        task = tx.task(task_id)
        folder = elements[task.element_id].process if task is not None and task.element_id in elements else None
        if folder is not None and any(e.operator == ISSUE and e.process == folder for e in elements.values()):
            if n_open := supervisions.end_open(tx.uow, tx.order.id):
                tx.record("SupervisionEnded", {"automatic": True, "n": n_open})
            return
