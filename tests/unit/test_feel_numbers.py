from __future__ import annotations

from decimal import Decimal

import pytest

from engine.kernel.feel import compile_expression


def ev(text: str, **scope: object) -> object:
    return compile_expression(text).evaluate(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1 + 0.2", "0.3"), ("1 / 3", "0." + "3" * 34), ("2 / 3", "0." + "6" * 33 + "7"), ("-3 ** 2", "9"),
        ("2 ** 3 ** 2", "64"), ("10 - 2 - 3", "5"), ("10 - -5", "15"), ("2 * 3 + 4 * 5", "26"), ("-(2 + 3)", "-5"),
        (".5 + 1.25", "1.75"), ("1.5e3", "1500"), ("1E-2", "0.01"), ("9 ** 9 ** 7", "9 ** 63"), ("4 ** 0.5", "2"),
        ("9999999999999999999999999999999999 + 1", "1e34"), ("1.00 - 1", "0"), ("2 ** -1", "0.5"), ("0 ** 0", "1"),
    ],
)  # fmt: skip
def test_arithmetic(text: str, expected: str) -> None:
    wanted = Decimal(9**63) if expected == "9 ** 63" else Decimal(expected)
    result = ev(text)
    assert isinstance(result, Decimal)
    assert abs(result - wanted) <= abs(wanted) * Decimal("1e-33")


@pytest.mark.parametrize(
    "text",
    ["1 / 0", "0 ** -1", "1 + null", "null * 2", '"a" + 1', "true + 1", "10 ** 100000 * 10 ** 100000", "sqrt(-1)",
     "log(0)",
     "modulo(1, 0)", "(-8) ** 0.5", '-"a"', "exp(1000000)", "decimal(1, 7000)", "odd(1.5)"],
)  # fmt: skip
def test_no_result_is_null(text: str) -> None:
    assert ev(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("decimal(2.5, 0)", "2"), ("decimal(3.5, 0)", "4"), ("decimal(1/3, 2)", "0.33"), ("decimal(1234, -2)", "1200"),
        ("floor(1.5)", "1"), ("floor(-1.5)", "-2"), ("floor(-1.56, 1)", "-1.6"), ("ceiling(1.5)", "2"),
        ("ceiling(-1.56, 1)", "-1.5"), ("round up(5.5, 0)", "6"), ("round up(-5.5, 0)", "-6"),
        ("round up(1.121, 2)", "1.13"), ("round down(5.5, 0)", "5"), ("round down(-1.126, 2)", "-1.12"),
        ("round half up(5.5, 0)", "6"), ("round half up(-1.125, 2)", "-1.13"), ("round half down(5.5, 0)", "5"),
        ("round half down(-1.126, 2)", "-1.13"), ("abs(-3)", "3"), ("modulo(12, 5)", "2"), ("modulo(-12, 5)", "3"),
        ("modulo(12, -5)", "-3"), ("modulo(10.1, 4.5)", "1.1"), ("sqrt(16)", "4"), ("exp(0)", "1"), ("log(1)", "0"),
        ("sum(1, 2, 3)", "6"), ("sum([0.1, 0.2])", "0.3"), ("mean([1, 2, 3])", "2"), ("median(8, 2, 5, 3, 4)", "4"),
        ("median([6, 1, 2, 3])", "2.5"), ("product([2, 3, 4])", "24"), ("min(3, 1, 2)", "1"), ("max([3, 1, 2])", "3"),
        ("count([1, null])", "2"), ('number("1 000,5", " ", ",")', "1000.5"), ('number("1,000.5", ",", ".")', "1000.5"),
        ('number("-.5")', "-0.5"), ("string length(\"横綱\")", "2"),
    ],
)  # fmt: skip
def test_functions_of_numbers(text: str, expected: str) -> None:
    assert ev(text) == Decimal(expected)


@pytest.mark.parametrize(
    "text",
    ["sum([])", "mean([])", "min([])", "median([])", "stddev(1)", 'sum([1, "a"])', 'min(1, "a")', "min(1, null)",
     'number("1.000,5", ".", ".")', 'number("a")', 'number("1 000")', "count(null)"],
)  # fmt: skip
def test_functions_without_a_result(text: str) -> None:
    assert ev(text) is None


def test_stddev_and_mode() -> None:
    assert round(ev("stddev(2, 4, 7, 5)"), 9) == Decimal("2.081665999")  # type: ignore[call-overload]
    assert ev("mode([6, 1, 9, 6, 1])") == [1, 6]
    assert ev("mode([])") == []


def test_json_numbers_are_exact_and_booleans_are_none() -> None:
    assert ev("x + 0.2", x=0.1) == Decimal("0.3")
    assert ev("x = 1", x=True) is None
    assert ev("x * 2", x=2**60) == Decimal(2**61)
    assert ev("x", x=float("nan")) is None
