from __future__ import annotations

import pytest

from engine.kernel.feel import compile_expression
from engine.kernel.feel.regex import compiled
from engine.kernel.feel.runtime import Run


def ev(text: str, **scope: object) -> object:
    return compile_expression(text).evaluate(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a" + "b"', "ab"), (r'"\"\\\n\u6a2a\U01F40E"', '"\\\n横\U0001f40e'), (r'"\uD83D\uDC0E"', "\U0001f40e"),
        ('substring("foobar", 3)', "obar"), ('substring("foobar", 3, 3)', "oba"), ('substring("foobar", -2, 1)', "a"),
        ('substring("foobar", 0)', None), ('substring("\U0001f40eab", 2)', "ab"), ('upper case("aBc4")', "ABC4"),
        ('substring before("foobar", "bar")', "foo"), ('substring before("foobar", "x")', ""),
        ('substring after("foobar", "ob")', "ar"), ('substring after("", "a")', ""),
        ('contains("foobar", "of")', False), ('starts with("foobar", "fo")', True),
        ('ends with("foobar", "r")', True), ('split("John Doe", "\\s")', ["John", "Doe"]),
        ('split("a;b;c;;", ";")', ["a", "b", "c", "", ""]), ('string join(["a", "b"], ", ")', "a, b"),
        ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', "[1=ab][2=]cd"),
        ('replace("abracadabra", "a.*?a", "*")', "*c*bra"), ('replace("hello", "", "-")', None),
        ('replace("a.b", ".", "x", "q")', "axb"), ('replace("ab", "a", "\\\\$")', "$b"),
        ('replace("ab", "a", "$")', None), ('matches("foobar", "^Fo*bar", "i")', True),
        ('matches("a\nb", "a.b")', False), ('matches("a\nb", "a.b", "s")', True),
        ('matches("x\nb", "^b$", "m")', True), ('matches("ab", "(a)\\\\1")', False),
        ('matches("aa", "(a)\\\\1")', True),
        ('matches("a", "\\\\1(a)")', None), ('matches("b", "(a)?b\\\\1")', True),
        ('matches("aBAb", "(ab)\\\\1", "i")', True), ('replace("aabb", "(.)\\\\1", "<$1>")', "<a><b>"),
        ('matches("aa0", "(a)\\\\10")', True), ('matches("横", "\\\\p{IsCJKUnifiedIdeographs}")', True),
        ('matches("横", "\\\\p{IsNowhere}")', None), ('matches("x", "\\\\p{Lx}")', None),
        ('matches("hello world", "hello[ ]world", "x")', True), ('matches("a\n", "^$", "m")', False),
        ('matches("_", "\\\\i")', True), ('matches("7", "\\\\i")', False), ('matches("7", "\\\\c")', True),
        ('string({"a b": 1, "{": 2})', '{"a b": 1, "{": 2}'),
        ('matches("abc", "[a-z-[b]]{3}")', False), ('matches("横綱", "\\\\p{L}{2}")', True),
        ('matches("a", "a b", "x")', False), ('matches("13800001111", "1[3-9]\\\\d{9}")', True),
        ('matches("ab", "(?:a|b)+")', True), ('matches("a", "[")', None), ('matches("]", "[]]")', None),
        ('string(1.50)', "1.5"),
        ('string(1e3)', "1000"), ('string([1, "a", null])', '[1, "a", null]'), ('string({a: "x"})', '{a: "x"}'),
        ("string(null)", None), ("string(true)", "true"), ("string((>5))", "(>5)"),
    ],
)  # fmt: skip
def test_strings(text: str, expected: object) -> None:
    assert ev(text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a*", "baa", (0, 0)), ("a+", "baa", (1, 3)), ("a+?", "baa", (1, 2)),
        ("(a|ab)(c|bcd)", "abcd", (0, 4, 0, 1, 1, 4)), ("(a)|(b)", "b", (0, 1, -1, -1, 0, 1)),
        ("(ab)*", "abab", (0, 4, 2, 4)), ("x{2,3}", "xxxx", (0, 3)), ("x{2,3}?", "xxxx", (0, 2)),
        ("[^a-c]+", "abcde", (3, 5)), ("$", "ab", (2, 2)), ("(a*)*", "aa", (0, 2, 0, 2)),
    ],
)  # fmt: skip
def test_regular_expressions_prefer_what_stands_first(pattern: str, text: str, expected: tuple[int, ...]) -> None:
    assert compiled(pattern, "").search(text, 0, Run()) == expected


def test_nested_quantifiers_take_linear_time() -> None:
    run = Run()
    assert compiled("(a+)+$", "").search("a" * 2000 + "!", 0, run) is None
    assert run.steps < 2001 * 4
