from __future__ import annotations

import pytest

from engine.kernel.feel import compile_expression, compile_unary

T, F, N = True, False, None
TRUTH = [
    (T, T, T, T), (T, F, F, T), (T, N, N, T),
    (F, T, F, T), (F, F, F, F), (F, N, F, N),
    (N, T, N, T), (N, F, F, N), (N, N, N, N),
]  # fmt: skip


def ev(text: str, **scope: object) -> object:
    return compile_expression(text).evaluate(scope)


@pytest.mark.parametrize(("left", "right", "both", "either"), TRUTH)
def test_and_or_are_three_valued(left: object, right: object, both: object, either: object) -> None:
    assert ev("a and b", a=left, b=right) is both
    assert ev("a or b", a=left, b=right) is either


@pytest.mark.parametrize("other", ['"x"', "1", "[]", "{}"])
def test_what_is_no_boolean_counts_as_null(other: str) -> None:
    assert ev(f"true and {other}") is None
    assert ev(f"false and {other}") is False
    assert ev(f"true or {other}") is True
    assert ev(f"false or {other}") is None


@pytest.mark.parametrize(("value", "expected"), [("true", F), ("false", T), ("null", N), ("1", N)])
def test_not(value: str, expected: object) -> None:
    assert ev(f"not({value})") is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 = 1.0", T), ("1 = 2", F), ('1 = "1"', N), ("null = null", T), ("1 = null", F), ("null != 1", T),
        ("true = 1", N), ("[1, 2] = [1, 2]", T), ("[1] = [1, 2]", F), ("{a: 1, b: 2} = {b: 2, a: 1}", T),
        ("[1..3] = [1..3]", T), ("[1..3] = [1..3)", F), ('"a" < "b"', T), ("1 < null", N), ("true < false", N),
        ('"a" < 1', N), ("2 >= 2", T), ("2 > 2", F), ("2 <= 1", F),
    ],
)  # fmt: skip
def test_comparison(text: str, expected: object) -> None:
    assert ev(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 between 1 and 5", T), ("0 between 1 and 5", F), ("null between 1 and 5", N),
        ("5 in [1..5]", T), ("5 in [1..5)", F), ("5 in ]5..6]", F), ("5 in [1..5[", F), ("5 in (1..6)", T),
        ("5 in (1, 2, 5)", T), ("5 in (<3, >4)", T), ("5 in >5", F), ("5 in [4, 5]", T), ("5 in ([1..2], [4..6])", T),
        ("5 in [[1..6]]", T), ("null in [1..5]", N), ("null in (null, 1)", T), ("5 in (>4)", T), ("5 in 5", T),
        ('"c" in ["a".."f"]', T), ("1 in [[1]]", T), ("[1, 2] in [1, 2]", F), ("[1, 2] in [[1, 2]]", T),
        ("[1] in [1]", T),
        ("1 in null", N), ("5 in (null)", F), ('5 in "a"', F), ('"a" in (>5)', F), ('"a" in >5', N),
        ("null in (>5)", N),
        ("5 in true", F), ("1 in {a: 1}", F), ("[1..2] in [[1..2]]", T),
        ('@"2026-02-03" in [@"2026-01-01"..@"2026-12-31"]', T), ("5 in != 4", T),
    ],
)  # fmt: skip
def test_membership(text: str, expected: object) -> None:
    assert ev(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if true then 1 else 2", 1), ("if false then 1 else 2", 2), ("if null then 1 else 2", 2),
        ('if "x" then 1 else 2', 2), ("if 1 > 2 then 1 else if 2 > 1 then 5 else 6", 5),
        ("some x in [1, 2] satisfies x > 1", T), ("some x in [1, 2] satisfies x > 2", F),
        ("some x in [1, null] satisfies x > 2", N), ("some x in [] satisfies true", F),
        ("every x in [1, 2] satisfies x > 0", T), ("every x in [1, null] satisfies x > 0", N),
        ("every x in [] satisfies false", T), ("every x in [1, 2], y in [3, 4] satisfies x < y", T),
    ],
)  # fmt: skip
def test_conditionals_and_quantifiers(text: str, expected: object) -> None:
    assert ev(text) == expected


@pytest.mark.parametrize(
    ("cell", "value", "expected"),
    [
        ("-", None, T), ("", 5, T), ("5", 5, T), ("5", 6, F), ('"a","b"', "b", T), ('not("a","b")', "b", F),
        ('not("a","b")', "c", T), ("<5", 4, T), ("<5", None, N), ("[1..5)", 5, F), ("[1..5], 9", 9, T),
        ("true", True, T), ("true", False, F), ("null", None, T), ("null", 1, F), ("? > 3 and ? < 5", 4, T),
        ("? > 3 and ? < 5", 5, F), ('starts with(?, "a")', "abc", T), ("limit", 7, T), ("> limit", 8, T),
        ("limit > 5", 99, T), ("limit > 9", 99, F), ("[5, 7]", 7, T), ("5, null", None, T), ("!= 3", 4, T),
        ("-5", -5, T), ("not(> 3)", 2, T), ("not(true)", False, T), ("5 + 2", 7, T), ("?", True, T),
    ],
)  # fmt: skip
def test_unary_tests(cell: str, value: object, expected: object) -> None:
    assert compile_unary(cell).matches(value, {"limit": 7}) is expected


def test_notes_say_where_and_why() -> None:
    notes: list[object] = []
    assert compile_expression("1 + ghost").evaluate({}, None, notes) is None
    assert [str(note) for note in notes] == [
        "第 5 个字符：没有名为“ghost”的变量（1 + ghost）",
        "第 1 个字符：number + Null 没有意义（1 + ghost）",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(x: number, y: number) x + y) instance of function<number, number>->number", T),
        ("(function(x: number) x > 1) instance of function<number>->boolean", T),
        ('(function() "a" + "b") instance of function<>->string', T),
        ("(function() [1, 2]) instance of function<>->list<number>", T),
        ('(function() {a: 1, b: "x"}) instance of function<>->context<a: number, b: string>', T),
        ("(function(x) if true then 1 else 2) instance of function<Any>->number", T),
        ("(function(x) x + 1) instance of function<Any>->number", F),  # it may be a duration
        ("(function(x: number) x) instance of function<Any>->number", F),
        ("(function(x: Any) 1) instance of function<number>->Any", T),
        ("(function(x: number) x)(y: 1)", N), ("(function(x, y) y = null)(x: 1)", T),
        ("1 instance of nowhere", N), ("[1] instance of list", N), ("{} instance of context", N),
    ],
)  # fmt: skip
def test_functions_have_types(text: str, expected: object) -> None:
    assert ev(text) is expected
