from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernel.dmn.index import Column, Index
from engine.kernel.feel import UnaryTests, compile_expression, compile_unary
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Value

ORDERED = {
    "number": ["-1", "0", "1", "1.0", "2.5", "160", "160.001", "1e6000"],
    "string": ['""', '"A"', '"B"', '"AB"', '"a"', '"中"', '"高"'],
    "date": ['date("2021-12-31")', 'date("2022-12-30")', '@"2022-12-31"', '@"0001-01-01"', '@"9999-12-31"'],
    "local": ['@"2021-12-31T00:00:00"', '@"2021-12-31T08:00:00.5"', 'date and time("2022-01-01T00:00:00")'],
    "zoned": ['@"2021-12-31T00:00:00Z"', '@"2021-12-31T08:00:00+08:00"', '@"2021-12-31T08:00:00@Asia/Shanghai"'],
    "time": ['@"00:00:00"', '@"08:00:00"', 'time("23:59:59")'],
    "zoned time": ['@"08:00:00Z"', '@"08:00:00+08:00"', '@"16:00:00+08:00"', '@"08:00:00@Asia/Shanghai"'],
    "days": ['@"-PT1S"', 'duration("P1D")', '@"PT24H"', '@"P3D"'],
    "months": ['@"-P1M"', '@"P1Y"', '@"P12M"'],
}
SINGLE = ["true", "false", "null"]
OTHER = ["[1, 2]", "[]", '["A"]', "{a: 1}", "[1..160]", "(> 5)", "function(x) x", '[date("2021-12-31")]', "[[1]]"]
ANY = [*(text for kind in ORDERED.values() for text in kind), *SINGLE]


@cache
def value(text: str) -> Value:
    return compile_expression(text).evaluate({})


def _bounded(kind: list[str]) -> st.SearchStrategy[str]:
    bound = st.sampled_from(kind)
    brackets = st.tuples(st.sampled_from("[(]"), bound, bound, st.sampled_from("])["))
    return st.one_of(
        bound,
        st.tuples(st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), bound).map(" ".join),
        brackets.map(lambda p: f"{p[0]}{p[1]}..{p[2]}{p[3]}"),
        st.tuples(st.sampled_from(["<", "<=", ">", ">="]), bound).map(lambda p: f"({p[0]} {p[1]})"),
    )


TESTS = st.one_of(
    *map(_bounded, ORDERED.values()),
    st.sampled_from(ANY),
    st.sampled_from(SINGLE).map(lambda text: f"!= {text}"),
    st.lists(st.sampled_from(ANY), max_size=3).map(lambda items: f"[{', '.join(items)}]"),
    st.sampled_from(["? > 1", "x", "> x", "[x]", "[1, [2]]", '["A", x]', "string length(?) > 1", "? = null", "not(?)"]),
)
CELLS = st.one_of(
    st.just("-"),
    st.lists(TESTS, min_size=1, max_size=3).map(", ".join),
    st.lists(TESTS.filter(lambda text: text.count("(") == text.count(")")), min_size=1, max_size=3).map(
        lambda tests: f"not({', '.join(tests)})"
    ),
)
INPUTS = st.sampled_from([*ANY, *OTHER, "0.5", "200", '"AA"', '"zz"', '@"2022-06-01"', '@"1999-01-01"', '@"12:00:00"'])


def by_cells(rules: list[tuple[UnaryTests, ...]], values: list[Value], frame: Frame) -> list[int]:
    pairs = ((number, zip(rule, values, strict=True)) for number, rule in enumerate(rules))
    return [number for number, cells in pairs if all(cell.passes(frame, given) is True for cell, given in cells)]


def scope() -> Frame:
    return Frame({"x": value("2.5")}, None, Run())


@settings(max_examples=600, derandomize=True, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12), st.lists(st.tuples(INPUTS, INPUTS), min_size=4))
def test_the_index_finds_what_every_cell_by_itself_says(
    rows: list[tuple[str, str]], asked: list[tuple[str, str]]
) -> None:
    rules = [tuple(compile_unary(cell) for cell in row) for row in rows]
    index = Index(rules, 2)
    for pair in asked:
        values = [value(text) for text in pair]
        assert index.matching(values, scope()) == by_cells(rules, values, scope())


@pytest.mark.parametrize("kind", ORDERED)
def test_every_ordered_kind_is_found_without_asking_a_cell(kind: str) -> None:
    texts = ORDERED[kind]
    cells = [f">= {texts[0]}", f"not({texts[1]})", f"{texts[0]}, {texts[2]}", f"[{texts[1]}..{texts[2]}]", "null", "-"]
    column = Column([compile_unary(cell) for cell in cells])
    passing, asked = column.passing(value(texts[1]))
    assert not asked
    expected = [compile_unary(cell).matches(value(texts[1]), {}) is True for cell in cells]
    assert [bool(passing >> number & 1) for number in range(len(cells))] == expected


def test_null_and_booleans_are_found_without_asking_a_cell() -> None:
    column = Column([compile_unary(cell) for cell in ["null", "not(null)", "true", "!= false", "-", "> 5"]])
    assert column.passing(None) == (0b011001, 0)
    assert column.passing(True) == (0b011110, 0)


def test_cells_that_need_the_scope_are_asked_only_where_no_other_column_decides() -> None:
    rules = [tuple(map(compile_unary, (f'"{number}"', "> x"))) for number in range(1000)]
    frame = scope()
    assert Index(rules, 2).matching(["7", value("160")], frame) == [7]
    assert frame.run.steps == 1
