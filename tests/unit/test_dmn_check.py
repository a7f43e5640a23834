from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from engine.kernel.dmn import check_dmn, load_dmn

CAPACITY = '<input label="容量"><inputExpression typeRef="number"><text>kW</text></inputExpression></input>'
USAGE = (
    '<input label="用途"><inputExpression typeRef="string"><text>usage</text></inputExpression>'
    '<inputValues><text>"RES","NON"</text></inputValues></input>'
)
WORKS = '<input label="工程"><inputExpression typeRef="boolean"><text>works</text></inputExpression></input>'


def column(label: str, kind: str = "", head: str = "x", allowed: str = "") -> str:
    reference = f' typeRef="{kind}"' if kind else ""
    values = f"<inputValues><text>{allowed}</text></inputValues>" if allowed else ""
    return f'<input label="{label}"><inputExpression{reference}><text>{head}</text></inputExpression>{values}</input>'


def table(
    rules: Sequence[Sequence[str]], columns: str, policy: str = "UNIQUE", output: str = "<output/>", key: str = "t"
) -> str:
    """A table whose rules are cells and, last, an output."""
    body = "".join(
        f'<rule id="r{number}">'
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in rule[:-1])
        + f"<outputEntry><text><![CDATA[{rule[-1]}]]></text></outputEntry></rule>"
        for number, rule in enumerate(rules, 1)
    )
    return f'<decisionTable id="{key}" hitPolicy="{policy}">{columns}{output}{body}</decisionTable>'


def model(*elements: str) -> list[tuple[str, str, str]]:
    head = '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">'
    found = check_dmn(load_dmn(f"{head}{''.join(elements)}</definitions>".encode(), "m.dmn"))
    return [(fault.code, fault.field, fault.reason) for fault in found]


def decision(logic: str, name: str = "分类", key: str = "d") -> str:
    return f'<decision id="{key}" name="{name}">{logic}</decision>'


def of_column(cells: Sequence[str], head: str, *more: str, policy: str = "UNIQUE") -> list[tuple[str, str, str]]:
    rules = [(cell, str(number)) for number, cell in enumerate(cells)]
    return model(decision(table(rules, head, policy)), *more)


def faults(rules: Sequence[Sequence[str]], policy: str = "UNIQUE", default: str = "") -> list[tuple[str, str, str]]:
    output = f"<output>{default}</output>"
    return model(decision(table([[*rule, "1"] for rule in rules], CAPACITY + USAGE + WORKS, policy, output)))


COMPLETE = [("<= 160", '"RES"', "-"), ("> 160", '"RES"', "-"), ("-", '"NON"', "true"), ("-", '"NON"', "false")]


def test_a_complete_table_has_no_faults() -> None:
    assert faults(COMPLETE) == []


# ---- overlaps --------------------------------------------------------------------------------------------------------


def test_overlaps_under_unique_come_with_an_example() -> None:
    found = faults([*COMPLETE[:1], ("[160..200]", '"RES"', "-"), ("> 200", "-", "-"), ("<= 200", '"NON"', "-")])
    assert found == [("dmn_overlap", "r2", "决策“分类”的规则 1、2 会同时命中：容量 = 160，用途 = “RES”")]


def test_all_that_match_together_are_named_together() -> None:
    found = faults([*COMPLETE, ("(100..200)", "-", "-"), ("> 100", '"RES"', "-")])
    assert (
        found[0][2]
        == "决策“分类”的规则 1、5、6 会同时命中：容量 > 100 且 <= 160，用途 = “RES”（例如 容量 = 130，用途 = “RES”）"
    )


def test_many_overlaps_are_cut_short() -> None:
    rules = [(cell, "-", "-") for cell in ("1, 9", "2, 9", "3, 9", "1", "2", "3", "1", "2", "3")]
    found = faults([*rules, ("not(1, 2, 3, 9)", "-", "-"), ("9", "-", "-"), ("4", "-", "-"), ("5", "-", "-")])
    assert [code for code, _, _ in found] == ["dmn_overlap"] * 6
    assert found[-1] == ("dmn_overlap", "t", "决策“分类”的表另有同时命中的规则未列出")


@pytest.mark.parametrize("policy", ["ANY", "COLLECT", "RULE ORDER"])
def test_overlaps_are_allowed_elsewhere(policy: str) -> None:
    assert faults([*COMPLETE, ("-", "-", "-")], policy) == []


def test_rules_that_match_together_must_agree_under_any() -> None:
    rules = [("<= 10", '"A"'), (">= 5", '"B"'), ("< 7", '"A"'), ("> 8", "kW")]
    assert model(decision(table(rules, CAPACITY, "ANY"))) == [
        ("dmn_any_conflict", "r2", "决策“分类”的规则 1、2 会同时命中而输出不同：容量 >= 5 且 <= 10（例如 容量 = 5）"),
        ("dmn_any_conflict", "r3", "决策“分类”的规则 2、3 会同时命中而输出不同：容量 >= 5 且 < 7（例如 容量 = 5）"),
    ]


def test_long_tables_are_looked_through() -> None:
    rules = [(f"[{number}..{number + 1}]", f'"{"长" * 80}{number}"') for number in range(1_000)]
    found = model(decision(table(rules, CAPACITY, "ANY")))
    assert [code for code, _, _ in found] == ["dmn_any_conflict"] * 6 + ["dmn_gap"]


def test_columns_with_the_same_head_are_given_the_same_value() -> None:
    twice = column("下限", "number", "kW") + column("上限", "number", " kW ")
    assert model(decision(table([(">= 10", "< 20", "1"), ("< 10", "-", "2"), (">= 20", "-", "3")], twice))) == []


# ---- gaps ------------------------------------------------------------------------------------------------------------


def test_gaps_come_with_an_example() -> None:
    assert faults([("< 160", "-", "-"), ("> 160", "-", "-")]) == [("dmn_gap", "t", "决策“分类”没有规则处理 容量 = 160")]
    assert faults([("-", 'not("RES")', "-"), ("-", '"RES"', "true")]) == [
        ("dmn_gap", "t", "决策“分类”没有规则处理 用途 = “RES”，工程 = false")
    ]


def test_neighbouring_examples_are_one_gap() -> None:
    rules = [("<= 160", "-", "-"), (">= 300", "-", "-"), ("(160..200)", '"RES"', "-"), ("[200..300)", '"RES"', "-")]
    assert faults(rules) == [
        (
            "dmn_gap",
            "t",
            "决策“分类”没有规则处理 容量 > 160 且 < 300，用途 = “NON”（例如 容量 = 180，用途 = “NON”）",
        )
    ]


def test_defaults_and_collect_leave_no_gap() -> None:
    assert faults([("1", "-", "-")], default="<defaultOutputEntry><text>0</text></defaultOutputEntry>") == []
    assert faults([("1", "-", "-")], default="<defaultOutputEntry><text>null</text></defaultOutputEntry>") == []
    assert faults([("1", "-", "-")], "COLLECT") == []


def test_null_is_a_gap_only_where_it_is_named() -> None:
    assert of_column(["< 5", ">= 5"], CAPACITY) == []
    assert of_column(['not("A")', '"A"'], column("类", "string")) == []
    assert [code for code, _, _ in of_column(["null", "< 5"], CAPACITY)] == ["dmn_gap"]
    found = of_column(["5, null", "not(5, null)"], CAPACITY)
    assert found == []


@pytest.mark.parametrize(
    ("kind", "cells", "gap"),
    [
        ("date", ['< date("2024-02-28")', '> @"2024-03-01"'], ">= 2024-02-28 且 <= 2024-03-01（例如 x = 2024-02-28）"),
        ("date", ['<= date("2024-02-28")', '>= @"2024-02-29"'], ""),
        ("time", ['< time("08:00:00")', '> time("08:00:00")'], "= 08:00:00"),
        ("dateTime", ['< @"2024-02-28T08:00:00Z"'], ">= 2024-02-28T08:00:00Z（例如 x = 2024-02-28T08:00:00Z）"),
        ("days and time duration", ['<= duration("P3D")', '>= duration("P4D")'], "> P3D 且 < P4D（例如 x = P3DT12H）"),
        ("years and months duration", ['<= @"P1Y"', '>= @"P13M"'], ""),
        ("string", ['< "B"', '> "C"'], ">= “B” 且 <= “C”（例如 x = “B”）"),
        ("string", ['"A"', '"B", "C"'], "不为 “A”、“B”、“C”（例如 x = “其他”）"),
        ("number", ["<= 1", ">= 2"], "> 1 且 < 2（例如 x = 1.5）"),
        ("integer", ["<= 1", ">= 2"], ""),
        ("number", ["[1..3]", "< 1"], "> 3（例如 x = 4）"),
    ],
)
def test_gaps_of_every_ordered_kind(kind: str, cells: list[str], gap: str) -> None:
    expected = [("dmn_gap", "t", f"决策“分类”没有规则处理 x {gap}")] if gap else []
    assert of_column(cells, column("x", kind)) == expected


LEVEL = (
    '<itemDefinition name="level"><typeRef>string</typeRef><allowedValues><text>"高","低"</text></allowedValues>'
    "</itemDefinition>"
)
SHARE = (
    '<itemDefinition name="share"><typeRef>number</typeRef><typeConstraint><text>[0..1]</text></typeConstraint>'
    "</itemDefinition>"
)
LOAD = (
    '<itemDefinition name="load"><itemComponent name="grade"><typeRef>level</typeRef></itemComponent>'
    '<itemComponent name="part"><typeRef>number</typeRef><allowedValues><text>&gt; 0</text></allowedValues>'
    "</itemComponent></itemDefinition>"
)


def test_types_of_the_model_bound_the_inputs() -> None:
    assert of_column(['"高"', '"低"'], column("级", "level"), LEVEL) == []
    assert of_column(["<= 0.5", "> 0.5"], column("份", "share"), SHARE) == []
    assert of_column(["< 0.5"], column("份", "share"), SHARE)[0][2].endswith("份 >= 0.5 且 <= 1（例如 份 = 0.5）")


def test_a_column_without_a_type_has_that_of_its_variable() -> None:
    given = '<inputData id="i" name="l"><variable name="l" typeRef="load"/></inputData>'
    assert of_column(['"高"', '"低"'], column("级", "", "l.grade"), LEVEL, LOAD, given) == []
    assert of_column(["<= 5"], column("份", "", "l.part"), LEVEL, LOAD, given)[0][2].endswith("份 > 5（例如 份 = 6）")


def test_cells_that_cannot_be_judged_are_given_the_benefit_of_the_doubt() -> None:
    assert faults([("-", '"RES"', "-"), ("> limit", '"RES"', "-"), ("? > limit", '"NON"', "-")]) == []
    assert of_column(["< today()", "-"], column("日", "date")) == []
    assert of_column(["count(?[item > x]) > 0", "-"], column("列", "Any")) == []


def test_cells_with_a_question_mark_are_tried() -> None:
    assert of_column(["? > 3", "? <= 3"], CAPACITY) == []
    assert of_column(["? > 3", "? < 3"], CAPACITY)[0][2].endswith("容量 = 3")


# ---- rules without effect --------------------------------------------------------------------------------------------


def test_rules_that_others_always_precede_are_told() -> None:
    found = faults(
        [("<= 160", "-", "-"), ("< 200", "-", "-"), ("[100..190]", '"RES"', "true"), ("-", "-", "-")], "FIRST"
    )
    assert found == [("dmn_hidden", "r3", "决策“分类”的规则 3 永远轮不到：它命中的输入总有优先的规则先命中")]


def test_two_rules_together_may_hide_a_third() -> None:
    rules = [("<= 160", "-", "true"), ("> 100", "-", "true"), ("-", '"RES"', "true"), ("-", "-", "-")]
    assert faults(rules, "FIRST") == []  # null is no number, and rule 3 takes it
    assert [field for _, field, _ in faults([*rules[:2], ("> 1", '"RES"', "true"), rules[3]], "FIRST")] == ["r3"]


def test_the_last_rule_is_not_hidden_if_it_takes_what_is_missing() -> None:
    assert faults([*COMPLETE, ("-", "-", "-")], "FIRST") == []


RANKED = '<output name="o"><outputValues><text>"急","缓"</text></outputValues></output>'


def test_rules_that_never_have_priority_are_told() -> None:
    rules = [("> 5", '"缓"'), ("> 3", '"急"'), ("<= 3", '"缓"')]
    found = model(decision(table(rules, CAPACITY, "PRIORITY", RANKED)))
    assert [(code, field) for code, field, _ in found] == [("dmn_hidden", "r1")]


def test_rules_that_nothing_can_meet_are_told() -> None:
    found = of_column(['"高", "低"', '> "高"'], column("级", "level"), LEVEL)
    assert found == [("dmn_never", "r2", "决策“分类”的规则 2 永远不会命中：没有一个“级”的值能满足它的条件")]


# ---- single cells ----------------------------------------------------------------------------------------------------


def test_values_that_cannot_come_are_told() -> None:
    found = of_column(['"RES"', '"NON", "NONE"', 'not("RES", "X", "NON")'], USAGE)
    assert found == [
        ("dmn_unknown_value", "r2", "决策“分类”的规则 2：“用途”的条件 “NONE” 不在允许值之内"),
        ("dmn_unknown_value", "r3", "决策“分类”的规则 3：“用途”的条件 “X” 不在允许值之内"),
    ]
    wrong = of_column(['"5"', "-"], CAPACITY, policy="FIRST")
    assert [(code, field) for code, field, _ in wrong] == [("dmn_unknown_value", "r1")]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("[5..3]", "区间的两端 5 与 3 次序颠倒"),
        ('["a"..3]', "区间的两端 “a” 与 3 无法比较"),
        ("(3..3]", "(3..3] 的两端相同而不含端点"),
        ("[limit..3]", ""),
        ('[@"2024-02-29"..@"2024-02-28"]', "区间的两端 2024-02-29 与 2024-02-28 次序颠倒"),
        ("[3..3]", ""),
    ],
)
def test_intervals_that_hold_nothing_are_told(cell: str, shown: str) -> None:
    kind = "date" if "@" in cell else "number"
    found = [reason for code, _, reason in of_column([cell, "-"], column("x", kind), policy="FIRST") if "empty" in code]
    assert [shown in reason for reason in found] == [True] * bool(shown)


def test_outputs_that_are_not_foreseen_are_told() -> None:
    rules = [("> 5", '"急"'), ("<= 5", '"慢"')]
    told = "决策“分类”的规则 2：输出“o” “慢” 不在输出值之内"
    assert model(decision(table(rules, CAPACITY, "UNIQUE", RANKED))) == [("dmn_output_value", "r2", told)]
    ranked = model(decision(table(rules, CAPACITY, "OUTPUT ORDER", RANKED)))
    assert ranked == [("dmn_output_value", "r2", f"{told}，排序时排在最后")]
    ranges = '<output name="o"><outputValues><text>[1..5]</text></outputValues></output>'
    found = model(decision(table([("> 5", "3"), ("<= 5", "7")], CAPACITY, "UNIQUE", ranges)))
    assert [field for _, field, _ in found] == ["r2"]


@pytest.mark.parametrize("policy", ["PRIORITY", "OUTPUT ORDER"])
def test_priorities_without_an_order_are_told(policy: str) -> None:
    assert [code for code, _, _ in model(decision(table([("-", "1")], CAPACITY, policy)))] == ["dmn_no_priorities"]


# ---- where tables stand ----------------------------------------------------------------------------------------------


def test_every_table_of_the_file_is_looked_into() -> None:
    gap = [("> 5", "1")]
    box = (
        "<context><contextEntry>"
        f'<variable name="初算"/>{table(gap, CAPACITY, key="a")}</contextEntry><contextEntry><variable name="复算"/>'
        f"{table(gap, CAPACITY, key='b')}</contextEntry></context>"
    )
    knowledge = (
        '<businessKnowledgeModel id="k" name="费率"><encapsulatedLogic><formalParameter name="x" typeRef="boolean"/>'
        f"{table([('true', '1')], column('签约'), key='c')}</encapsulatedLogic></businessKnowledgeModel>"
    )
    assert [(field, reason.partition("没有规则")[0]) for _, field, reason in model(decision(box), knowledge)] == [
        ("a", "决策“分类”中的“初算”"),
        ("b", "决策“分类”中的“复算”"),
        ("c", "业务知识模型“费率”"),
    ]


def test_several_decisions_are_told_apart() -> None:
    one, two = (decision(table([("> 5", "1")], CAPACITY, key=f"t{key}"), f"第{key}", f"d{key}") for key in "12")
    assert [(field, reason[:6]) for _, field, reason in model(one, two)] == [("t1", "决策“第1”"), ("t2", "决策“第2”")]


def test_a_table_too_wide_to_search_says_so() -> None:
    chance = Random(1)
    columns = "".join(column(f"c{number}", "boolean", f"x{number}") for number in range(60))
    rules = []
    for _ in range(240):
        cells = ["-"] * 60
        for place in chance.sample(range(60), 3):
            cells[place] = chance.choice(["true", "false"])
        rules.append([*cells, "1"])
    found = model(decision(table(rules, columns, "ANY")))
    assert found == [
        ("dmn_search_limit", "t", "决策“分类”的表过宽，没有查完：可能还有未列出的重叠、遗漏或无用的规则"),
    ]
