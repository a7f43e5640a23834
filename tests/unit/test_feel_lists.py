from __future__ import annotations

import pytest

from engine.kernel.feel import compile_expression


def ev(text: str, **scope: object) -> object:
    return compile_expression(text).evaluate(scope)


ORDER = {"lines": [{"name": "表", "kW": 3}, {"name": "箱", "kW": 8}, {"name": "线"}], "kW": 11}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1, 2, 3][1]", 1), ("[1, 2, 3][-1]", 3), ("[1, 2, 3][0]", None), ("[1, 2, 3][4]", None), ("[][1]", None),
        ("[1, 2, 3][item > 1]", [2, 3]), ("[][item > 1]", []), ("null[1]", None), ("null[true]", None),
        ('context put({a: 1}, ["b", "c"], 2)', None), ("5[1]", 5), ("5[item > 6]", []),
        ("[{a: 1}, {a: 2, b: 1}].b", [None, 1]), ("[{a: 1}, {a: 2}][a = 2]", [{"a": 2}]), ("{a: {b: 3}}.a.b", 3),
        ("{a: 1}.b", None), ("for i in 1..3 return i * i", [1, 4, 9]), ("for i in 3..1 return i", [3, 2, 1]),
        ("for i in [1, 2], j in [3, 4] return i * j", [3, 4, 6, 8]), ("for i in [1..3] return i", [1, 2, 3]),
        ("for i in 1..4 return if i < 3 then 1 else partial[-1] + partial[-2]", [1, 1, 2, 3]),
        ("for i in 1..3 return count(partial)", [0, 1, 2]), ("for i in 1.5..2 return i", None),
        ("{a: 1, b: a + 1, c: {d: b}}", {"a": 1, "b": 2, "c": {"d": 2}}), ('{"a b": 1, c: a b}.c', 1),
        ("{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r", 120),
    ],
)  # fmt: skip
def test_paths_filters_and_loops(text: str, expected: object) -> None:
    assert ev(text) == expected


def test_filters_look_into_the_item_first_and_then_outwards() -> None:
    assert ev("order.lines[kW > limit].name", order=ORDER, limit=5) == ["箱"]
    assert ev("count(order.lines[item.kW != null])", order=ORDER) == 2
    assert ev("order.lines[2].name", order=ORDER) == "箱"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("list contains([1, null], null)", True), ("sublist([1, 2, 3], 2)", [2, 3]), ("sublist([1, 2, 3], -2, 1)", [2]),
        ("sublist([1, 2, 3], 4)", None), ("append([1], 2, 3)", [1, 2, 3]), ("append(1, [2])", [1, [2]]),
        ("concatenate([1], [2, 3], [4])", [1, 2, 3, 4]), ("insert before([1, 3], 2, 2)", [1, 2, 3]),
        ("remove([1, 2, 3], -1)", [1, 2]), ("reverse([1, 2, 3])", [3, 2, 1]), ("index of([1, 2, 1], 1)", [1, 3]),
        ("union([1, 2], [2, 3])", [1, 2, 3]), ("distinct values([1, 1.0, [1], [1], null, null])", [1, [1], None]),
        ("flatten([[1, [2]], [[[3]]]])", [1, 2, 3]), ("sort([3, 1, 2], function(x, y) x > y)", [3, 2, 1]),
        ("sort([3, 1, 2])", [1, 2, 3]), ("list replace([1, 2, 3], 2, 9)", [1, 9, 3]),
        ("list replace([1, 2, 3], function(item, new) item > 1, 9)", [1, 9, 9]), ("all([true, null])", None),
        ("all([])", True), ("any([false, null])", None), ("any([false, true])", True), ("any([])", False),
        ("get value({a: 1}, \"a\")", 1), ("get entries({a: 1})", [{"key": "a", "value": 1}]),
        ("context([{key: \"a\", value: 1}])", {"a": 1}), ("context put({a: 1}, \"b\", 2)", {"a": 1, "b": 2}),
        ("context put({a: {b: 1}}, [\"a\", \"c\"], 2)", {"a": {"b": 1, "c": 2}}),
        ("context merge([{a: 1}, {a: 2, b: 3}])", {"a": 2, "b": 3}), ("sublist(list: [1, 2], start position: 2)", [2]),
        ("min([@\"P1D\", @\"PT1H\"]) = @\"PT1H\"", True), ("string join([\"a\", null, \"b\"], \"-\")", "a-b"),
        ("insert before([1], 5, 2)", None), ("sublist([1, 2], 1, 0)", None), ("[1, 2][null]", []),
        ('[1, 2]["a"]', None),
        ("list contains(list: [1, null])", True), ("list contains(element: 1)", None),
        ("sort([1, \"a\"])", None), ("list contains(null, 1)", None),
    ],
)  # fmt: skip
def test_functions(text: str, expected: object) -> None:
    assert ev(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("before(1, 10)", True), ("before([1..5), [5..9])", True), ("before([1..5], [5..9])", False),
        ("after([5..9], [1..5))", True), ("meets([1..5], [5..9])", True), ("met by([5..9], (1..5))", False),
        ("overlaps([1..5], [3..8])", True), ("overlaps([1..5), [5..8])", False),
        ("overlaps before([1..5], [3..8])", True), ("overlaps after([3..8], [1..5])", True),
        ("finishes(5, [1..5])", True), ("finishes([3..5], [1..5])", True), ("finished by([1..5], 5)", True),
        ("includes([1..5], 3)", True), ("includes([1..5], [1..5])", True), ("during(3, (3..5])", False),
        ("starts(1, [1..5])", True), ("started by([1..5], [1..3])", True), ("coincides([1..5], [1..5])", True),
        ("coincides(1, 2)", False), ("before(1, null)", None), ('3 in range("[1..5)")', True),
        ('range("[1..x]")', None), ("includes([1..5], \"a\")", None),
    ],
)  # fmt: skip
def test_relations_of_ranges(text: str, expected: object) -> None:
    assert ev(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 instance of number", True), ("null instance of Any", False), ("null instance of Null", True),
        ("[1, 2] instance of list<number>", True), ("[1, \"a\"] instance of list<number>", False),
        ("{a: 1} instance of context<a: number>", True), ("{} instance of context<a: number>", False),
        ("[1..2] instance of range<number>", True), ('@"P1D" instance of days and time duration', True),
        ('@"2024-01-01" instance of date and time', False), ("1 instance of Any", True),
        ("(function(a: number) a) instance of function<number> -> Any", True),
    ],
)  # fmt: skip
def test_instance_of(text: str, expected: object) -> None:
    assert ev(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(function(a, b) a - b)(5, 3)", 2), ("{f: function(a, b) a - b, r: f(b: 5, a: 3)}.r", -2),
        ("(function(a: number) a)(\"x\")", None), ("(function(a: number) a)([5])", 5), ("(function(a) a)()", None),
        ("substring(start position: 3, string: \"foobar\")", "obar"), ("substring(start: 3, string: \"foobar\")", None),
        ("count(1, 2)", None), ("(function(a) external {java: {}})(1)", None),
    ],
)  # fmt: skip
def test_calls(text: str, expected: object) -> None:
    assert ev(text) == expected


def test_functions_of_the_business_are_called_and_their_errors_are_null() -> None:
    functions = {"limit": lambda stage: {"days": 5, "stage": stage}, "broken": lambda: 1 / 0}
    assert compile_expression('limit("SURVEY").days').evaluate({}, functions) == 5
    notes: list[object] = []
    assert compile_expression("broken()").evaluate({}, functions, notes) is None
    assert "broken" in str(notes[0])


def test_a_variable_does_not_hide_the_function_of_its_name() -> None:
    assert ev("count([count, date])", count=3, date="x") == 2
