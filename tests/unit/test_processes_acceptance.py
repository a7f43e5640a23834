from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from engine.errors import InvalidForm, RuleBroken
from engine.kernel.forms import FormCheck, resolved
from tests.driving import Drive, process

MISSING = [
    {
        "doc_type": "PROPERTY_CERT",
        "name": "用电地址物权证明",
        "reason": "PLATFORM_DOWN",
        "ways": ["CUSTOMER_ECERT", "UPLOAD", "COMMITMENT", "PAPER"],
        "gate": "METER_INSTALLATION",
        "due_on": "2026-03-23",
        "deferrable": True,
        "must_now": False,
    }
]
PROMISED = {
    "documents.judge": lambda _: {"complete": False, "missing": MISSING},
    "documents.take": lambda p: {"promised": [c["doc_type"] for c in p["choices"]], "taken": []},
    "commitments.draft": lambda _: {"commitment_no": "C1"},
    "commitments.sign": lambda _: {"status": "ACTIVE"},
}
CHOICE = [{"doc_type": "PROPERTY_CERT", "name": "用电地址物权证明", "way": "COMMITMENT"}]
TERM = {
    "doc_type": "PROPERTY_CERT",
    "name": "x",
    "latest_on": "2026-03-23",
    "due_on": "2026-03-23",
    "delivery": "ONSITE",
}
SIGNED = {"decision": "SIGN", "sign_method": "ON_PAPER", "signed_at": "2026-03-02T08:30:00+08:00"}


def acceptance(
    facts: Mapping[str, Any] | None = None, operators: Mapping[str, Any] | None = None, **more: Any
) -> Drive:
    return Drive("acceptance", "LV_NONRES", facts=facts, operators=operators, **more)


def test_one_certificate_and_one_task() -> None:
    order = acceptance()
    assert order.tasks == {"acc_confirm"}
    assert {"acc_verify", "acc_authorise", "acc_supplement"}.isdisjoint(order.passed)
    assert order.finish() == ["acc_confirm"]
    assert not order.standing.variables["has_commitment"]


@pytest.mark.parametrize("outcome", ["VERIFIED", "NOT_FOUND", "MISMATCH", "DOWN", "NOT_ONLINE"])
def test_only_a_verified_identity_needs_no_person(outcome: str) -> None:
    order = acceptance({"identity_method": "E_ID_ZLB"}, {"identity.verify": lambda _: {"outcome": outcome}})
    assert order.tasks == ({"acc_confirm"} if outcome == "VERIFIED" else {"acc_check_subject"})


def test_the_subject_is_the_one_hard_gate() -> None:
    order = acceptance({"identity_method": "E_ID_ZLB"}, {"identity.verify": lambda _: {"outcome": "DOWN"}})
    order.do(
        "acc_check_subject", identity_method="OTHER_ID", subject_outcome="NOT_VERIFIED", not_verified_reason="EXPIRED"
    )
    assert order.tasks == {"acc_check_subject"}
    order.do("acc_check_subject", identity_method="OTHER_ID", subject_outcome="VERIFIED")
    assert order.tasks == {"acc_confirm"}
    assert "acc_face_consent" not in order.passed


def test_a_face_route_leaves_a_separate_consent() -> None:
    asked: list[Mapping[str, Any]] = []
    operators = {"identity.verify": lambda _: {"outcome": "DOWN"}, "consents.give": lambda p: asked.append(p) or {}}
    order = acceptance({"identity_method": "E_ID_ZLB"}, operators)
    order.do(
        "acc_check_subject",
        identity_method="KIOSK_SLIP",
        subject_outcome="VERIFIED",
        face_consent=True,
        other_way_offered=True,
    )
    assert [(p["kind"], p["given"], p["alternative_offered"]) for p in asked] == [("FACE", True, True)]


@pytest.mark.parametrize(
    ("more", "right"),
    [
        ({"face_consent": True, "other_way_offered": True}, True),
        ({"face_consent": True, "other_way_offered": False}, False),
        ({"face_consent": False, "other_way_offered": True}, False),
        ({"face_consent": True}, False),
        ({}, False),
    ],
)
def test_no_face_without_consent_and_another_way(more: dict[str, Any], right: bool) -> None:
    order = acceptance({"identity_method": "E_ID_ZLB"}, {"identity.verify": lambda _: {"outcome": "DOWN"}})
    values = {"identity_method": "E_ID_ALIPAY", "subject_outcome": "VERIFIED", **more}
    if right:
        order.do("acc_check_subject", **values)
    else:
        with pytest.raises(RuleBroken):
            order.do("acc_check_subject", **values)
    assert order.tasks == {"acc_confirm" if right else "acc_check_subject"}


@pytest.mark.parametrize("given", [True, False])
def test_who_has_not_said_is_asked_and_may_refuse(given: bool) -> None:
    asked: list[Mapping[str, Any]] = []
    order = acceptance({"authorises_data_sharing": False}, {"consents.give": lambda p: asked.append(p) or {}})
    assert order.tasks == {"acc_authorise"}
    order.do("acc_authorise", authorises_data_sharing=given, authorised_by="ON_PAPER")
    assert [(p["kind"], p["given"]) for p in asked] == [("DATA_SHARING", given)]
    assert order.tasks == {"acc_confirm"}


def test_nothing_is_asked_of_the_platform_when_there_is_nothing_to_ask() -> None:
    order = acceptance(operators={"documents.open": lambda _: {"held": [], "to_fetch": [], "rest": []}})
    assert "acc_fetch" not in order.passed
    assert order.tasks == {"acc_confirm"}


@pytest.mark.parametrize("operator", ["identity.verify", "documents.fetch", "evidence.verify"])
def test_no_platform_holds_up_an_acceptance(operator: str) -> None:
    order = acceptance({"identity_method": "E_ID_ZLB", "hv_wish": True}, {operator: None})
    assert not order.tasks
    (timer,) = order.standing.timers.values()
    assert timer.interrupting
    order.fire(timer.element_id)
    assert order.tasks == ({"acc_check_subject"} if operator == "identity.verify" else {"acc_confirm"})
    assert not order.standing.calls


def test_a_missing_document_is_promised_by_a_letter() -> None:
    drafted: list[Any] = []
    operators = {**PROMISED, "commitments.draft": lambda p: drafted.append(p["items"]) or {"commitment_no": "C1"}}
    order = acceptance(operators=operators)
    assert order.tasks == {"acc_supplement"}
    order.do("acc_supplement", choices=CHOICE, customer_informed=True)
    order.do("acc_sign", terms=[TERM], **SIGNED)
    assert drafted == [[{"doc_type": "PROPERTY_CERT", "due_on": "2026-03-23", "delivery": "ONSITE"}]]
    assert order.finish() == ["acc_confirm"]
    variables = order.standing.variables
    assert (variables["has_commitment"], variables["commitment_no"]) == (True, "C1")


@pytest.mark.parametrize(
    ("term", "decision"),
    [
        ({"due_on": "2026-03-10"}, "SIGN"),
        ({"delivery": "POST"}, "SIGN"),
        ({}, "CHANGE"),
        ({"due_on": "2026-03-10"}, "CHANGE"),
    ],
)
def test_a_letter_with_other_terms_is_drafted_again_before_it_is_signed(term: dict[str, str], decision: str) -> None:
    drafted: list[Any] = []
    operators = {**PROMISED, "commitments.draft": lambda p: drafted.append(p["items"]) or {"commitment_no": "C1"}}
    order = acceptance(operators=operators)
    order.do("acc_supplement", choices=CHOICE, customer_informed=True)
    order.do("acc_sign", terms=[{**TERM, **term}], **{**SIGNED, "decision": decision})
    assert order.tasks == {"acc_sign"}
    wanted = {**TERM, **term}
    assert drafted[1:] == [[{name: wanted[name] for name in ("doc_type", "due_on", "delivery")}]]
    order.do("acc_sign", terms=[{**TERM, **term}], **SIGNED)
    assert order.tasks == {"acc_confirm"}


def test_papers_handed_in_at_once_need_no_letter() -> None:
    taken = lambda p: {"promised": [], "taken": [c["doc_type"] for c in p["choices"]]}  # noqa: E731
    order = acceptance(operators={**PROMISED, "documents.take": taken})
    order.do("acc_supplement", choices=[{**CHOICE[0], "way": "UPLOAD"}], customer_informed=True)
    assert order.tasks == {"acc_confirm"}


def test_the_page_offers_only_the_ways_of_each_document() -> None:
    form = resolved(process("acceptance").forms["supplement"], {"missing": [{**MISSING[0], "ways": ["COMMITMENT"]}]})
    row = {"doc_type": "PROPERTY_CERT", "name": "用电地址物权证明", "reason": "PLATFORM_DOWN", "due_on": "2026-03-23"}
    FormCheck(form).check({"choices": [{**row, "way": "COMMITMENT"}], "customer_informed": True})
    with pytest.raises(InvalidForm):
        FormCheck(form).check({"choices": [{**row, "way": "PAPER"}], "customer_informed": True})


@pytest.mark.parametrize(("others", "stopped"), [(0, False), (1, True), (2, True)])
def test_several_orders_at_one_premise_are_looked_at(others: int, stopped: bool) -> None:
    numbers = [f"33406022603020000{n + 2}" for n in range(others)]
    order = acceptance(
        operators={"orders.same_premise": lambda _: {"n": others, "total_kw": 100, "order_nos": numbers}}
    )
    assert order.tasks == ({"acc_review_premise"} if stopped else {"acc_confirm"})


def test_several_orders_go_on_only_when_the_review_is_passed() -> None:
    order = acceptance(operators={"orders.same_premise": lambda _: {"n": 1, "total_kw": 100, "order_nos": ["1"]}})
    review = {"premise_outcome": "SEPARATE", "premise_reason": "两户分别用电", "site_checked": True}
    with pytest.raises(RuleBroken):
        order.do("acc_review_premise", **review, premise_review_passed=False)
    order.do("acc_review_premise", **review, premise_review_passed=True)
    assert order.tasks == {"acc_confirm"}


def test_what_belongs_together_is_classified_together() -> None:
    asked: list[Mapping[str, Any]] = []
    order = acceptance(
        {"capacity_kw": 100},
        {
            "orders.same_premise": lambda _: {"n": 1, "total_kw": 200, "order_nos": ["334060226030200009"]},
            "orders.reclassify": lambda p: asked.append(p) or {"changed": True},
        },
    )
    order.do(
        "acc_review_premise",
        premise_outcome="COMBINE",
        capacity_kw=200,
        premise_review_passed=True,
        premise_reason="同一厂房",
        site_checked=True,
    )
    assert order.finish() == ["acc_confirm"]
    assert asked[0]["capacity_kw"] == 200
    assert order.standing.variables["reclassified"]


@pytest.mark.parametrize(("kw", "voltage", "goes_over"), [(160, "LV", False), (160.01, "LV", True), (160, "HV", False)])
def test_the_line_of_160_kw(kw: float, voltage: str, goes_over: bool) -> None:
    order = acceptance(
        {"capacity_kw": kw, "requested_voltage": voltage}, {"orders.reclassify": lambda _: {"changed": True}}
    )
    order.finish()
    assert ("acc_reclassify" in order.passed) is goes_over


@pytest.mark.parametrize(
    ("outcome", "category", "same"),
    [
        ("FOUND", "HV_SINGLE", True),
        ("DOWN", "HV_SINGLE", True),
        ("NOT_FOUND", "LV_NONRES", False),
        ("MISMATCH", "LV_NONRES", False),
    ],
)
def test_a_wish_for_high_voltage_counts_only_with_its_record(outcome: str, category: str, same: bool) -> None:
    order = Drive(
        "acceptance",
        "HV_SINGLE",
        facts={"capacity_kw": 100, "requested_voltage": "HV", "hv_wish": True},
        operators={
            "evidence.verify": lambda _: {"outcome": outcome, "signed_at": None},
            "orders.reclassify": lambda _: {"changed": True},
        },
    )
    order.finish()
    assert ("acc_reclassify" not in order.passed) is same
    assert order.standing.variables["classified"]["category"] == category


def test_the_policy_is_shown_before_anything_is_accepted() -> None:
    order = acceptance()
    confirmed = {"policy_notice_version": "2026-01", "needs_external_line_works": False, "application_changed": False}
    with pytest.raises(RuleBroken):
        order.do("acc_confirm", **confirmed, policy_notice_acknowledged=False)
    order.do("acc_confirm", **confirmed, policy_notice_acknowledged=True)
    assert order.standing.completed
