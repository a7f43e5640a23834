"""What the ladder says of the locked order: its rungs, those that were taken, the one that is due. Keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.commands import clockwork
from engine.commands.clockwork import shanghai_day
from engine.commands.tx import Tx
from engine.domain import escalation
from engine.domain.escalation import NextRung, Rung
from engine.errors import Invalid
from engine.kernel.decided import decided, decided_json
from engine.kernel.model import Json
from engine.store import escalations


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs of a stage, and what the record says of how they were found."""

    rungs: tuple[Rung, ...]
    told: dict[str, Any]

    def rule_of(self, rung: Rung) -> dict[str, Any]:
        """The decision as the record tells it, narrowed to the rule that gives this rung."""
        place = rung.number - 1
        narrowed = {name: self.told[name][place : place + 1] for name in ("rules", "rule_ids")}
        return {**self.told, **narrowed, "output": self.told["output"][place]}


def ladder_of(tx: Tx, stage: str) -> Ladder:
    """The ladder of the version on which the order runs. Raises Invalid when it holds none."""
    version = tx.version
    model = next((one for one in version.models.values() if escalation.DECISION in one.decisions), None)
    if model is None:
        raise Invalid("流程版本中没有升级阶梯表", field=escalation.DECISION)
    outcome = model.decide(escalation.DECISION, {"category": tx.order.category, "stage": stage})
    told = [decided_json(each, version.label) for each in decided(model, outcome.taken)]
    return Ladder(escalation.ladder_of(outcome.value), told[0])


def taken(tx: Tx, stage: str) -> list[tuple[str, datetime]]:
    """The rungs that were taken on this clock and when, each time, oldest first."""
    rows = escalations.of_order(tx.connection, tx.order.id)
    return [(row["rung"], row["taken_at"]) for row in rows if row["stage"] == stage]


def following(tx: Tx, stage: str, rungs: Collection[Rung], gone: Mapping[str, datetime]) -> NextRung | None:
    """The soonest rung that is open; None also while nobody can say when it is due. Raises Invalid without a limit."""
    state = clockwork.of(tx).states.get(stage)
    if state is None:
        raise Invalid(f"时限表中没有该环节的时限：{stage}", field="stage")
    if escalation.stands(state):
        return None
    return escalation.next_rung(rungs, state, shanghai_day(tx.received_at), tx.world.calendar(tx.connection), gone)


def functions(tx: Tx) -> dict[str, Callable[..., Json]]:
    """What diagrams may ask of the ladder in their timers."""
    return {
        "escalation": escalation.timer_function(
            lambda stage: clockwork.of(tx).states.get(stage),
            lambda stage: dict(taken(tx, stage)),
            lambda: tx.world.calendar(tx.connection),
            lambda: shanghai_day(tx.received_at),
        )
    }
