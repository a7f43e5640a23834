from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import EngineError
from engine.kernel.feel import FeelBudget, FeelSyntaxError, compile_expression, compile_unary
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.table import BUILTINS
from engine.kernel.feel.text import text_of

SCOPE = {
    "x": 7,
    "y": -0.5,
    "text": "横綱 foo bar",
    "flag": True,
    "nothing": None,
    "items": [3, 1, None, "a", {"k": 1}],
    "order": {"capacity_kw": 160, "lines": [{"n": 1}, {"n": 2}]},
    "due": {"@date": "2024-02-29"},
    "span": {"@days_time": "P1DT2H"},
    "first name": "张",
}
NAMES = st.sampled_from(["x", "y", "text", "flag", "nothing", "items", "order", "due", "span", "first name", "ghost"])
LITERALS = st.one_of(
    st.integers(-20, 20).map(str),
    st.decimals(-1000, 1000, allow_nan=False, places=3).map(lambda number: format(number, "f")),
    st.sampled_from(["1e6000", "9999999999999999999999999999999999", "0.1", "true", "false", "null", '""', '"a"']),
    st.sampled_from(['@"2024-02-29"', '@"P1D"', '@"P1Y"', '@"10:00:00"', '@"2024-02-29T10:00:00Z"', '@"P999999999D"']),
    st.sampled_from(['"(a|b)*c"', '"[^x]+"', '"2024-02-30"', '"PT"', '"$1"', '"\\\\d{2,3}"', '"\\uD83D\\uDC0E"']),
)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    triple = st.tuples(inner, inner, inner)
    names = st.sampled_from(sorted(BUILTINS))
    operators = ["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"]
    return st.one_of(
        st.tuples(inner, st.sampled_from(operators), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        st.tuples(names, st.lists(inner, max_size=4)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        triple.map(lambda p: f"(if {p[0]} then {p[1]} else {p[2]})"),
        triple.map(lambda p: f"({p[0]} between {p[1]} and {p[2]})"),
        pair.map(lambda p: f"(for i in {p[0]} return {p[1]})"),
        pair.map(lambda p: f"(for i in {p[0]}..{p[1]} return [i, partial])"),
        pair.map(lambda p: f"(some i in {p[0]} satisfies i = {p[1]})"),
        pair.map(lambda p: f"(every i in {p[0]}, j in {p[1]} satisfies i < j)"),
        pair.map(lambda p: f"{p[0]}[{p[1]}]"),
        pair.map(lambda p: f"[{p[0]}..{p[1]})"),
        st.lists(inner, max_size=4).map(lambda parts: f"[{', '.join(parts)}]"),
        pair.map(lambda p: f"{{a: {p[0]}, b c: {p[1]}, d: a}}"),
        st.tuples(inner, st.sampled_from(["year", "days", "start", "k", "lines", "time offset"])).map(
            lambda p: f"{p[0]}.{p[1]}"
        ),
        inner.map(lambda p: f"-{p}"),
        pair.map(lambda p: f"(function(a, b) {p[0]})({p[1]}, x)"),
        st.tuples(inner, st.sampled_from(["number", "list<Any>", "context<a: string>", "date and time"])).map(
            lambda p: f"({p[0]} instance of {p[1]})"
        ),
    )


EXPRESSIONS = st.recursive(st.one_of(NAMES, LITERALS), _compound, max_leaves=12)
QUIET = settings(deadline=None, max_examples=400, suppress_health_check=list(HealthCheck))


def survives(text: str) -> bool:
    """Whether the text ends in a value or in one of our two errors, and every note can be read."""
    notes: list[object] = []
    try:
        value = compile_expression(text, frozenset({"first name"})).evaluate(SCOPE, {}, notes)
        text_of(value, Run())
    except (FeelSyntaxError, FeelBudget):
        return True
    return all(str(note) for note in notes)


@QUIET
@given(EXPRESSIONS)
def test_well_formed_expressions_raise_nothing_but_ours(text: str) -> None:
    assert survives(text)


@QUIET
@given(st.text(st.sampled_from("abx 019.,:;()[]{}<>=!+-*/\"@'?\\ \n横ifthenorand"), max_size=60))
def test_any_text_raises_nothing_but_ours(text: str) -> None:
    assert survives(text)
    try:
        compile_unary(text).matches(3, {"x": 1})
    except EngineError as error:
        assert isinstance(error, FeelSyntaxError | FeelBudget)


def _shared(levels: int, rest: str) -> str:
    """A context in which each entry holds the one before it twice: small in memory, countless when walked through."""
    return "{x0: [1], " + ", ".join(f"x{n}: [x{n - 1}, x{n - 1}]" for n in range(1, levels)) + f", {rest}}}"


HOSTILE = [
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 5000,
    "-" * 5000 + "1",
    "1" + "+1" * 5000,
    "x" + ".a" * 5000,
    "x" + "[1]" * 5000,
    "true" + " and true" * 5000,
    "1" + " = 1" * 5000,
    "if true then " * 3000 + "1",
    "9**9**9**9**9",
    "10**6000 * 10**6000",
    "9" * 100_000,
    "1e99999999",
    '"' + "a" * 99_990 + '"',
    "for i in 1..1000000 return i",
    "for i in 1..100, j in 1..100, k in 1..100 return 1",
    "for i in 1..9999 return partial",
    "count(for i in 1..9999 return for j in 1..9999 return 1)",
    'for i in 1..60 return string join(for j in 1..9999 return "aaaaaaaaaa", "bbbbbbbbbb")',
    "{f: function(n) f(n + 1), r: f(1)}.r",
    "{f: function(g) g(g), r: f(f)}.r",
    "{f: function(n) [f(n), f(n)], r: f(1)}.r",
    "sort(for i in 1..9999 return -i, function(a, b) count(for i in 1..9999 return i) > 0)",
    "distinct values(for i in 1..9999 return [i])",
    'matches("' + "a" * 30_000 + '!", "(a+)+$")',
    'matches("' + "a" * 3_000 + '!", "(a|aa)+(a|aa)+(a|aa)+$")',
    'matches("aaaa", "((((a{1000}){1000}){1000}){1000})")',
    'replace("' + "a" * 30_000 + '", "a", "' + "b" * 3_000 + '")',
    'matches("x", "' + "(" * 1_500 + '")',
    "decimal(1e6000, 6000)",
    "modulo(1e6000, 1e-6000)",
    "round up(1e-6000, 6000)",
    "floor(1e6144)",
    '@"P999999999D" + @"P999999999D"',
    '@"P999999999D" * 1e30',
    'date("9999-12-31") + @"P1D"',
    'date("0001-01-01") - @"P999999999Y"',
    '@"P999999999Y" * 999999999 * 999999999 * 999999999 * 999999999',
    "x in (x in (x in (" * 500,
    "{a: " * 3000,
    "function(a) " * 3000 + "1",
    '"' + "\\u0041" * 15_000 + '"',
    "/*" * 20_000,
    "exp(99999999999999)",
    "exp(exp(exp(exp(2))))",
    "1.0000001 ** 99999.5",
    "string(1e6144) + string(1e-6143)",
    'context put({}, for i in 1..60 return "a", 1)',
    "context merge(for i in 1..9999 return {a: i})",
    "flatten(for i in 1..9999 return [[[[i]]]])",
    "(for i in 1..9999 return i) = (for i in 1..9999 return i)",
    "union(for i in 1..9999 return {a: i}, [1])",
    "string(" + _shared(40, "z: 1") + ")",
    _shared(40, "z: 1") + " = " + _shared(40, "z: 1"),
    _shared(40, "z: x39 instance of " + "list<" * 39 + "string" + ">" * 39),
    _shared(40, "z: flatten(x39)"),
    _shared(40, "z: distinct values([x39, x38, x39])"),
    _shared(40, "z: x38 in x39"),
    "count(for i in 1..1000 return partial)",
    "{a: for i in 1..900 return partial, b: a = (for i in 1..900 return partial)}",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:30])
def test_hostile_expressions_end_soon(text: str) -> None:
    started = time.perf_counter()
    assert survives(text)
    assert time.perf_counter() - started < 1.0
