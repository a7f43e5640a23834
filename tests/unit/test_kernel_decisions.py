from __future__ import annotations

import json
from typing import Any

import pytest

from engine.kernel.loader import Process
from engine.kernel.marked import marked
from engine.kernel.model import Advance, Complete
from engine.kernel.spiff import advance, inspect, start
from tests.diagrams import path, timer, user
from tests.quotes import BRANCHING, QUOTE, asking
from tests.unit.test_kernel_run import ENV, loaded, task

FORM = {
    "title": "表单",
    "schema": {
        "type": "object",
        "properties": {
            "remark": {"type": "string", "maxLength": 500},
            "signed_on": {"type": "string", "format": "date"},
            "usage": {"type": "string", "enum": ["RESIDENTIAL", "OTHER"]},
        },
    },
    "order": [],
}
FILES = {"quote.dmn": QUOTE, "forms/f.json": json.dumps(FORM).encode()}


def process(*parts: str) -> Process:
    return loaded(*parts, files=FILES)


def done(found: Process, variables: dict[str, Any], form: dict[str, Any]) -> Advance:
    first = start(found, variables, ENV)
    return advance(found, first.state, Complete(task(first, "a"), form), ENV)


def test_the_decisions_that_one_required_are_effects_of_the_step_too() -> None:
    result = done(process(*asking("deposit")), {"capacity_kw": 630, "usage": "OTHER"}, {})
    grade, deposit = result.decisions

    assert (grade.element_id, grade.decision, grade.required_by, grade.rules) == ("r", "grade", "deposit", ("grade_1",))
    assert (deposit.decision, deposit.required_by, deposit.output, deposit.file) == ("deposit", "", 63000, "quote.dmn")
    assert deposit.within == (("rates", (1,)),)


def test_what_somebody_wrote_decides_but_is_not_told() -> None:
    found = process(*asking("told"))
    result = done(found, {}, {"remark": "张三先生要求早日通电", "usage": "OTHER"})
    [told] = result.decisions

    assert inspect(found, result.state).variables["answer"]["said"] == "备注：张三先生要求早日通电"
    assert told.inputs == {"remark": {"@withheld": 10}, "usage": "OTHER"}
    assert told.output == {"n": 10, "said": {"@withheld": 13}, "code": "OTHER"}
    assert "张三" not in repr(told)


def test_a_date_of_a_form_is_one_for_a_decision_that_declares_it() -> None:
    [late] = done(process(*asking("late")), {}, {"signed_on": "2026-03-02"}).decisions

    assert (late.inputs, late.output) == ({"signed_on": {"@date": "2026-03-02"}}, True)


def test_a_failed_decision_tells_how_far_it_had_come_and_where_the_fault_is() -> None:
    result = done(process(*asking("deposit")), {"capacity_kw": None, "usage": "张三要求", "remark": "张三要求"}, {})
    trouble = result.trouble

    assert trouble is not None and (trouble.element_id, trouble.code) == ("r", "decision_failed")
    assert trouble.message.startswith("决策“Deposit”没有结果：")
    assert any(note.source == "rate of(Grade) * capacity_kw" for note in trouble.notes)
    assert [(each.decision, each.output) for each in trouble.decisions] == [("grade", None), ("deposit", None)]
    assert trouble.decisions[0].inputs["usage"] == {"@withheld": 4}
    assert result.decisions == ()


def test_no_matching_rule_is_an_answer() -> None:
    result = done(process(*asking("grade")), {"capacity_kw": 0, "usage": "OTHER"}, {})
    [grade] = result.decisions

    assert result.trouble is None
    assert (grade.output, grade.matched) == (None, ())
    assert [note.reason for note in grade.notes] == ["没有规则命中，也没有默认输出"]


def test_a_condition_that_is_null_names_the_place_at_fault() -> None:
    trouble = done(process(*BRANCHING), {}, {}).trouble

    assert trouble is not None and (trouble.element_id, trouble.code) == ("g", "condition_not_boolean")
    first = trouble.notes[0]
    assert (first.reason, marked(first.source, first.position)) == (
        "没有名为“approved_kw”的变量", ("", "approved_kw", " * 1.2 > 100"),
    )  # fmt: skip
    assert "没有名为“approved_kw”的变量" in trouble.message and "第 1 个字符" not in trouble.message


@pytest.mark.parametrize(
    ("parts", "code", "reason"),
    [
        ([part.replace("approved_kw * 1.2 &gt; 100", "n + 1") for part in BRANCHING], "condition_not_boolean",
         "结果是 number，应为真或假"),
        ([part.replace("approved_kw * 1.2 &gt; 100", "nothing") for part in BRANCHING], "condition_not_boolean",
         "结果是空值，应为真或假"),
        ([user("a"), timer("intermediateCatchEvent", "g", "n + 1"), path("s", "a", "g", "e")], "timer_no_instant",
         "结果是 number，应为带时区的时刻或时长"),
        ([user("a"), timer("intermediateCatchEvent", "g", "due + 1"), path("s", "a", "g", "e")], "timer_no_instant",
         "没有名为“due”的变量"),
    ],
)  # fmt: skip
def test_trouble_always_says_why_and_shows_the_expression(parts: list[str], code: str, reason: str) -> None:
    trouble = done(process(*parts), {"n": 1, "nothing": None}, {}).trouble

    assert trouble is not None and trouble.code == code
    assert trouble.notes[0].reason == reason and trouble.notes[0].source
    assert reason in trouble.message


def test_trouble_does_not_quote_what_somebody_wrote() -> None:
    parts = [part.replace("approved_kw * 1.2 &gt; 100", "number(remark) &gt; 100") for part in BRANCHING]
    trouble = done(process(*parts), {}, {"remark": "张三先生要求早日通电"}).trouble

    assert trouble is not None and "不是数字" in trouble.message
    assert "张三" not in repr(trouble)
