from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernel.dmn import Model, load_dmn
from engine.kernel.feel import compile_unary


def table(
    rules: Sequence[Sequence[str]], policy: str = "UNIQUE", *, outputs: str = '<output name="o"/>', n_inputs: int = 1
) -> Model:
    """A model with inputs a, b, … and one decision "d" whose table has these rules; the last cells are outputs."""
    names = "abcdefgh"[:n_inputs]
    body = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in rule[:n_inputs])
        + "".join(f"<outputEntry><text><![CDATA[{cell}]]></text></outputEntry>" for cell in rule[n_inputs:])
        + "</rule>"
        for rule in rules
    )
    data = "".join(f'<inputData id="i_{name}" name="{name}"/>' for name in names)
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i_{name}"/></informationRequirement>' for name in names
    )
    columns = "".join(f"<input><inputExpression><text>{name}</text></inputExpression></input>" for name in names)
    attributes = f'hitPolicy="{policy}"' if "=" not in policy else policy
    return load_dmn(
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">{data}'
        f'<decision id="d" name="D">{needs}<decisionTable id="t" {attributes}>{columns}{outputs}{body}</decisionTable>'
        "</decision></definitions>".encode(),
        "m.dmn",
    )


OVERLAP = [(">= 10", '"low"'), (">= 20", '"high"'), (">= 30", '"high"')]
ORDERED = '<output name="o"><outputValues><text>"high","low"</text></outputValues></output>'


@pytest.mark.parametrize(
    ("policy", "value", "expected", "matched"),
    [
        ("UNIQUE", 15, "low", (1,)), ("UNIQUE", 25, None, (1, 2)), ("UNIQUE", 5, None, ()),
        ("FIRST", 35, "low", (1,)), ("FIRST", 5, None, ()),
        ("ANY", 15, "low", (1,)), ("ANY", 25, None, (1, 2)),
        ("PRIORITY", 35, "high", (2,)), ("PRIORITY", 15, "low", (1,)),
        ("RULE ORDER", 35, ["low", "high", "high"], (1, 2, 3)), ("RULE ORDER", 5, None, ()),
        ("OUTPUT ORDER", 35, ["high", "high", "low"], (2, 3, 1)),
        ("COLLECT", 25, ["low", "high"], (1, 2)), ("COLLECT", 5, [], ()),
    ],
)  # fmt: skip
def test_hit_policies(policy: str, value: int, expected: object, matched: tuple[int, ...]) -> None:
    outcome = table(OVERLAP, policy, outputs=ORDERED).decide("d", {"a": value})
    assert (outcome.value, outcome.inputs, outcome.matched) == (expected, {"a": Decimal(value)}, matched)


@pytest.mark.parametrize(
    ("aggregation", "value", "expected"),
    [
        ("SUM", 35, Decimal("0.6")), ("MIN", 35, Decimal("0.1")), ("MAX", 35, Decimal("0.3")), ("COUNT", 35, 3),
        ("SUM", 5, None), ("MIN", 5, None), ("COUNT", 5, 0),
    ],
)  # fmt: skip
def test_aggregations(aggregation: str, value: int, expected: object) -> None:
    rules = [(">= 10", "0.1"), (">= 20", "0.2"), (">= 30", "0.3")]
    model = table(rules, f'hitPolicy="COLLECT" aggregation="{aggregation}"')
    assert model.decide("D", {"a": value}).value == expected


def test_any_agrees_and_unique_says_which_rules_collide() -> None:
    assert table([(">1", "5"), (">2", "5.0")], "ANY").decide("d", {"a": 3}).value == 5
    notes: list[object] = []
    assert table(OVERLAP).decide("d", {"a": 35}, None, notes).value is None
    assert "(1, 2, 3)" in str(notes[0])


TWO = (
    '<output name="status" typeRef="string"><outputValues><text>"no","yes"</text></outputValues>'
    '<defaultOutputEntry><text>"open"</text></defaultOutputEntry></output>'
    '<output name="days" typeRef="number"/>'
)


def test_several_outputs_make_a_context_and_defaults_fill_in() -> None:
    rules = [('"x"', "> 1", '"yes"', "a + string(b)"), ('"x","y"', "-", '"no"', "3")]
    model = table(rules, "PRIORITY", outputs=TWO, n_inputs=2)
    assert model.decide("d", {"a": "x", "b": 2}).value == {"status": "no", "days": 3}
    assert model.decide("d", {"a": "x", "b": 2}).matched == (2,)
    assert model.decide("d", {"a": "z", "b": 2}).value == {"status": "open", "days": None}


@pytest.mark.parametrize(
    ("cell", "value", "hit"),
    [
        ("-", None, True), ("", "x", True), ("null", None, True), ("null", 0, False), ('"a"', None, False),
        ("5", 5.0, True), ("5", "5", False), ("true", True, True), ("true", 1, False), ("1", True, False),
        ('not("a")', "b", True), ('not("a")', None, True), ("not(null)", 1, True), ("[1..2), 5", 2, False),
        ("> 1", None, False), ('date("2024-02-29")', {"@date": "2024-02-29"}, True), ("? > 1 and ? < 3", 2, True),
        ("not([1..3))", 3, True), ("not([1..3))", 2, False), ("not(]1..3[)", 3, True),
        ("not((1..3])", 1, True), ("not(? > 3) and not(? < 1)", 2, True), ("not(1, 2)", 3, True),
        ('> @"2024-01-01"', {"@date": "2024-02-29"}, True), ("[2..1]", 2, False), ('"a", 1, true', 1, True),
        ("b", 7, True), ("< b", 6, True),
    ],
)  # fmt: skip
def test_cells(cell: str, value: object, hit: bool) -> None:
    model = table([(cell, "-", "1")], n_inputs=2)
    assert (model.decide("d", {"a": value, "b": 7}).value == 1) is hit


CELLS = st.sampled_from(
    [
        *("-", "5", "< 5", "<= 5", "> 2", ">= 2", "[1..5]", "(1..5]", "[2..7)", "]2..7[", "1, 3, 5", "not(3)", "null"),
        *('"x"', '"x", 4', "true", "false", "= 4", "!= 4", "? > 3", "3, [6..9]", 'not("x", "y")', "< 2, > 6", "0.5"),
    ]
)
INPUTS = st.sampled_from([None, True, False, "x", "y", *range(-1, 10), 0.5, 4.5])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), INPUTS, INPUTS)
def test_the_index_finds_what_cell_by_cell_would(rules: list[tuple[str, str]], one: object, other: object) -> None:
    model = table([(*rule, str(number)) for number, rule in enumerate(rules)], "RULE ORDER", n_inputs=2)
    slowly = tuple(
        number + 1
        for number, (first, second) in enumerate(rules)
        if compile_unary(first).matches(one, {}) is True and compile_unary(second).matches(other, {}) is True
    )
    assert model.decide("d", {"a": one, "b": other}).matched == slowly


def test_a_large_table_is_decided_by_its_index() -> None:
    rules = [(f'"K{n % 20}"', f"[{n // 20 * 10}..{n // 20 * 10 + 9}]", str(n)) for n in range(600)]
    outcome = table(rules, n_inputs=2).decide("d", {"a": "K7", "b": 34})
    assert (outcome.value, outcome.matched) == (67, (68,))
