from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.domain.classification import DECISION, Category, classified, inputs_of
from engine.domain.clocks import STAGES, TOTAL, ClockKind, limit_of
from engine.errors import Invalid
from engine.kernel.dmn import Model, check_dmn, load_dmn

SHARED = Path(__file__).parents[2] / "processes" / "shared"


def table(name: str) -> Model:
    return load_dmn((SHARED / f"{name}.dmn").read_bytes(), f"{name}.dmn")


CLASSIFICATION = table("classification")
LIMITS = table("time_limits")
TARGETS = table("step_targets")


def facts(**change: Any) -> dict[str, Any]:
    plain = {
        "usage": "NON_RESIDENTIAL",
        "charging_pile": False,
        "capacity_kw": 80,
        "requested_voltage": "LV",
        "hv_wish": False,
        "sme_park_code": None,
        "power_sources": 1,
    }
    return plain | change


@pytest.mark.parametrize(
    ("change", "category", "process"),
    [
        ({"usage": "RESIDENTIAL"}, "LV_RES", "lv_residential"),
        ({"usage": "RESIDENTIAL", "capacity_kw": 160}, "LV_RES", "lv_residential"),
        ({"usage": "RESIDENTIAL", "capacity_kw": 160.001}, "HV_SINGLE", "hv_single"),
        ({}, "LV_NONRES", "lv_nonresidential"),
        ({"capacity_kw": 160}, "LV_NONRES", "lv_nonresidential"),
        ({"sme_park_code": "P"}, "LV_NONRES", "lv_nonresidential"),
        ({"requested_voltage": "HV"}, "LV_NONRES", "lv_nonresidential"),
        ({"requested_voltage": "HV", "hv_wish": True}, "HV_SINGLE", "hv_single"),
        ({"requested_voltage": "HV", "hv_wish": True, "power_sources": 2}, "HV_DUAL", "hv_dual"),
        ({"capacity_kw": 160.001}, "HV_SINGLE", "hv_single"),
        ({"capacity_kw": 160.001, "sme_park_code": "P"}, "LV_PARK", "lv_sme_park"),
        ({"capacity_kw": 300, "sme_park_code": "P"}, "LV_PARK", "lv_sme_park"),
        ({"capacity_kw": 300.001, "sme_park_code": "P"}, "HV_SINGLE", "hv_single"),
        ({"capacity_kw": 200, "sme_park_code": "P", "requested_voltage": "HV"}, "HV_SINGLE", "hv_single"),
        ({"capacity_kw": 200, "requested_voltage": "HV"}, "HV_SINGLE", "hv_single"),
        ({"capacity_kw": 5000, "requested_voltage": "HV", "power_sources": 2}, "HV_DUAL", "hv_dual"),
        ({"capacity_kw": 5000, "power_sources": 2}, "HV_DUAL", "hv_dual"),
        ({"usage": "RESIDENTIAL", "charging_pile": True}, "LV_RES", "charging_pile"),
        ({"charging_pile": True, "capacity_kw": 400, "requested_voltage": "HV"}, "HV_SINGLE", "charging_pile"),
    ],
)
def test_who_goes_where(change: dict[str, Any], category: str, process: str) -> None:
    found = classified(CLASSIFICATION.decide(DECISION, inputs_of(facts(**change))).value)
    assert (found.category, found.process_key) == (Category(category), process)


@pytest.mark.parametrize(
    "change",
    [
        {"requested_voltage": "HV"},
        {"capacity_kw": 200},
        {"capacity_kw": 200, "sme_park_code": "P"},
    ],
)
def test_what_was_not_asked_for_is_explained(change: dict[str, Any]) -> None:
    assert classified(CLASSIFICATION.decide(DECISION, inputs_of(facts(**change))).value).note


def test_every_application_has_a_category() -> None:
    for usage in ("RESIDENTIAL", "NON_RESIDENTIAL"):
        for pile in (False, True):
            for capacity in (0.001, 160, 160.001, 300, 300.001, 1_000_000):
                for voltage in ("LV", "HV"):
                    for wish in (False, True):
                        for park in (None, "P"):
                            for sources in (1, 2):
                                asked = facts(
                                    usage=usage,
                                    charging_pile=pile,
                                    capacity_kw=capacity,
                                    requested_voltage=voltage,
                                    hv_wish=wish,
                                    sme_park_code=park,
                                    power_sources=sources,
                                )
                                found = classified(CLASSIFICATION.decide(DECISION, inputs_of(asked)).value)
                                assert (found.process_key == "charging_pile") is pile
                                assert capacity <= 160 or found.category not in {"LV_RES", "LV_NONRES"}


@pytest.mark.parametrize(
    "outcome", [None, {}, {"category": "X", "process_key": "p"}, {"category": "LV_RES", "process_key": 3}]
)
def test_an_unknown_answer_puts_no_order_into_a_wrong_process(outcome: Any) -> None:
    with pytest.raises(Invalid):
        classified(outcome)


def workdays(
    category: str, stage: str | None, applied_on: str, works: bool | None = None, table: Model = LIMITS
) -> int | None:
    asked: dict[str, Any] = {"category": category, "applied_on": date.fromisoformat(applied_on)}
    if stage is not None:
        asked["stage"] = stage
    if works is not None:
        asked["needs_external_line_works"] = works
    limit = limit_of(category, stage or TOTAL, table.decide("time_limits", asked).value)
    return limit.workdays if limit else None


@pytest.mark.parametrize(
    ("category", "stage", "applied_on", "expected"),
    [
        ("LV_RES", "TOTAL", "2026-03-02", 5),
        ("LV_RES", None, "2026-03-02", 5),
        ("LV_RES", "SITE_SURVEY", "2026-03-02", None),
        ("LV_NONRES", "TOTAL", "2020-12-31", 25),
        ("LV_NONRES", "TOTAL", "2021-05-28", 25),
        ("LV_NONRES", "TOTAL", "2021-12-30", 25),
        ("LV_NONRES", "TOTAL", "2021-12-31", 20),
        ("LV_NONRES", "TOTAL", "2022-12-30", 20),
        ("LV_NONRES", "TOTAL", "2022-12-31", 15),
        ("LV_NONRES", None, "2026-03-02", 15),
        ("LV_PARK", "TOTAL", "2026-03-02", 6),
        ("LV_PARK", "SUPPLY_PLAN_REPLY", "2026-03-02", 3),
        ("LV_PARK", "METER_INSTALLATION", "2026-03-02", 3),
        ("HV_SINGLE", "TOTAL", "2026-03-02", 22),
        ("HV_SINGLE", "SUPPLY_PLAN_REPLY", "2026-03-02", 11),
        ("HV_DUAL", "TOTAL", "2026-03-02", 32),
        ("HV_DUAL", "SUPPLY_PLAN_REPLY", "2026-03-02", 21),
        ("HV_DUAL", "WORKS", "2026-03-02", None),
    ],
)
def test_limits_of_the_supervision_rules(
    category: str, stage: str | None, applied_on: str, expected: int | None
) -> None:
    assert workdays(category, stage, applied_on) == expected


WAITING = b'date("9999-12-31")'


@pytest.mark.parametrize(
    ("category", "stage", "applied_on", "works", "expected"),
    [
        ("LV_NONRES", "TOTAL", "2025-08-31", False, 15),
        ("LV_NONRES", "TOTAL", "2025-09-01", False, 5),
        ("LV_NONRES", "TOTAL", "2025-09-01", True, 15),
        ("LV_NONRES", "TOTAL", "2025-09-01", None, 15),
        ("LV_NONRES", "TOTAL", "2022-12-30", False, 20),
        ("LV_RES", "TOTAL", "2025-09-01", True, 5),
        ("LV_RES", "TOTAL", "2025-09-01", False, 5),
        ("LV_PARK", "TOTAL", "2025-09-01", False, 6),
        ("HV_SINGLE", "SUPPLY_PLAN_REPLY", "2025-09-01", False, 11),
    ],
)
def test_the_limits_of_2025_begin_on_the_day_that_one_cell_names(
    category: str, stage: str, applied_on: str, works: bool | None, expected: int
) -> None:
    text = (SHARED / "time_limits.dmn").read_bytes()
    assert text.count(WAITING) == 1
    begun = load_dmn(text.replace(WAITING, b'date("2025-09-01")'), "time_limits.dmn")
    assert check_dmn(begun) == []
    assert workdays(category, stage, applied_on, works, begun) == expected


@pytest.mark.parametrize("works", [False, True, None])
def test_until_then_works_make_no_difference(works: bool | None) -> None:
    assert workdays("LV_NONRES", "TOTAL", "2026-03-02", works) == 15


@pytest.mark.parametrize(("category", "total"), [("LV_PARK", 6), ("HV_SINGLE", 22), ("HV_DUAL", 32)])
def test_the_stages_of_a_sum_category_add_up_to_its_total(category: str, total: int) -> None:
    found = {stage: workdays(category, stage, "2026-03-02") for stage in (TOTAL, *STAGES)}
    assert found.pop(TOTAL) == total == sum(n or 0 for n in found.values())


def test_a_limit_carries_its_share_its_clock_and_its_basis() -> None:
    asked = {"category": "LV_RES", "stage": TOTAL, "applied_on": date(2026, 3, 2)}
    limit = limit_of("LV_RES", TOTAL, LIMITS.decide("time_limits", asked).value)
    assert limit is not None
    assert (limit.warn_share, limit.clock) == (Decimal("0.7"), ClockKind.WHOLE)
    assert "1479" in limit.basis


@pytest.mark.parametrize("category", list(Category))
def test_exactly_one_total_holds_on_any_day(category: Category) -> None:
    day = date(2019, 1, 1)
    while day < date(2028, 1, 1):
        assert workdays(category, TOTAL, day.isoformat()) is not None
        day += timedelta(days=31)


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("works", [False, True])
def test_every_category_has_targets(category: Category, works: bool) -> None:
    asked = {"category": category.value, "needs_external_line_works": works}
    found = TARGETS.decide("step_targets", asked).value
    assert {"survey", "reply", "contract", "works", "meter"} == set(found)
    assert all(n > 0 for n in found.values())


TABLES = sorted(SHARED.parent.rglob("*.dmn"))


@pytest.mark.parametrize("file", TABLES, ids=[f"{each.parent.name}/{each.name}" for each in TABLES])
def test_no_rules_overlap_and_nothing_is_forgotten(file: Path) -> None:
    model = load_dmn(file.read_bytes(), file.name)
    assert model.graph.tables
    assert check_dmn(model) == []


@pytest.mark.parametrize("file", TABLES, ids=[f"{each.parent.name}/{each.name}" for each in TABLES])
def test_every_row_says_on_what_it_rests(file: Path) -> None:
    for each in load_dmn(file.read_bytes(), file.name).graph.tables:
        assert [rule.element_id for rule in each.rules if len(rule.annotation) < 4] == []


OURS = table("internal_targets")
CAPS = table("pause_cap")
DAYS = ("2020-12-31", "2021-12-31", "2022-12-31", "2026-03-02")


@pytest.mark.parametrize("category", list(Category))
@pytest.mark.parametrize("limits", ["today", "2025"])
def test_an_internal_target_is_tighter_than_every_limit(category: Category, limits: str) -> None:
    text = (SHARED / "time_limits.dmn").read_bytes()
    begun = load_dmn(text.replace(WAITING, b'date("2025-09-01")'), "time_limits.dmn") if limits == "2025" else LIMITS
    found = 0
    for stage in (TOTAL, *STAGES):
        for day, works in ((day, works) for day in DAYS for works in (True, False)):
            law = workdays(category.value, stage, day, works, begun)
            asked = {"category": category.value, "stage": stage, "limit_workdays": law}
            ours = OURS.decide("internal_targets", asked).value
            if law is None:
                assert ours is None or ours["workdays"] is None
                continue
            assert 0 < ours["workdays"] < law
            found += 1
    assert found >= len(DAYS) * 2


@pytest.mark.parametrize("name", ["internal_targets", "pause_cap"])
def test_what_we_made_up_says_so(name: str) -> None:
    (each,) = table(name).graph.tables
    assert [rule.element_id for rule in each.rules if "GUESS" not in rule.annotation] == []


@pytest.mark.parametrize("code", [f"S{n}" for n in range(1, 8)])
def test_every_ground_that_stops_a_clock_has_a_cap(code: str) -> None:
    stops = table("suspension_reasons").decide("suspension_reason", {"reason_code": code}).value["clocks"]
    cap = CAPS.decide("pause_cap", {"reason_code": code}).value
    assert bool(stops) == (cap is not None and cap["max_days"] is not None)
