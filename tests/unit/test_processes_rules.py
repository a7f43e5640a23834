from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.kernel.dmn import Outcome, load_dmn
from engine.kernel.dmn.reading import read_inputs

SHARED = Path(__file__).parents[2] / "processes" / "shared"
RULES = load_dmn((SHARED / "handling_rules.dmn").read_bytes(), "handling_rules.dmn")
REASONS = load_dmn((SHARED / "suspension_reasons.dmn").read_bytes(), "suspension_reasons.dmn")
THIS = "334010126030200001"
NOON = "2026-03-10T12:00:00+08:00"
SIGNED = {"evidence_outcome": "FOUND", "evidence_signed_at": NOON}
APPROVED = {"comparison_approved": True, "comparison_approved_at": NOON}

KINDS = (
    "SIGNED_REQUEST", "APP_CONFIRMATION", "MILESTONE_RECORD", "SURVEY_RECORD", "APPROVAL_PAPER", "COMMISSION_LETTER",
    "COMMITMENT_LETTER", "CONTACT_LOG", "RECTIFICATION_NOTICE", "SITE_RECORD", "AUTHORITY_PAPER", "PLAN_EXPIRY_NOTICE",
    "KEPT_ORDER",
)  # fmt: skip

ORDINARY: dict[str, dict[str, Any]] = {
    "acceptance_rules": {"capacity_kw": 80, "in_sme_park": False, "policy_notice_acknowledged": True},
    "identity_rules": {"identity_method": "E_ID_ZLB", "face_consent": True, "other_way_offered": True},
    "wish_rules": {"capacity_kw": 160, "occurred_at": NOON, **SIGNED},
    "premise_rules": {"same_premise": {"n": 0, "total_kw": 0, "order_nos": []}},
    "plan_rules": {
        "category": "LV_NONRES",
        "capacity_kw": 80,
        "supply_voltage": "AC380",
        "in_sme_park": False,
        "occurred_at": NOON,
    },
    "hv_plan_rules": {"capacity_kw": 630, "supply_voltage": "AC10KV", "in_sme_park": False, "occurred_at": NOON},
    "park_plan_rules": {
        "capacity_kw": 200,
        "supply_voltage": "AC380",
        "in_sme_park": True,
        "occurred_at": NOON,
        **APPROVED,
    },
    "answer_rules": {"customer_accepts": True, "replied_on": "2026-03-10", "occurred_at": NOON},
    "extension_rules": {"plan_valid_until": "2026-06-10", "occurred_at": NOON},
    "charge_rules": {
        "category": "LV_NONRES",
        "supply_voltage": "AC380",
        "capacity_kw": 160,
        "customer_charge_yuan": 0,
    },
    "suspension_rules": {
        "category": "HV_SINGLE",
        "reason_code": "S1",
        "evidence_no": "ZT20260310001",
        "evidence_kind": "SIGNED_REQUEST",
        "signed_by_customer": True,
        "occurred_at": NOON,
    },
    "termination_rules": {
        "category": "HV_SINGLE",
        "order_no": THIS,
        "reason_code": "T1",
        "evidence_no": "ZZ20260310001",
        "evidence_kind": "APP_CONFIRMATION",
        "signed_by_customer": True,
        "occurred_at": NOON,
    },
    "resume_rules": {
        "evidence_no": "HF20260310001",
        "resumed_on": "2026-03-10",
        "suspended_from": "2026-03-01",
        "occurred_at": NOON,
    },
    "energise_rules": {
        "category": "HV_SINGLE",
        "contract_no": "HT2026000001",
        "check_passed": True,
        "inspection_passed": True,
        "energised_at": NOON,
        "installed_on": "2026-03-10",
        "occurred_at": NOON,
    },
}

LATER, EARLIER = "2026-03-10T12:01:00+08:00", "2026-03-10T11:59:00+08:00"
HV_WISH = {"capacity_kw": 160, "supply_voltage": "AC10KV"}
S, T, P = "suspension_rules", "termination_rules", "park_plan_rules"
CASES: list[tuple[str, dict[str, Any], list[str]]] = [
    # the policy is told to whoever may be connected at low voltage
    ("acceptance_rules", {"capacity_kw": None}, ["capacity_missing"]),
    ("acceptance_rules", {"capacity_kw": 160, "policy_notice_acknowledged": False}, ["policy_notice_missing"]),
    ("acceptance_rules", {"capacity_kw": 160, "policy_notice_acknowledged": None}, ["policy_notice_missing"]),
    ("acceptance_rules", {"capacity_kw": 160.01, "policy_notice_acknowledged": None}, []),
    (
        "acceptance_rules",
        {"capacity_kw": 300, "in_sme_park": True, "policy_notice_acknowledged": None},
        ["policy_notice_missing"],
    ),
    ("acceptance_rules", {"capacity_kw": 300.01, "in_sme_park": True, "policy_notice_acknowledged": None}, []),
    ("identity_rules", {"face_consent": None}, ["face_consent_missing"]),
    ("identity_rules", {"face_consent": False}, ["face_consent_missing"]),
    ("identity_rules", {"identity_method": "KIOSK_SLIP", "other_way_offered": False}, ["other_way_missing"]),
    ("identity_rules", {"identity_method": "ID_CARD", "face_consent": None, "other_way_offered": None}, []),
    # high voltage at or below 160 kW
    ("wish_rules", {"evidence_outcome": None}, ["hv_wish_missing"]),
    ("wish_rules", {"evidence_outcome": None, "capacity_kw": 160.01}, []),
    ("wish_rules", {"evidence_outcome": "NOT_FOUND"}, ["hv_wish_not_found"]),
    ("wish_rules", {"evidence_outcome": "MISMATCH"}, ["hv_wish_not_found"]),
    ("wish_rules", {"evidence_outcome": "DOWN"}, ["hv_wish_unverified"]),
    ("wish_rules", {"evidence_signed_at": None}, ["hv_wish_unsigned"]),
    ("wish_rules", {"evidence_signed_at": LATER}, ["hv_wish_signed_late"]),
    ("wish_rules", {"evidence_signed_at": EARLIER}, []),
    ("premise_rules", {"same_premise": {"n": 1}}, ["same_premise_unreviewed"]),
    ("premise_rules", {"same_premise": {"n": 1}, "premise_review_passed": False}, ["same_premise_unreviewed"]),
    ("premise_rules", {"same_premise": {"n": 1}, "premise_review_passed": True}, []),
    ("premise_rules", {"same_premise": None}, []),
    # plans of any category
    ("plan_rules", {"capacity_kw": None}, ["capacity_missing"]),
    ("plan_rules", {"capacity_kw": None, "approved_capacity_kw": 80}, []),
    ("plan_rules", {"supply_voltage": None}, ["voltage_missing"]),
    ("plan_rules", {"supply_voltage": None, "category": "LV_RES"}, []),
    ("plan_rules", {"capacity_kw": 160}, []),
    ("plan_rules", {"capacity_kw": 160.01}, ["lv_over_160"]),
    ("plan_rules", {"approved_capacity_kw": 160.01}, ["lv_over_160"]),
    ("plan_rules", {"capacity_kw": 200, "in_sme_park": None}, ["lv_over_160"]),
    ("plan_rules", {**HV_WISH}, ["hv_wish_missing"]),
    ("plan_rules", {**HV_WISH, "category": "HV_SINGLE"}, ["hv_wish_missing"]),
    ("plan_rules", {**HV_WISH, "category": "HV_SINGLE", "evidence_outcome": "MISMATCH"}, ["hv_wish_not_found"]),
    ("plan_rules", {**HV_WISH, "category": "HV_SINGLE", "evidence_outcome": "DOWN"}, ["hv_wish_unverified"]),
    ("plan_rules", {**HV_WISH, "category": "HV_SINGLE", "evidence_outcome": "FOUND"}, ["hv_wish_unsigned"]),
    (
        "plan_rules",
        {**HV_WISH, "category": "HV_SINGLE", **SIGNED, "evidence_signed_at": LATER},
        ["hv_wish_signed_late"],
    ),
    ("plan_rules", {**HV_WISH, "category": "HV_SINGLE", **SIGNED}, []),
    ("plan_rules", {**HV_WISH, **SIGNED}, ["category_outdated"]),
    ("plan_rules", {"capacity_kw": 160.01, "supply_voltage": "AC10KV"}, ["category_outdated"]),
    ("plan_rules", {"capacity_kw": 160.01, "supply_voltage": "AC10KV", "category": "HV_DUAL"}, []),
    ("plan_rules", {"capacity_kw": 200, "in_sme_park": True, **APPROVED}, ["category_outdated"]),
    ("plan_rules", {"category": "LV_PARK", "capacity_kw": 200, "in_sme_park": True, **APPROVED}, []),
    ("plan_rules", {"category": "LV_PARK", "capacity_kw": 200, "in_sme_park": True}, ["comparison_missing"]),
    (
        "plan_rules",
        {"category": "LV_PARK", "capacity_kw": 200, "in_sme_park": True, "comparison_approved": True},
        ["comparison_undated"],
    ),
    (
        "plan_rules",
        {"category": "LV_PARK", "capacity_kw": 200, "in_sme_park": True, **APPROVED, "comparison_approved_at": LATER},
        ["comparison_late"],
    ),
    ("plan_rules", {"category": "LV_PARK", "capacity_kw": 300.01, "in_sme_park": True, **APPROVED}, ["lv_over_300"]),
    ("plan_rules", {"customer_charge_yuan": 0}, []),
    ("plan_rules", {"customer_charge_yuan": 0.01}, ["zero_investment_charged"]),
    # plans at high voltage
    ("hv_plan_rules", {"capacity_kw": None}, ["capacity_missing"]),
    ("hv_plan_rules", {"supply_voltage": None}, ["voltage_missing"]),
    ("hv_plan_rules", {"capacity_kw": 160.01}, []),
    ("hv_plan_rules", {**HV_WISH}, ["hv_wish_missing"]),
    ("hv_plan_rules", {**HV_WISH, "capacity_kw": 630, "approved_capacity_kw": 160}, ["hv_wish_missing"]),
    ("hv_plan_rules", {**HV_WISH, "evidence_outcome": "NOT_FOUND"}, ["hv_wish_not_found"]),
    ("hv_plan_rules", {**HV_WISH, "evidence_outcome": "DOWN"}, ["hv_wish_unverified"]),
    ("hv_plan_rules", {**HV_WISH, "evidence_outcome": "FOUND"}, ["hv_wish_unsigned"]),
    ("hv_plan_rules", {**HV_WISH, **SIGNED, "evidence_signed_at": LATER}, ["hv_wish_signed_late"]),
    ("hv_plan_rules", {**HV_WISH, **SIGNED}, []),
    ("hv_plan_rules", {**HV_WISH, **SIGNED, "evidence_signed_at": "2026-03-10T04:00:00Z"}, []),
    ("hv_plan_rules", {**HV_WISH, **SIGNED, "evidence_signed_at": "2026-03-10T04:01:00Z"}, ["hv_wish_signed_late"]),
    ("hv_plan_rules", {"capacity_kw": 160, "supply_voltage": "AC380"}, ["category_outdated"]),
    ("hv_plan_rules", {"capacity_kw": 160.01, "supply_voltage": "AC380"}, ["lv_over_160"]),
    ("hv_plan_rules", {"capacity_kw": 300, "supply_voltage": "AC380", "in_sme_park": True}, ["category_outdated"]),
    ("hv_plan_rules", {"capacity_kw": 300.01, "supply_voltage": "AC380", "in_sme_park": True}, ["lv_over_300"]),
    # plans in a park
    (P, {"capacity_kw": None}, ["capacity_missing"]),
    (P, {"supply_voltage": None}, ["voltage_missing"]),
    (P, {"supply_voltage": "AC10KV"}, ["category_outdated"]),
    (P, {"in_sme_park": None}, ["lv_over_160"]),
    (P, {"capacity_kw": 160, "in_sme_park": False, "comparison_approved": None}, []),
    (P, {"capacity_kw": 160.01, "in_sme_park": False}, ["lv_over_160"]),
    (P, {"capacity_kw": 300}, []),
    (P, {"capacity_kw": 300.01}, ["lv_over_300"]),
    (P, {"comparison_approved": False}, ["comparison_missing"]),
    (P, {"comparison_approved": None}, ["comparison_missing"]),
    (P, {"capacity_kw": 160, "comparison_approved": None}, []),
    (P, {"capacity_kw": 160.01, "comparison_approved": None}, ["comparison_missing"]),
    (P, {"comparison_approved_at": None}, ["comparison_undated"]),
    (P, {"comparison_approved_at": LATER}, ["comparison_late"]),
    (P, {"comparison_approved_at": EARLIER}, []),
    (P, {"capacity_kw": 160, "customer_charge_yuan": 1}, ["zero_investment_charged"]),
    (P, {"capacity_kw": 160.01, "customer_charge_yuan": 1}, []),
    # the customer's answer, to the last day of the month
    ("answer_rules", {"customer_accepts": None}, ["answer_missing"]),
    ("answer_rules", {"replied_on": None}, ["answer_before_reply"]),
    ("answer_rules", {"occurred_at": "2026-03-09T23:59:00+08:00"}, ["answer_before_reply"]),
    ("answer_rules", {"customer_accepts": False, "occurred_at": "2026-04-10T23:59:00+08:00"}, []),
    ("answer_rules", {"customer_accepts": False, "occurred_at": "2026-04-11T00:00:00+08:00"}, ["objection_late"]),
    ("answer_rules", {"customer_accepts": False, "occurred_at": "2026-04-10T16:00:00Z"}, ["objection_late"]),
    ("answer_rules", {"customer_accepts": True, "occurred_at": "2026-04-11T00:00:00+08:00"}, []),
    ("extension_rules", {"occurred_at": "2026-05-31T23:59:00+08:00"}, []),
    ("extension_rules", {"occurred_at": "2026-06-01T00:00:00+08:00"}, ["extension_late"]),
    ("extension_rules", {"plan_valid_until": None}, ["extension_late"]),
    ("extension_rules", {"n_plan_extensions": 0}, []),
    ("extension_rules", {"n_plan_extensions": 1}, ["extension_used"]),
    # charges
    ("charge_rules", {"customer_charge_yuan": None}, ["charge_missing"]),
    ("charge_rules", {"customer_charge_yuan": -1}, ["charge_negative"]),
    ("charge_rules", {"customer_charge_yuan": 0.01}, ["zero_investment_charged"]),
    ("charge_rules", {"customer_charge_yuan": 0.01, "supply_voltage": None}, ["zero_investment_charged"]),
    ("charge_rules", {"customer_charge_yuan": 1, "supply_voltage": None, "category": "HV_SINGLE"}, []),
    (
        "charge_rules",
        {"customer_charge_yuan": 1, "supply_voltage": None, "category": None},
        ["zero_investment_charged"],
    ),
    ("charge_rules", {"customer_charge_yuan": 1, "approved_capacity_kw": 160.01}, []),
    ("charge_rules", {"customer_charge_yuan": 1, "supply_voltage": "AC10KV"}, []),
    # suspensions
    (S, {"reason_code": None}, ["ground_missing"]),
    (S, {"reason_code": "T1"}, ["ground_missing"]),
    (S, {"evidence_no": None}, ["evidence_missing"]),
    (S, {"evidence_no": ""}, ["evidence_missing"]),
    (S, {"evidence_kind": None}, ["evidence_kind_missing"]),
    (S, {"signed_by_customer": None}, ["customer_signature_missing"]),
    (S, {"signed_by_customer": False, "suspension_approved": True}, ["customer_signature_missing"]),
    (S, {"signed_by_customer": False, "suspension_approved": False}, []),
    (S, {"reason_code": "S2", "evidence_kind": "MILESTONE_RECORD", "signed_by_customer": None}, []),
    (S, {"reason_code": "S2", "evidence_kind": "MILESTONE_RECORD", "category": "LV_NONRES"}, ["ground_not_applicable"]),
    (S, {"reason_code": "S4", "evidence_kind": "COMMISSION_LETTER", "category": "LV_PARK"}, ["ground_not_applicable"]),
    (S, {"reason_code": "S5", "evidence_kind": "COMMITMENT_LETTER", "n_contact_tries": 2}, []),
    (S, {"reason_code": "S5", "evidence_kind": "COMMITMENT_LETTER", "n_contact_tries": 1}, ["reminders_missing"]),
    (S, {"reason_code": "S5", "evidence_kind": "COMMITMENT_LETTER"}, ["reminders_missing"]),
    (S, {"reason_code": "S5", "evidence_kind": "CONTACT_LOG", "n_contact_tries": 3}, []),
    (S, {"reason_code": "S5", "evidence_kind": "CONTACT_LOG", "n_contact_tries": 2}, ["contact_tries_missing"]),
    *((S, {"reason_code": f"S{n}", "n_contact_tries": 9, "evidence_kind": "OTHER"}, ["evidence_kind_unfit"])
      for n in range(1, 8)),
    # terminations
    (T, {"reason_code": "S1"}, ["ground_missing"]),
    (T, {"evidence_no": None}, ["evidence_missing"]),
    (T, {"evidence_kind": ""}, ["evidence_kind_missing"]),
    (T, {"signed_by_customer": None}, ["customer_signature_missing"]),
    (T, {"signed_by_customer": None, "termination_approved": False}, []),
    (T, {"reason_code": "T2", "evidence_kind": "PLAN_EXPIRY_NOTICE", "plan_valid_until": "2026-03-09"}, []),
    (
        T,
        {"reason_code": "T2", "evidence_kind": "PLAN_EXPIRY_NOTICE", "plan_valid_until": "2026-03-10"},
        ["plan_still_valid"],
    ),
    (T, {"reason_code": "T3", "evidence_kind": "COMMITMENT_LETTER", "n_contact_tries": 1}, ["reminders_missing"]),
    (T, {"reason_code": "T3", "evidence_kind": "COMMITMENT_LETTER", "n_contact_tries": 2}, []),
    (T, {"reason_code": "T3", "evidence_kind": "CONTACT_LOG", "n_contact_tries": 2}, ["contact_tries_missing"]),
    (T, {"reason_code": "T5", "evidence_kind": "KEPT_ORDER", "evidence_no": THIS}, ["kept_order_is_this"]),
    (T, {"reason_code": "T5", "evidence_kind": "KEPT_ORDER", "evidence_no": "334010126030200002"}, []),
    *((T, {"reason_code": f"T{n}", "n_contact_tries": 9, "evidence_kind": "OTHER"}, ["evidence_kind_unfit"])
      for n in range(1, 6)),
    ("resume_rules", {"evidence_no": None}, ["evidence_missing"]),
    ("resume_rules", {"resumed_on": None}, ["resumed_on_missing"]),
    ("resume_rules", {"resumed_on": "2026-03-11"}, ["resumed_in_future"]),
    ("resume_rules", {"resumed_on": "2026-03-01"}, []),
    ("resume_rules", {"resumed_on": "2026-02-28"}, ["resumed_before_suspension"]),
    ("resume_rules", {"suspended_from": None}, []),
    # energisation
    ("energise_rules", {"contract_no": None}, ["contract_missing"]),
    ("energise_rules", {"contract_no": None, "inspection_passed": None, "category": "LV_RES"}, []),
    ("energise_rules", {"check_passed": None}, ["meter_check_missing"]),
    ("energise_rules", {"check_passed": False}, ["meter_check_missing"]),
    ("energise_rules", {"inspection_passed": None}, ["inspection_missing"]),
    ("energise_rules", {"inspection_passed": None, "category": "LV_PARK"}, []),
    ("energise_rules", {"energised_at": LATER}, ["energised_in_future"]),
    ("energise_rules", {"installed_on": "2026-03-11"}, ["energised_before_meter"]),
]  # fmt: skip


def take(decision: str, given: dict[str, Any]) -> Outcome:
    return RULES.decide(decision, read_inputs(RULES, given, decision))


def codes(decision: str, given: dict[str, Any]) -> list[str]:
    return sorted({row["code"] for row in take(decision, given).value})


@pytest.mark.parametrize("decision", ORDINARY)
def test_an_ordinary_case_is_not_stopped(decision: str) -> None:
    assert take(decision, ORDINARY[decision]).value == []


@pytest.mark.parametrize(("decision", "change", "expected"), CASES)
def test_both_sides_of_each_line(decision: str, change: dict[str, Any], expected: list[str]) -> None:
    assert codes(decision, ORDINARY[decision] | change) == expected


@pytest.mark.parametrize("decision", ORDINARY)
def test_every_rule_stops_somebody_in_these_tests(decision: str) -> None:
    met = {
        rule for name, change, _ in CASES if name == decision for rule in take(name, ORDINARY[name] | change).matched
    }
    table = RULES.decisions[decision].table
    assert table is not None and met == set(range(1, len(table.rules) + 1))


def test_every_rule_table_is_tested() -> None:
    tables = {key for key, each in RULES.decisions.items() if each.table is not None}
    assert tables == set(ORDINARY)


@pytest.mark.parametrize("decision", ["suspension_rules", "termination_rules"])
def test_what_is_asked_for_may_come_as_the_form_or_as_the_request_of_the_process(decision: str) -> None:
    plain = ORDINARY[decision]
    fields = ("reason_code", "evidence_no", "evidence_kind", "signed_by_customer")
    request = {name: plain[name] for name in fields}
    rest = {name: value for name, value in plain.items() if name not in fields}
    assert codes(decision, rest | {"request": request}) == []
    assert codes(decision, rest | {"request": request | {"evidence_no": None}}) == ["evidence_missing"]
    assert set(codes(decision, rest)) >= {"ground_missing", "evidence_missing", "evidence_kind_missing"}


@pytest.mark.parametrize(("code", "decision", "of"), [
    *((f"S{n}", "suspension_rules", "suspension_reason") for n in range(1, 8)),
    *((f"T{n}", "termination_rules", "termination_reason") for n in range(1, 6)),
])  # fmt: skip
def test_the_rules_take_the_evidence_that_the_reasons_name(code: str, decision: str, of: str) -> None:
    reason = REASONS.decide(of, {"reason_code": code}).value
    named = set(reason["evidence_required"])
    for kind in KINDS:
        asked = ORDINARY[decision] | {"reason_code": code, "evidence_kind": kind, "n_contact_tries": 3}
        assert ("evidence_kind_unfit" not in codes(decision, asked)) is (kind in named), kind
    signed = codes(decision, ORDINARY[decision] | {"reason_code": code, "signed_by_customer": False})
    assert ("customer_signature_missing" in signed) is reason["customer_signature"]
    for category in ("LV_RES", "LV_NONRES", "LV_PARK", "HV_SINGLE", "HV_DUAL"):
        found = codes(decision, ORDINARY[decision] | {"reason_code": code, "category": category})
        assert ("ground_not_applicable" in found) is (category not in reason["categories"]), category


def test_every_breach_names_its_field_and_tells_the_person_what_to_do() -> None:
    for name, change, _ in CASES:
        for row in take(name, ORDINARY[name] | change).value:
            assert row["code"].replace("_", "").isalnum() and row["code"] == row["code"].lower()
            assert row["field"].isidentifier() and len(row["reason"]) >= 6
