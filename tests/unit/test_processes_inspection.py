"""The customer's own works: inspected where hidden, inspected when complete, again after every failure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.clock import SHANGHAI
from engine.kernel import spiff
from engine.kernel.resolving import resolved
from tests.driving import Drive

HIDDEN = {"inspection_requested_on": "2026-03-02", "hidden_part": "接地网"}
COMPLETE = {"completion_reported_on": "2026-03-02", "completion_files_complete": True}
MAIN, STANDBY = {"name": "主供电源"}, {"name": "备用电源"}


def works(*sources: dict[str, str], mid: bool = False) -> Drive:
    return Drive("works_inspection", "HV_DUAL", facts={"sources": list(sources or (MAIN,)), "mid_inspection": mid})


def inspected(*passed: bool, ready: bool = True) -> dict[str, Any]:
    results = [{**source, "passed": one} for source, one in zip((MAIN, STANDBY), passed, strict=False)]
    return {"inspected_on": "2026-03-02", "source_results": results, "safety_ready": ready}


def scope(order: Drive, element: str) -> dict[str, Any]:
    return spiff.scope(order.process, order.moved.state, element)


@pytest.mark.parametrize(("mid", "first"), [(True, "inspection_requested"), (False, "completion_reported")])
def test_hidden_works_are_looked_at_only_where_there_are_some(mid: bool, first: str) -> None:
    assert [message.message for message in works(mid=mid).standing.messages] == [first]


def test_hidden_works_that_fail_are_looked_at_again() -> None:
    order = works(mid=True)
    for attempt in (1, 2):
        order.deliver("inspection_requested", HIDDEN)
        assert scope(order, "ins_inspect_mid")["mid_attempts"] == attempt
        order.do("ins_inspect_mid", mid_inspected_on="2026-03-02", mid_passed=attempt == 2)
    assert order.passed.count("ins_tell_mid") == 1
    assert [message.message for message in order.standing.messages] == ["completion_reported"]


def test_every_attempt_at_completion_counts_until_it_passes() -> None:
    order = works()
    for attempt in (1, 2, 3):
        order.deliver("completion_reported", COMPLETE)
        assert scope(order, "ins_inspect_completion")["completion_attempts"] == attempt
        order.do("ins_inspect_completion", **inspected(attempt == 3))
    assert order.standing.completed
    assert order.passed.count("ins_tell_completion") == 2


@pytest.mark.parametrize(
    ("form", "passes"),
    [
        (inspected(True, True), True),
        (inspected(True, False), False),
        (inspected(False, True), False),
        (inspected(True, True, ready=False), False),
    ],
)
def test_both_sources_must_pass_and_the_customer_must_be_ready(form: dict[str, Any], passes: bool) -> None:
    order = works(MAIN, STANDBY)
    order.deliver("completion_reported", COMPLETE)
    order.do("ins_inspect_completion", **form)
    assert order.standing.completed is passes


def test_the_inspector_finds_a_row_for_every_source() -> None:
    order = works(MAIN, STANDBY)
    order.deliver("completion_reported", COMPLETE)
    form = order.process.forms["completion_inspection"]
    rows = resolved(form, scope(order, "ins_inspect_completion"))["schema"]["properties"]["source_results"]["x-rows"]
    assert [row["properties"]["name"]["const"] for row in rows] == ["主供电源", "备用电源"]


def test_the_limits_of_both_inspections_warn() -> None:
    order = works(mid=True)
    order.deliver("inspection_requested", HIDDEN)
    order.fire("ins_mid_near_limit")
    assert order.at == datetime(2026, 3, 4, 9, tzinfo=SHANGHAI)
    order.do("ins_inspect_mid", mid_inspected_on="2026-03-04", mid_passed=True)
    order.deliver("completion_reported", COMPLETE)
    order.fire("ins_completion_near_limit")
    assert order.at == datetime(2026, 3, 9, 9, tzinfo=SHANGHAI)
