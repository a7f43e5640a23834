"""What an application is: its category and the process that handles it, as the decision table `classification` says.

Asks no question of its own: the conditions stand in processes/shared/classification.dmn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from engine.domain.intake import Application
from engine.errors import Invalid

DECISION = "classification"
INPUTS = ("usage", "charging_pile", "capacity_kw", "requested_voltage", "hv_wish", "in_sme_park", "power_sources")
"""What the table asks for; `inputs_of` answers, also from the facts of an order."""


class Category(StrEnum):
    """Customer categories of the notice, as the limits and the supervision rules use them."""

    HV_DUAL = "HV_DUAL"
    HV_SINGLE = "HV_SINGLE"
    LV_NONRES = "LV_NONRES"
    LV_PARK = "LV_PARK"
    LV_RES = "LV_RES"


@dataclass(frozen=True, slots=True)
class Classification:
    """The table's answer. `note` is a sentence for staff (why not what was asked for), or empty."""

    category: Category
    process_key: str
    note: str


def inputs_of(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of the table, from an application's facts."""
    known = {name: facts[name] for name in INPUTS if name != "in_sme_park"}
    return known | {"in_sme_park": facts["sme_park_code"] is not None}


def classified(outcome: Any, why: str = "") -> Classification:
    """The table's value as a type; raises Invalid, with `why`, if it gave none or the answer is not one of ours."""
    if not isinstance(outcome, Mapping):
        more = f"（{why}）" if why else ""
        raise Invalid(f"没有适用的客户分类规则，请核对用电类别、容量与电压等级{more}", field="category")
    try:
        category = Category(outcome["category"])
        process_key, note = outcome["process_key"], outcome.get("note") or ""
    except (KeyError, ValueError) as error:
        raise Invalid(f"客户分类决策表给出未知结果：{error}", field="category") from error
    if not isinstance(process_key, str) or not process_key.isidentifier():
        raise Invalid("客户分类决策表未给出流程编号", field="process_key")
    return Classification(category, process_key, str(note))


def process_variables(application: Application, order_no: str, found: Classification) -> dict[str, Any]:
    """What a process instance starts with: the order's reference, its facts and category. Nothing personal.

    `applied_on` is a FEEL date (tagged JSON): the decision table `time_limits` picks the limits by it.
    """
    return {
        **application.facts,
        "order_no": order_no,
        "category": found.category.value,
        "applied_on": feel_date(application.applied_on),
        "in_sme_park": application.facts["sme_park_code"] is not None,
    }


def feel_date(day: date) -> dict[str, str]:
    """A date as the variables of a process carry it."""
    return {"@date": day.isoformat()}
