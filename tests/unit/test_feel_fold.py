from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernel.dmn import load_dmn
from engine.kernel.feel import compile_expression, compile_unary, tree
from engine.kernel.feel.codegen import compile_node
from engine.kernel.feel.expression import BUILTIN_NAMES
from engine.kernel.feel.parser import Parser
from engine.kernel.feel.runtime import Frame, Run


def is_constant(text: str, names: frozenset[str] = frozenset()) -> bool:
    return isinstance(compile_expression(text, names).tree, tree.Constant)


@pytest.mark.parametrize(
    "text",
    [
        'date("2021-12-31")', "date(2021, 12, 31)", 'date(from: "2021-12-31")', 'duration("P3D")', "-(5)", "2 * 50 + 1",
        'date and time("2021-12-31T08:00:00Z")', 'time("08:00:00")', 'date("2021-12-31") + duration("P1D")',
        'number("1 000,5", " ", ",")', "[1..3]", '(date("2021-12-31")..date("2022-12-30"))', "(>5)", '"a" + "b"',
    ],
)  # fmt: skip
def test_conversions_and_arithmetic_of_constants_are_computed_once(text: str) -> None:
    assert is_constant(text)


@pytest.mark.parametrize(
    "text",
    ['date("2021-02-31")', "date(2021, 12)", "1 / 0", 'date(day)', 'now()', 'today()', '["a"..3]', "[1, 2]", '1 + "a"',
     'matches("aaaa", "a+")', "1" + " + 1" * 30],
)  # fmt: skip
def test_all_else_stays_as_it_is_written(text: str) -> None:
    assert not is_constant(text)


def test_the_reason_of_a_null_is_noted_each_time() -> None:
    for _ in range(2):
        notes: list[object] = []
        assert compile_expression('date("2021-02-31")').evaluate({}, None, notes) is None
        assert "2021-02-31" in str(notes[0])


@pytest.mark.parametrize(
    "text",
    [
        "{date: function(x) 7, r: date(1)}.r",
        '{date: function(x) 7, r: date("2021-12-31")}.r',
        '(function(date) date("2021-12-31"))(function(x) 7)',
        'for date in [function(x) 7] return date("2021-12-31")',
    ],
)
def test_a_function_of_that_name_in_the_expression_is_called(text: str) -> None:
    value = compile_expression(text).evaluate({})
    assert value in (7, [7])


def test_names_of_the_scope_are_left_alone() -> None:
    assert not is_constant('date and time("2021-12-31T08:00:00Z")', frozenset({"date and time"}))


def test_cells_hold_constants_too() -> None:
    cell = compile_unary('>= date("2021-12-31"), [duration("P1D")..duration("P2D")]')
    assert all(isinstance(test.operand, tree.Constant) for test in cell.tree.tests)


def test_a_knowledge_model_of_that_name_is_called() -> None:
    data = (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" name="m" namespace="n">'
        '<businessKnowledgeModel id="k" name="date"><encapsulatedLogic><formalParameter name="n"/>'
        "<literalExpression><text>7</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
        '<decision id="d" name="D"><knowledgeRequirement><requiredKnowledge href="#k"/></knowledgeRequirement>'
        '<literalExpression><text>date("2021-12-31")</text></literalExpression></decision></definitions>'
    )
    assert load_dmn(data.encode(), "m.dmn").decide("d", {}).value == 7


ATOMS = st.sampled_from(
    ["1", "2.5", "0", "-3", '"a"', '"2024-02-29"', '"P1D"', '"10:00:00"', "null", "true", "1e6000", "x"]
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = st.sampled_from(["date", "time", "duration", "number", "date and time", "years and months duration"])
    return st.one_of(
        st.tuples(calls, st.lists(inner, min_size=1, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        st.tuples(inner, st.sampled_from("+ - * / **".split()), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}..{p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"(if {p[0]} < {p[1]} then {p[0]} else {p[1]})"),
        inner.map(lambda p: f"-{p}"),
    )


@settings(max_examples=400, derandomize=True, deadline=None)
@given(st.recursive(ATOMS, _grown, max_leaves=8))
def test_folding_changes_neither_values_nor_notes(text: str) -> None:
    plain = compile_node(Parser(text, frozenset(), BUILTIN_NAMES).whole())
    seen: list[object] = []
    notes: list[object] = []
    expected = plain(Frame({"x": Decimal(7)}, None, Run(None, seen)))
    assert compile_expression(text).evaluate({"x": 7}, None, notes) == expected
    assert len(notes) == len(seen)


def test_a_function_of_the_business_holds_for_one_evaluation() -> None:
    expression = compile_expression('limit("A")')
    assert expression.evaluate({}, {"limit": lambda stage: 5}) == 5
    assert expression.evaluate({}, {"limit": lambda stage: 7}) == 7
    assert expression.evaluate({}) is None
    counted = compile_expression("count([1, 2])")
    assert counted.evaluate({}, {"count": lambda items: 9}) == 9
    assert counted.evaluate({}) == 2
