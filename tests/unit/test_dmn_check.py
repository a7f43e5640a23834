from __future__ import annotations

import pytest

from engine.kernel.dmn import check_dmn, load_dmn


def faults(rules: list[tuple[str, ...]], policy: str = "UNIQUE", default: str = "") -> list[tuple[str, str, str]]:
    body = "".join(
        f'<rule id="r{number}">'
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in rule)
        + "<outputEntry><text>1</text></outputEntry></rule>"
        for number, rule in enumerate(rules, 1)
    )
    columns = (
        '<input label="容量"><inputExpression typeRef="number"><text>kW</text></inputExpression></input>'
        '<input label="用途"><inputExpression typeRef="string"><text>usage</text></inputExpression>'
        '<inputValues><text>"RES","NON"</text></inputValues></input>'
        '<input label="工程"><inputExpression typeRef="boolean"><text>works</text></inputExpression></input>'
    )
    data = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">'
        f'<decision id="d" name="分类"><decisionTable id="t" hitPolicy="{policy}">{columns}'
        f"<output>{default}</output>{body}</decisionTable></decision></definitions>"
    )
    return [(fault.code, fault.field, fault.reason) for fault in check_dmn(load_dmn(data.encode(), "m.dmn"))]


COMPLETE = [("<= 160", '"RES"', "-"), ("> 160", '"RES"', "-"), ("-", '"NON"', "true"), ("-", '"NON"', "false")]


def test_a_complete_table_has_no_faults() -> None:
    assert faults(COMPLETE) == []


def test_overlaps_under_unique_come_with_an_example() -> None:
    found = faults([*COMPLETE[:1], ("[160..200]", '"RES"', "-"), ("> 200", "-", "-"), ("<= 200", '"NON"', "-")])
    assert found == [
        ("dmn_overlap", "r2", "决策“分类”的规则 1、2 会同时命中，例如 容量 = 160，用途 = “RES”，工程 = true")
    ]


@pytest.mark.parametrize("policy", ["FIRST", "ANY", "COLLECT", "RULE ORDER"])
def test_overlaps_are_allowed_elsewhere(policy: str) -> None:
    assert faults([*COMPLETE, ("-", "-", "-")], policy) == []


def test_gaps_come_with_an_example() -> None:
    assert faults([("< 160", "-", "-"), ("> 160", "-", "-")]) == [("dmn_gap", "t", "决策“分类”没有规则处理 容量 = 160")]
    assert faults([("-", 'not("RES")', "-"), ("-", '"RES"', "true")]) == [
        ("dmn_gap", "t", "决策“分类”没有规则处理 用途 = “RES”，工程 = false")
    ]


def test_defaults_and_collect_leave_no_gap() -> None:
    assert faults([("1", "-", "-")], default="<defaultOutputEntry><text>0</text></defaultOutputEntry>") == []
    assert faults([("1", "-", "-")], "COLLECT") == []


def test_cells_that_cannot_be_judged_are_given_the_benefit_of_the_doubt() -> None:
    assert faults([("-", '"RES"', "-"), ("> limit", '"RES"', "-"), ("? > 3", '"NON"', "-")]) == []
