from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.domain.classification import Category
from engine.domain.clocks import STAGES, ClockKind
from engine.kernel.dmn import load_dmn
from engine.kernel.dmn.reading import read_inputs
from engine.kernel.feel.values import to_json
from engine.policy import ROLES

SHARED = Path(__file__).parents[2] / "processes" / "shared"
ALL = [each.value for each in Category]


def ask(file: str, decision: str, **given: Any) -> Any:
    model = load_dmn((SHARED / f"{file}.dmn").read_bytes(), f"{file}.dmn")
    return to_json(model.decide(decision, read_inputs(model, given, decision)).value)


def documents(**given: Any) -> dict[str, dict[str, Any]]:
    rows = ask("document_checklist", "document_checklist", business_type="NEW", **given)
    assert len({row["doc_type"] for row in rows}) == len(rows)
    return {row["doc_type"]: row for row in rows}


PERSON = {
    "subject_type": "NATURAL_PERSON",
    "usage": "RESIDENTIAL",
    "category": "LV_RES",
    "charging_pile": False,
    "has_agent": False,
}
FIRM = PERSON | {"subject_type": "ENTERPRISE", "usage": "NON_RESIDENTIAL", "category": "LV_NONRES"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (PERSON, {"SUBJECT_CERT", "PROPERTY_CERT"}),
        (PERSON | {"has_agent": True}, {"SUBJECT_CERT", "PROPERTY_CERT", "AGENT_ID", "AGENT_LETTER"}),
        (PERSON | {"rural_without_certificate": True}, {"SUBJECT_CERT", "VILLAGE_PROOF"}),
        (PERSON | {"charging_pile": True}, {"SUBJECT_CERT", "PARKING_RIGHT", "PROPERTY_MANAGER_CONSENT"}),
        (FIRM, {"SUBJECT_CERT", "PROPERTY_CERT", "LEGAL_REP_ID", "SME_STATUS"}),
        (FIRM | {"charging_pile": True}, {"SUBJECT_CERT", "PARKING_RIGHT", "LEGAL_REP_ID", "SME_STATUS"}),
        (
            FIRM | {"category": "HV_SINGLE"},
            {"SUBJECT_CERT", "PROPERTY_CERT", "LEGAL_REP_ID", "EQUIPMENT_LIST", "PROJECT_APPROVAL"},
        ),
        (
            FIRM | {"category": "HV_DUAL", "needs_approval": False, "important_customer": True},
            {"SUBJECT_CERT", "PROPERTY_CERT", "LEGAL_REP_ID", "EQUIPMENT_LIST", "DUAL_SOURCE_STATEMENT",
             "IMPORTANT_CUSTOMER_FILE"},
        ),
        (
            FIRM | {"needs_vat_invoice": True},
            {"SUBJECT_CERT", "PROPERTY_CERT", "LEGAL_REP_ID", "SME_STATUS", "TAX_QUALIFICATION"},
        ),
        (FIRM | {"category": "HV_SINGLE", "asked_at": "DESIGN_REVIEW"}, {"DESIGN_QUALIFICATION"}),
        (FIRM | {"category": "HV_SINGLE", "asked_at": "DESIGN_REVIEW", "needs_design_review": False}, set()),
        (FIRM | {"category": "HV_SINGLE", "asked_at": "COMPLETION_INSPECTION"}, {"COMPLETION_FILES"}),
        (FIRM | {"asked_at": "COMPLETION_INSPECTION"}, set()),
    ],
)  # fmt: skip
def test_who_needs_what(given: dict[str, Any], expected: set[str]) -> None:
    assert set(documents(**given)) == expected


@pytest.mark.parametrize("category", ALL)
@pytest.mark.parametrize(
    "subject", ["NATURAL_PERSON", "ENTERPRISE", "INDIVIDUAL_BUSINESS", "PUBLIC_INSTITUTION", "SOCIAL_ORGANISATION"]
)
def test_only_the_subject_certificate_and_the_mandate_must_be_there_at_once(category: str, subject: str) -> None:
    everything = dict.fromkeys(
        ("needs_approval", "needs_planning_permit", "energy_intensive", "important_customer", "needs_vat_invoice"), True
    )
    usage = "RESIDENTIAL" if category == "LV_RES" else "NON_RESIDENTIAL"
    found = documents(
        subject_type=subject, usage=usage, category=category, charging_pile=False, has_agent=True, **everything
    )
    assert {name for name, row in found.items() if row["must_now"]} == {"SUBJECT_CERT", "AGENT_LETTER"}
    for name, row in found.items():
        assert row["gate"] in {*STAGES, "FIRST_BILL"} or row["due_rule"] == "QUERY_ONLY"
        assert row["deferrable"] is (row["due_rule"] == "COMMITMENT"), name
        assert not (row["must_now"] and row["deferrable"])


def test_the_gate_of_the_property_certificate_depends_on_the_voltage() -> None:
    assert documents(**PERSON)["PROPERTY_CERT"]["gate"] == "METER_INSTALLATION"
    assert documents(**FIRM | {"category": "HV_SINGLE"})["PROPERTY_CERT"]["gate"] == "SITE_SURVEY"


@pytest.mark.parametrize("category", ALL)
def test_commitments_are_due_and_put_off_once(category: str) -> None:
    days = 30 if category.startswith("HV") else 15
    assert ask("commitment_rules", "commitment_due", category=category) == days
    assert ask("commitment_rules", "commitment_extension", category=category) == {"max_extensions": 1, "workdays": days}


def test_the_ladder_of_a_commitment_reminds_before_it_acts() -> None:
    rungs = ask("commitment_rules", "commitment_ladder", category="LV_RES")
    steps = [(row["action"], row["offset"], row["unit"]) for row in rungs if row["every"] is None]
    assert steps == [
        ("REMIND", -3, "WD"), ("REMIND", -1, "WD"), ("OVERDUE", 0, "WD"), ("ONSITE", 0, "WD"), ("SUSPEND", 5, "WD"),
        ("BREACH", 30, "D"),
    ]  # fmt: skip
    assert [row["action"] for row in rungs if row["every"] == 1] == ["RETRY"]
    assert [row["action"] for row in rungs if row["at_gate"]] == ["SUSPEND"]
    assert {row["action"] for row in rungs if row["min_reminders"] == 2} == {"SUSPEND", "BREACH"}


@pytest.mark.parametrize(
    ("code", "clocks"),
    [
        ("S1", ["WHOLE", "SUM", "STAGE"]),
        ("S2", ["SUM", "STAGE"]),
        ("S3", []),
        ("S4", ["SUM", "STAGE"]),
        ("S5", ["WHOLE", "SUM", "STAGE"]),
        ("S6", ["WHOLE", "SUM", "STAGE"]),
        ("S7", ["WHOLE", "SUM", "STAGE"]),
    ],
)
def test_a_pause_stops_the_clocks_of_its_reason_only(code: str, clocks: list[str]) -> None:
    reason = ask("suspension_reasons", "suspension_reason", reason_code=code)
    assert reason["clocks"] == clocks
    assert set(reason["clocks"]) <= {kind.value for kind in ClockKind}
    assert reason["kind"] == "SUSPEND" and reason["evidence_required"] and reason["approver_role"] in ROLES


@pytest.mark.parametrize("code", ["T1", "T2", "T3", "T4", "T5"])
def test_an_end_has_its_evidence_and_approver(code: str) -> None:
    reason = ask("suspension_reasons", "termination_reason", reason_code=code)
    assert reason["kind"] == "TERMINATE" and reason["evidence_required"] and reason["approver_role"] in ROLES
    assert reason["customer_signature"] is (code == "T1")


@pytest.mark.parametrize("code", ["S0", "S8", "", "T1", None])
def test_no_other_reason_suspends(code: str | None) -> None:
    assert ask("suspension_reasons", "suspension_reason", reason_code=code) is None


@pytest.mark.parametrize("stage", [None, "TOTAL"])
def test_the_ladder_of_a_limit_climbs_to_the_supervision_centre(stage: str | None) -> None:
    rungs = ask("escalation_ladder", "escalation_ladder", category="HV_SINGLE", stage=stage)
    assert [(row["when"], row["workdays"], row["to"]) for row in rungs] == [
        ("WARN", 0, "ACCOUNT_MANAGER"), ("BEFORE", 1, "TEAM_LEADER"), ("AT", 0, "COUNTY_MANAGER"),
        ("AFTER", 2, "CITY_MANAGER"), ("AFTER", 5, "SUPERVISOR"),
    ]  # fmt: skip
    assert [row["to"] for row in rungs if row["creates_order"]] == ["SUPERVISOR"]


def test_a_single_stage_stays_within_the_team() -> None:
    rungs = ask("escalation_ladder", "escalation_ladder", category="HV_SINGLE", stage="SUPPLY_PLAN_REPLY")
    assert [(row["when"], row["to"]) for row in rungs] == [("WARN", "ACCOUNT_MANAGER"), ("AT", "TEAM_LEADER")]


@pytest.mark.parametrize(
    ("category", "capacity", "approved", "levels"),
    [
        ("LV_RES", 8, None, []),
        ("LV_NONRES", 160, None, []),
        ("LV_PARK", 300, None, ["COUNTY_MANAGER"]),
        ("HV_SINGLE", 8000, None, ["COUNTY_MANAGER"]),
        ("HV_SINGLE", 8000.01, None, ["CITY_MANAGER"]),
        ("HV_SINGLE", 8000.01, 8000, ["COUNTY_MANAGER"]),
        ("HV_DUAL", 500, None, ["COUNTY_MANAGER", "CITY_MANAGER"]),
    ],
)
def test_who_approves_a_plan(category: str, capacity: float, approved: float | None, levels: list[str]) -> None:
    given = {"category": category, "capacity_kw": capacity, "approved_capacity_kw": approved}
    assert ask("plan_approval", "plan_approval", **given) == levels


@pytest.mark.parametrize(
    ("category", "replied_on", "signed_on", "until"),
    [
        ("LV_PARK", "2026-03-10", None, ("2026-06-10", "2026-05-31")),
        ("LV_PARK", "2026-03-10", "2026-03-12", ("2026-06-12", "2026-06-02")),
        ("LV_NONRES", "2026-11-30", None, ("2027-02-28", "2027-02-18")),
        ("HV_DUAL", "2024-02-29", None, ("2025-02-28", "2025-02-18")),
    ],
)
def test_a_plan_holds_a_year_or_three_months(
    category: str, replied_on: str, signed_on: str | None, until: tuple[str, str]
) -> None:
    dates = ask("plan_approval", "plan_dates", category=category, replied_on=replied_on, plan_signed_on=signed_on)
    assert (dates["valid_until"], dates["extension_until"]) == ({"@date": until[0]}, {"@date": until[1]})


def test_an_objection_has_a_month_from_the_reply_and_an_extension_the_same_period_again() -> None:
    given = {"category": "HV_SINGLE", "replied_on": "2026-03-10", "plan_signed_on": "2026-03-20"}
    dates = ask("plan_approval", "plan_dates", **given)
    assert (dates["objection_until"], dates["extended_until"]) == ({"@date": "2026-04-10"}, {"@date": "2028-03-20"})


def test_without_a_reply_there_are_no_dates() -> None:
    dates = ask("plan_approval", "plan_dates", category="HV_SINGLE", replied_on=None, plan_signed_on=None)
    assert set(dates.values()) == {None}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"category": "LV_RES", "capacity_kw": 160}, ("METER", False, True)),
        ({"category": "LV_NONRES", "capacity_kw": 160}, ("METER", False, True)),
        ({"category": "LV_NONRES", "capacity_kw": 160, "supply_voltage": "AC380"}, ("METER", False, True)),
        ({"category": "LV_PARK", "capacity_kw": 160.01}, ("RED_LINE", True, False)),
        ({"category": "LV_PARK", "capacity_kw": 200, "approved_capacity_kw": 160}, ("METER", False, True)),
        ({"category": "HV_SINGLE", "capacity_kw": 160}, ("RED_LINE", True, False)),
        ({"category": "HV_DUAL", "capacity_kw": 630, "supply_voltage": "AC10KV"}, ("RED_LINE", True, False)),
    ],
)
def test_how_far_the_utility_pays(given: dict[str, Any], expected: tuple[str, bool, bool]) -> None:
    found = ask("investment_boundary", "investment_boundary", **given)
    assert (found["boundary"], found["customer_cost_allowed"], found["zero_investment"]) == expected
