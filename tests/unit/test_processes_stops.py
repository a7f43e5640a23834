"""Suspension and termination as they are drawn: who decides, what follows, what is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from engine.clock import SHANGHAI
from engine.errors import RuleBroken
from tests.driving import Drive

REQUEST = {
    "reason_code": "S1",
    "evidence_kind": "SIGNED_REQUEST",
    "evidence_no": "ZT20260302001",
    "requested_on": "2026-03-02",
    "until_on": "2026-04-01",
    "signed_by_customer": True,
    "n_contact_tries": 0,
    "note": "厂房未完工",
}
END = {**REQUEST, "reason_code": "T1"}
RESUMED = {"resumed_on": "2026-03-02", "evidence_kind": "SIGNED_REQUEST", "evidence_no": "FG2026001", "note": "已完工"}


def asked(**changes: Any) -> tuple[Drive, list[tuple[str, Mapping[str, Any]]]]:
    done: list[tuple[str, Mapping[str, Any]]] = []
    operators = {
        "orders.suspend": lambda p: done.append(("suspend", p)) or {"suspended_from": "2026-03-02T08:20:00+08:00"},
        "orders.resume": lambda p: done.append(("resume", p)) or {"paused_workdays": 0},
    }
    return Drive("order_suspension", "HV_SINGLE", facts={"request": {**REQUEST, **changes}}, operators=operators), done


def ending(**changes: Any) -> tuple[Drive, list[Mapping[str, Any]]]:
    done: list[Mapping[str, Any]] = []
    operators = {"orders.terminate": lambda p: done.append(p) or {}}
    return Drive("order_termination", "HV_SINGLE", facts={"request": {**END, **changes}}, operators=operators), done


@pytest.mark.parametrize(
    ("code", "kind", "task"),
    [("S1", "SIGNED_REQUEST", "sus_approve"), ("S3", "SURVEY_RECORD", "sus_approve_county")],
)
def test_who_decides_on_a_suspension_follows_its_reason(code: str, kind: str, task: str) -> None:
    order, done = asked(reason_code=code, evidence_kind=kind)
    assert order.tasks == {task}
    order.do(task, suspension_approved=True)
    assert [name for name, _ in done] == ["suspend"]


def test_a_refused_suspension_touches_no_clock() -> None:
    order, done = asked()
    order.do("sus_approve", suspension_approved=False, suspension_opinion="不属客户原因")
    assert order.standing.completed and done == []
    assert "sus_tell_refused" in order.passed


def test_a_suspension_without_ground_can_be_refused_but_not_approved() -> None:
    order, done = asked(signed_by_customer=False)
    with pytest.raises(RuleBroken) as refused:
        order.do("sus_approve", suspension_approved=True)
    assert [fault.code for fault in refused.value.faults] == ["customer_signature_missing"]
    order.do("sus_approve", suspension_approved=False, suspension_opinion="客户未签字")
    assert order.standing.completed and done == []


def test_the_order_goes_on_when_the_customer_asks_with_evidence() -> None:
    order, done = asked()
    order.do("sus_approve", suspension_approved=True)
    order.deliver("resume_requested", RESUMED)
    assert order.standing.completed
    assert done[1][1] == {"order_no": order.facts["order_no"], "evidence": RESUMED, "resumed_on": "2026-03-02"}


def test_the_account_manager_calls_when_the_agreed_day_is_over_and_again_when_it_is_put_off() -> None:
    order, _ = asked()
    order.do("sus_approve", suspension_approved=True)
    order.fire("sus_agreed_day")
    assert order.at == datetime(2026, 4, 2, tzinfo=SHANGHAI)
    order.do(
        "sus_contact", contacted_on="2026-04-02", contact_outcome="LATER", until_on="2026-05-01", contact_note="延期"
    )
    order.fire("sus_agreed_day")
    assert order.at == datetime(2026, 5, 2, tzinfo=SHANGHAI)
    order.do("sus_contact", contacted_on="2026-05-02", contact_outcome="WILL_RESUME", contact_note="即将复工")
    assert [message.message for message in order.standing.messages] == ["resume_requested"]
    assert order.tasks == set()


@pytest.mark.parametrize(
    ("code", "kind", "task"),
    [("T1", "SIGNED_REQUEST", "ter_approve"), ("T4", "SURVEY_RECORD", "ter_approve_county")],
)
def test_who_decides_on_a_termination_follows_its_reason(code: str, kind: str, task: str) -> None:
    order, done = ending(reason_code=code, evidence_kind=kind)
    assert order.tasks == {task}
    order.do(task, termination_approved=True)
    assert order.standing.completed
    assert done[0]["request"]["reason_code"] == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signed_by_customer": False}, "customer_signature_missing"),
        ({"reason_code": "T3", "evidence_kind": "COMMITMENT_LETTER", "n_contact_tries": 1}, "reminders_missing"),
        (
            {"reason_code": "T5", "evidence_kind": "KEPT_ORDER", "evidence_no": "334060226030200001"},
            "kept_order_is_this",
        ),
    ],
)
def test_a_termination_without_ground_is_not_approved(changes: dict[str, Any], code: str) -> None:
    order, done = ending(**changes)
    (task,) = order.tasks
    with pytest.raises(RuleBroken) as refused:
        order.do(task, termination_approved=True)
    assert [fault.code for fault in refused.value.faults] == [code]
    order.do(task, termination_approved=False, termination_opinion="依据不足")
    assert order.standing.completed and done == []
