from __future__ import annotations

import pytest

from engine.errors import ModelRefused
from engine.kernel.feel import FeelSyntaxError, compile_expression


@pytest.mark.parametrize(
    ("text", "position", "word"),
    [
        ("1 +", 3, "结尾"), ("1 + * 2", 4, "“*”"), ('"abc', 0, "引号"), ("(1", 2, "“)”"), ("if 1 then 2", 11, "else"),
        ("a == 1", 3, "“=”"), ("a ＞ 1", 2, "全角"), ("f（1）", 1, "全角"),
        ("1 2", 2, "多余"), ("{a: 1, a: 2}", 7, "重复"),
        ("for x in", 8, "结尾"), ("a & b", 2, "不认识"), ('@"2024-13-01"', 0, "日期"), ("x instance of", 13, "类型"),
        ("f(a: 1, 2)", 8, "名称"), ("", 0, "结尾"), ("[1..2", 5, "区间"), ("'a'", 0, "“'”"), ("1e9999", 0, "范围"),
    ],
)  # fmt: skip
def test_errors_name_the_place(text: str, position: int, word: str) -> None:
    with pytest.raises(FeelSyntaxError) as caught:
        compile_expression(text)
    assert isinstance(caught.value, ModelRefused)
    assert caught.value.position == position
    assert word in caught.value.detail
    assert caught.value.faults[0].code == "feel_syntax"


def test_names_with_blanks_need_no_declaration_but_signs_and_keywords_do() -> None:
    assert compile_expression("monthly  salary * 2").evaluate({"monthly salary": 5}) == 10
    assert compile_expression("profit-loss", frozenset({"profit-loss"})).evaluate({"profit-loss": 3}) == 3
    assert compile_expression("profit - loss", frozenset({"profit-loss"})).evaluate({"profit-loss": 3}) == 3
    assert compile_expression("(profit)-loss", frozenset({"profit-loss"})).evaluate({"profit": 3, "loss": 1}) == 2
    assert compile_expression("{a + b: 1}.a+b").evaluate({}) == 1
    assert compile_expression("owner’s age + 1", frozenset({"owner’s age"})).evaluate({"owner’s age": 3}) == 4
    assert compile_expression("date and time", frozenset()).evaluate({"date": True, "time": False}) is False
    assert compile_expression("terms and conditions", frozenset({"terms and conditions"})).names == {
        "terms and conditions"
    }


def test_free_variables_and_called_functions_are_known() -> None:
    expression = compile_expression(
        'limit("X").days > n and some i in xs satisfies i.a = k and count(ys[b > c]) = 1 and {d: 1, e: d}.e = abs(z)'
    )
    assert expression.functions == {"limit"}
    assert expression.names == {"n", "xs", "k", "ys", "z"}


def test_the_marker_of_other_modelers_comments_and_the_cache() -> None:
    assert compile_expression("= 1 + 1").evaluate({}) == 2
    assert compile_expression("1 /* one */ + 1 // two").evaluate({}) == 2
    assert compile_expression("a + 1") is compile_expression("a + 1")
