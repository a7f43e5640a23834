"""Suspensions and terminations of an order as staff see them: who asked, on what ground, who decided, what stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.domain.holds import DECISIONS
from engine.kernel.dmn import Model
from engine.policy import Actor
from engine.queries.orders import order_head
from engine.queries.view import View
from engine.store import holds, reading


@dataclass(frozen=True, slots=True)
class HoldLine:
    """One request. `reason` is what the table of reasons calls it, `clocks` the kinds that stand once approved."""

    kind: str
    reason_code: str
    reason: str
    evidence_kind: str
    evidence_no: str
    requested_by: str
    requested_at: datetime
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    clocks: tuple[str, ...]
    held_from: datetime | None
    held_until: datetime | None
    paused_workdays: int | None
    cap_on: date | None = None
    """The last day on which it may stop clocks; after `capped_at` it stops none, though it may last."""
    capped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Restart:
    """The order that this one begins again."""

    order_no: str
    status: str


@dataclass(frozen=True, slots=True)
class HoldsPage:
    """All requests of an order, oldest first; the one in force; the order of which it is the restart."""

    lines: tuple[HoldLine, ...]
    in_force: HoldLine | None
    restart_of: Restart | None


def of_order(view: View, actor: Actor, order_no: str) -> HoldsPage:
    """What was asked and decided. Raises NotFound outside the actor's units."""
    head = order_head(view, actor, order_no)
    models = _models(view, head)
    lines = tuple(_line(row, models) for row in holds.of_order(view.connection, head["id"]))
    running = [line for line in lines if line.held_from is not None and line.held_until is None]
    stands = running[-1] if running and head["suspended_since"] is not None else None
    return HoldsPage(lines, stands, _restart(view, head["restart_of"]))


def _restart(view: View, order_id: int | None) -> Restart | None:
    if order_id is None:
        return None
    before = reading.order_of_id(view.connection, order_id)
    return Restart(before["order_no"], before["status"])


def _models(view: View, head: Mapping[str, Any]) -> dict[str, Model]:
    """The tables of reasons: of the order's version, else of those in force."""
    versions = [view.world.shared(view.connection)]
    if head["process_version_id"] is not None:
        versions.append(view.world.version(view.connection, head["process_version_id"]))
    return {name: model for version in versions for model in version.models.values() for name in model.decisions}


def _line(row: Mapping[str, Any], models: Mapping[str, Model]) -> HoldLine:
    return HoldLine(
        kind=row["kind"],
        reason_code=row["reason_code"],
        reason=_named(row, models),
        evidence_kind=row["evidence_kind"] or "",
        evidence_no=row["evidence_no"] or "",
        requested_by=row["requested_by"],
        requested_at=row["requested_at"],
        decision=row["decision"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        clocks=tuple(row["clocks"] or ()),
        held_from=row["held_from"],
        held_until=row["held_until"],
        paused_workdays=row["paused_workdays"],
        cap_on=row["cap_on"],
        capped_at=row["capped_at"],
    )


def _named(row: Mapping[str, Any], models: Mapping[str, Model]) -> str:
    decision = DECISIONS[row["kind"]]
    if decision not in models:
        return str(row["reason_code"])
    found = models[decision].decide(decision, {"reason_code": row["reason_code"]}).value
    return str(found.get("name", row["reason_code"])) if isinstance(found, Mapping) else str(row["reason_code"])
