from __future__ import annotations

import pytest

from engine.kernel.feel import FeelBudget, FeelSyntaxError, compile_expression
from engine.kernel.feel.runtime import MAX_BYTES, MAX_STEPS, Frame, Run
from tests.expressions.hostile import families, hostile
from tests.expressions.thorough import evaluated


@pytest.mark.parametrize("family", sorted(families()))
def test_hostile_expressions_end_in_a_value_or_in_our_errors(family: str) -> None:
    over = []
    for label, text in families()[family].items():
        course = evaluated(text)
        ended = course.end in ("budget", "unwritten")
        if not ended and (course.run.steps > MAX_STEPS or course.run.bytes > MAX_BYTES):
            over.append((label, course.end, course.run.steps, course.run.bytes))
    assert over == []


def test_there_are_more_than_a_thousand() -> None:
    assert len(set(hostile().values())) > 1_000


@pytest.mark.parametrize(
    "text",
    [
        "{f: function(n) f(n + 1), r: f(1)}.r",
        "for i in 1..1000000 return i",
        "for i in 1..100, j in 1..100, k in 1..100 return 1",
        "for i in 1..9999 return i" + "+1" * 3_000,
        "(for i in 1..9999 return i)[log(item) > 3]",
        "for i in 1..9999 return partial",
        "some i in 1..9999 satisfies i ** 0.5 = 7.5",
        'for i in 1..60 return string join(for j in 1..2000 return "aaaaaaaaaa", "bbbbbbbbbb")',
    ],
)
def test_the_budget_ends_what_would_take_too_long(text: str) -> None:
    with pytest.raises(FeelBudget):
        compile_expression(text).evaluate({})


ITEMS = [
    {"kw": (number * 7919) % 5_003, "name": f"户{number}", "due": {"@date": "2024-02-29"}} for number in range(5_000)
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("count(items[kw > 2500])", sum(item["kw"] > 2_500 for item in ITEMS)),
        ("sum(items.kw)", sum(item["kw"] for item in ITEMS)),
        ("count(for i in items return i.kw * 1.13)", 5_000),
        ("count(for i in 1..5000 return i)", 5_000),
        ('some i in items satisfies i.name = "户4999"', True),
        ("max(items.kw)", max(item["kw"] for item in ITEMS)),
        ('count(items[due < @"2024-03-01"])', 5_000),
        ('count(for i in items return if starts with(i.name, "户1") then i.kw else 0)', 5_000),
    ],
)
def test_a_list_of_five_thousand_is_no_trouble(text: str, expected: object) -> None:
    assert compile_expression(text).evaluate({"items": ITEMS}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "sort(items.kw)",
        "sort(items, function(a, b) a.kw < b.kw).kw",
        "reverse(sort(items, function(a, b) a.kw > b.kw).kw)",
        "reverse(sort(items, function(a, b) b.kw < a.kw).kw)",
        "sort(items.kw, function(x, y) y > x)",
    ],
)
def test_a_list_of_five_thousand_is_sorted(text: str) -> None:
    assert compile_expression(text).evaluate({"items": ITEMS}) == sorted(item["kw"] for item in ITEMS)


@pytest.mark.parametrize("order", ["a.k < b.k", "a.k > b.k", "b.k < a.k", "b.k > a.k"])
@pytest.mark.parametrize(
    "keys", [[2, 1, 2, 3, 1], ["b", "a", "b"], [1, "a"], [None, 1], [{"@date": "2024-02-29"}, {"@date": "2023-01-01"}]]
)
def test_sorting_by_a_part_is_sorting_by_calling(order: str, keys: list[object]) -> None:
    items = {"items": [{"k": key, "n": number} for number, key in enumerate(keys)]}
    quick = compile_expression(f"sort(items, function(a, b) {order})").evaluate(items)
    slow = compile_expression(f"sort(items, function(a, b) if {order} then true else {order})").evaluate(items)
    assert quick == slow


def test_numbers_of_one_hash_are_told_apart_quickly() -> None:
    run = Run()
    numbers = "for i in 1..3000 return i * 2305843009213693951"
    expression = compile_expression(
        f"[count(distinct values({numbers})), count(mode({numbers})), count(mode([1, 1.0, 2]))]"
    )
    assert expression.run(Frame({}, None, run)) == [3000, 3000, 1]


def test_a_replacement_is_refused_before_it_is_made() -> None:
    with pytest.raises(FeelBudget, match="100000"):
        compile_expression(f'replace("{"a" * 2_000}", "a+", "{"$0" * 200}")').evaluate({})


def test_a_text_of_too_many_words_is_refused() -> None:
    with pytest.raises(FeelSyntaxError, match="8000"):
        compile_expression("[" + "1," * 5_000 + "1]")
