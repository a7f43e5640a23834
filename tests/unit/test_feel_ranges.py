from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kernel.feel import compile_expression

# What each relation of DMN 1.5, 10.3.4.9, says of points and bounds, in FEEL itself: a, b are ranges, p, q are points.
STARTS_SOONER = "(a.start < b.start or (a.start = b.start and a.start included and not(b.start included)))"
REACHES = "(a.end > b.start or (a.end = b.start and a.end included and b.start included))"
MEETS_BACK = "(a.start < b.end or (a.start = b.end and a.start included and b.end included))"
ENDS_WITHIN = "(a.end < b.end or (a.end = b.end and (not(a.end included) or b.end included)))"
STARTS_WITHIN = "(a.start > b.start or (a.start = b.start and (not(a.start included) or b.start included)))"
SAME_END = "(a.end included = b.end included and a.end = b.end)"
SAME_START = "(a.start included = b.start included and a.start = b.start)"
HOLDS = "((a.start < p and a.end > p) or (a.start = p and a.start included) or (a.end = p and a.end included))"
RELATIONS = {
    "before(p, q)": "p < q",
    "before(p, a)": "p < a.start or (p = a.start and not(a.start included))",
    "before(a, p)": "a.end < p or (a.end = p and not(a.end included))",
    "before(a, b)": "a.end < b.start or ((not(a.end included) or not(b.start included)) and a.end = b.start)",
    "after(p, q)": "p > q",
    "after(p, a)": "p > a.end or (p = a.end and not(a.end included))",
    "after(a, p)": "a.start > p or (a.start = p and not(a.start included))",
    "after(a, b)": "a.start > b.end or ((not(a.start included) or not(b.end included)) and a.start = b.end)",
    "meets(a, b)": "a.end included and b.start included and a.end = b.start",
    "met by(a, b)": "a.start included and b.end included and a.start = b.end",
    "overlaps(a, b)": f"{REACHES} and {MEETS_BACK}",
    "overlaps before(a, b)": f"{STARTS_SOONER} and {REACHES} and {ENDS_WITHIN}",
    "overlaps after(b, a)": f"{STARTS_SOONER} and {REACHES} and {ENDS_WITHIN}",
    "finishes(p, a)": "a.end included and a.end = p",
    "finishes(a, b)": f"{SAME_END} and {STARTS_WITHIN}",
    "finished by(a, p)": "a.end included and a.end = p",
    "finished by(b, a)": f"{SAME_END} and {STARTS_WITHIN}",
    "includes(a, p)": HOLDS,
    "includes(b, a)": f"{STARTS_WITHIN} and {ENDS_WITHIN}",
    "during(p, a)": HOLDS,
    "during(a, b)": f"{STARTS_WITHIN} and {ENDS_WITHIN}",
    "starts(p, a)": "a.start = p and a.start included",
    "starts(a, b)": f"{SAME_START} and {ENDS_WITHIN}",
    "started by(a, p)": "a.start = p and a.start included",
    "started by(b, a)": f"{SAME_START} and {ENDS_WITHIN}",
    "coincides(p, q)": "p = q",
    "coincides(a, b)": f"{SAME_START} and {SAME_END}",
}
POINTS = st.integers(0, 4)
RANGES = st.builds(
    lambda one, other, opening, closing: f"{opening}{min(one, other)}..{max(one, other)}{closing}",
    POINTS,
    POINTS,
    st.sampled_from("[("),
    st.sampled_from("])"),
)


@pytest.mark.parametrize("relation", RELATIONS)
@given(a=RANGES, b=RANGES, p=POINTS, q=POINTS)
def test_relations_are_those_of_the_specification(relation: str, a: str, b: str, p: int, q: int) -> None:
    scope = {"a": compile_expression(a).evaluate({}), "b": compile_expression(b).evaluate({}), "p": p, "q": q}
    names = frozenset(["start included", "end included"])

    assert compile_expression(relation).evaluate(scope) is compile_expression(RELATIONS[relation], names).evaluate(
        scope
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('range("[1..3]") = [1..3]', True), ('range("]1..3[") = (1..3)', True), ('range("[1..)") = (>=1)', True),
        ('range("(..3]") = (<=3)', True), ('range("[\\"a\\"..\\"c\\"]") = ["a".."c"]', True),
        ('range("[date(\\"2024-01-01\\")..@\\"2024-02-01\\"]").end = @"2024-02-01"', True), ('range("[..]")', None),
        ('range("")', None), ('range("[1..\\"a\\"]")', None), ('range("[3..1]")', None), ('range("[1+1..3]")', None),
        ('range("[x..3]")', None), ('range(">5")', None), ("[3..1]", None), ('[1.."a"]', None), ("5 in [10..1]", None),
        ("1 in [<3]", True), ("[<3, 7][2]", 7), ("{r: >=5}.r.start", 5), ("(<=5).start included", False),
        ("(=5).end", 5), ("5 in (!=5)", False), ("before(null, 1)", None), ('before("a", 1)', None),
        ("coincides([1..5], 5)", None), ("[null..3]", None), ("before(point: 1, range: [3..4])", True),
        ("before(range: 1, point: 2)", None),
    ],
)  # fmt: skip
def test_ranges(text: str, expected: object) -> None:
    assert compile_expression(text).evaluate({}) == expected
