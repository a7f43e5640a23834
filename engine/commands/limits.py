"""The limits of a category and day, from the order's decision tables; kept with what the record says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from engine.domain.clocks import DECISION, STAGES, TARGETS, TOTAL, Limit, LimitsOfDay, limit_of, target_of
from engine.errors import Invalid
from engine.kernel.decided import decided, decided_json
from engine.world import Version


def limits_on(tables: Version, category: str, applied_on: date, *, works: bool = True) -> LimitsOfDay:
    """The limits of a category by stage, for applications of one day; evaluated once per version and day. `works`:
    whether lines outside have to be built (a limit that asks for it gives those without works less time).

    Raises Invalid when the table gives none for another reason than that no rule asks for one: an order without its
    clock would never be late.
    """
    known = tables.limits.get((category, applied_on, works))
    if known is None:
        known = tables.limits[category, applied_on, works] = _evaluated(tables, category, applied_on, works)
    return known


def _evaluated(tables: Version, category: str, applied_on: date, works: bool) -> LimitsOfDay:
    model = next(m for m in tables.models.values() if DECISION in m.decisions)
    by_stage: dict[str, Limit] = {}
    told: list[Mapping[str, Any]] = []
    for stage in (TOTAL, *STAGES):
        asked = {"category": category, "stage": stage, "applied_on": applied_on, "needs_external_line_works": works}
        outcome = model.decide(DECISION, asked)
        limit = limit_of(category, stage, outcome.value)
        if limit is None and outcome.notes:
            why = "；".join(note.reason for note in outcome.notes[:3])
            raise Invalid(f"时限表没有给出 {category} {stage} 的时限：{why}", field=DECISION)
        if limit is not None:
            by_stage[stage] = _with_target(tables, limit, asked, told)
            told += [decided_json(d, tables.label) | {"stage": stage} for d in decided(model, outcome.taken)]
    return LimitsOfDay(by_stage, tuple(told))


def _with_target(tables: Version, limit: Limit, asked: Mapping[str, Any], told: list[Mapping[str, Any]]) -> Limit:
    """With the internal target, where the order's tables know any: those of before 2026-11-24 do not."""
    model = next((m for m in tables.models.values() if TARGETS in m.decisions), None)
    if model is None:
        return limit
    outcome = model.decide(TARGETS, {**asked, "limit_workdays": limit.workdays})
    told += [decided_json(d, tables.label) | {"target_of": limit.stage} for d in decided(model, outcome.taken)]
    return replace(limit, target=target_of(limit, outcome.value))
