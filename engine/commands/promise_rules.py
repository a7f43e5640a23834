"""What the tables say of promises of the locked order: until when each may be given, and the ladder. Keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain import commitments as promise
from engine.domain.clocks import TOTAL
from engine.errors import Unavailable
from engine.kernel.decided import decided, decided_json
from engine.store import clocks, tasks


@dataclass(frozen=True, slots=True)
class Decided:
    """The value of a decision, and what the record says of how it came."""

    value: Any
    told: list[dict[str, Any]]


def decide(tx: Tx, decision: str, inputs: Mapping[str, Any]) -> Decided:
    """A decision of the shared tables: of the version that the order was accepted with, of today's if it had none.

    Raises Unavailable when no published table decides it.
    """
    own = tx.world.version(tx.connection, tx.order.tables_version_id)
    for version in (own, tx.world.shared(tx.connection)):
        model = next((model for model in version.models.values() if decision in model.decisions), None)
        if model is not None:
            outcome = model.decide(decision, dict(inputs))
            return Decided(outcome.value, [decided_json(each, version.label) for each in decided(model, outcome.taken)])
    raise Unavailable(f"公用决策表中没有 {decision}")


def ladder(tx: Tx) -> promise.Ladder:
    """The ladder for the order's category."""
    return promise.ladder_of(decide(tx, promise.LADDER, {"category": tx.order.category}).value)


class DueDates:
    """Until when a promise of each document may be given if it is signed today; `told` is how the days were found."""

    def __init__(self, tx: Tx) -> None:
        found = decide(tx, promise.DUE, {"category": tx.order.category})
        self.told = found.told
        self._n_workdays = promise.workdays_of(found.value)
        self._signed_on = shanghai_day(tx.received_at)
        self._calendar = tx.world.calendar(tx.connection)
        self._ends = _stage_ends(tx)

    def of(self, gate: str) -> date:
        """The last day for a document with this gate."""
        return promise.due_date(
            self._signed_on,
            self._n_workdays,
            self._calendar,
            gate_on=self._ends.get(gate),
            finish_on=self._ends.get(TOTAL),
        )

    def why(self, gate: str, due_on: date) -> dict[str, Any]:
        """Why a document with this gate is due on a day."""
        return promise.due_why(
            due_on,
            self._signed_on,
            self._n_workdays,
            self._calendar,
            gate=gate,
            gate_on=self._ends.get(gate),
            finish_on=self._ends.get(TOTAL),
        )


def latest_extension(tx: Tx, due_on: date) -> date | None:
    """The last day to which a promise may be put off if that is approved today; None if it may not be."""
    found = decide(tx, promise.EXTENSION, {"category": tx.order.category})
    return promise.latest_extension(found.value, due_on, shanghai_day(tx.received_at), tx.world.calendar(tx.connection))


def _stage_ends(tx: Tx) -> dict[str, date]:
    """The planned end of each stage that runs, and of the order: the day on which its clock ends."""
    rows = {row["stage"]: row["due_on"] for row in clocks.of_order(tx.connection, tx.order.id)}
    rows |= {row["stage"]: row["due_on"] for row in tx.changes.clocks}
    rows |= {stage: row["due_on"] for stage, row in tx.changes.moved_clocks.items()}
    return {stage: due_on for stage, due_on in rows.items() if due_on is not None}


def open_stages(tx: Tx) -> set[str]:
    """The stages that have an open task, as it stands in this transaction."""
    stages = {task.id: task.stage for task in tasks.open_of(tx.connection, tx.order.id)}
    stages |= {row["id"]: row["stage"] for row in tx.changes.tasks}
    closed = {row["task_id"] for row in tx.changes.closed_tasks}
    return {stage for task_id, stage in stages.items() if stage and task_id not in closed}
