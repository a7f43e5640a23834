"""Until when a supply plan holds, and why, in words. Pure: the dates are those of the decision `plan_dates`, the months
and days those of `plan_validity`, both as an order's record tells them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.domain.clocks import end_of

DATES, VALIDITY = "plan_dates", "plan_validity"


@dataclass(frozen=True, slots=True)
class PlanDay:
    """`kind` is OBJECTION, EXTENSION (the last day to ask for one), VALID or EXTENDED; `due_at` the end of that day."""

    kind: str
    due_on: date
    due_at: datetime
    text: str


def plan_days(dates: Mapping[str, Any], validity: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[PlanDay]:
    """Every day that a plan is watched for, soonest first; those that the decision leaves open are left out."""
    begun = day_of(dates.get("from"))
    if begun is None:
        return []
    signed = day_of(inputs.get("plan_signed_on"))
    since = f"客户签署之日 {signed}" if signed is not None else f"答复之日 {begun}"
    months, lead = validity.get("months"), validity.get("extension_lead_days")
    said = {
        "OBJECTION": ("objection_until", f"自答复之日起 {validity.get('objection_months')} 个月内可提异议"),
        "EXTENSION": ("extension_until", f"申请延期须在有效期届满前 {lead} 日提出"),
        "VALID": ("valid_until", f"方案自{since}起 {months} 个月内有效"),
        "EXTENDED": ("extended_until", f"延期一次，与原有效期（{months} 个月）同长"),
    }
    found = [
        PlanDay(kind, on, end_of(on), f"{text}，至 {on} 24:00")
        for kind, (name, text) in said.items()
        if (on := day_of(dates.get(name))) is not None
    ]
    return sorted(found, key=lambda each: each.due_on)


def day_of(value: Any) -> date | None:
    """A date of the record: tagged, or as text."""
    text = value.get("@date") if isinstance(value, Mapping) else value
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
