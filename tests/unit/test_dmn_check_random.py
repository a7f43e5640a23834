from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.kernel.dmn import Model, load_dmn
from engine.kernel.dmn.check import Finding, findings
from engine.kernel.dmn.check.axes import axes_of
from engine.kernel.dmn.check.search import Box, Effort, gaps
from engine.kernel.dmn.table import Table
from engine.kernel.feel import compile_expression, compile_unary
from engine.kernel.feel.runtime import Frame, Run
from engine.kernel.feel.values import Value

KINDS = {
    "number": ["0", "1", "2", "3", "-1", "4", "0.5", "1.5", "2.5"],
    "integer": ["0", "1", "2", "3", "-1", "4"],
    "string": ['"A"', '"B"', '"C"', '""', '"AA"', '"BA"', '"CA"', '"其他"'],
    "boolean": ["true", "false"],
    "date": [f'@"2024-02-{day:02d}"' for day in (26, 28, 29, 25, 27)] + ['@"2024-03-01"'],
    "dateTime": [f'@"2024-02-{day}T08:00:00Z"' for day in (26, 28, 25, 27, 29)],
    "time": [f'@"{hour:02d}:00:00"' for hour in (8, 12, 16, 4, 10, 14, 20)],
    "days and time duration": [f'@"P{days}D"' for days in (2, 4, 1, 3, 5)],
    "years and months duration": [f'@"P{months}M"' for months in (2, 4, 1, 3, 5)],
    "enum": ['"X"', '"Y"', '"Z"'],
    "level": ["1", "5", "10", "3", "7"],
}
"""Values of each type: the first few may be written in cells, all together hit every region that those tell apart."""
N_WRITTEN = {"number": 4, "integer": 4, "string": 3, "dateTime": 2, "time": 3, "enum": 3, "level": 3, "boolean": 2}
TYPES = (
    '<itemDefinition name="enum"><typeRef>string</typeRef><allowedValues><text>"X","Y","Z"</text></allowedValues>'
    '</itemDefinition><itemDefinition name="level"><typeRef>number</typeRef><typeConstraint><text>[1..10]</text>'
    "</typeConstraint></itemDefinition>"
)


@cache
def value(text: str) -> Value:
    return compile_expression(text).evaluate({})


def _cells(kind: str) -> st.SearchStrategy[str]:
    bound = st.sampled_from(KINDS[kind][: N_WRITTEN.get(kind, 2)])
    single = st.one_of(bound, bound, st.just("null"))
    simple = [st.just("-"), bound, st.lists(single, min_size=2, max_size=2).map(", ".join)]
    simple.append(st.lists(single, min_size=1, max_size=2).map(lambda texts: f"not({', '.join(texts)})"))
    if kind not in ("boolean", "enum"):
        simple.append(st.tuples(st.sampled_from(["<", "<=", ">", ">="]), bound).map(" ".join))
        simple.append(st.tuples(bound, bound).map(lambda p: f"[{p[0]}..{p[1]}]"))
        simple.append(st.tuples(bound, bound).map(lambda p: f"({p[0]}..{p[1]})"))
        simple.append(bound.map(lambda text: f"? >= {text}"))
    return st.one_of(simple)


Made = tuple[list[str], list[tuple[str, ...]]]
"""The types of the inputs, and the rules, each closed by its output."""


@st.composite
def tables(draw: st.DrawFn) -> Made:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    row = st.tuples(*map(_cells, kinds), st.sampled_from(["1", "2"]))
    return kinds, draw(st.lists(row, min_size=1, max_size=6))


def load(kinds: Sequence[str], rows: Sequence[Sequence[str]], policy: str) -> Model:
    names = "abc"[: len(kinds)]
    inputs = "".join(
        f'<inputData id="i{name}" name="{name}"><variable typeRef="{kind}"/></inputData>'
        for name, kind in zip(names, kinds, strict=True)
    )
    needs = "".join(
        f'<informationRequirement><requiredInput href="#i{name}"/></informationRequirement>' for name in names
    )
    columns = "".join(
        f'<input label="{name}"><inputExpression><text>{name}</text></inputExpression></input>' for name in names
    )
    rules = "".join(
        "<rule>"
        + "".join(f"<inputEntry><text><![CDATA[{cell}]]></text></inputEntry>" for cell in row[:-1])
        + f"<outputEntry><text>{row[-1]}</text></outputEntry></rule>"
        for row in rows
    )
    return load_dmn(
        f'<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">{TYPES}{inputs}'
        f'<decision id="d" name="D">{needs}<decisionTable id="t" hitPolicy="{policy}">{columns}'
        '<output name="o"><outputValues><text>2,1</text></outputValues></output>'
        f"{rules}</decisionTable></decision></definitions>".encode(),
        "m.dmn",
    )


def decided(model: Model, values: Sequence[Value]) -> tuple[tuple[int, ...], str]:
    """Which rules (from 0) the table says it comes from, and what it noted."""
    notes: list[object] = []
    outcome = model.decide("d", dict(zip("abc", values, strict=False)), None, notes)
    return tuple(rule - 1 for rule in outcome.matched), " ".join(map(str, notes))


def matching(table: Table, values: Sequence[Value]) -> list[int]:
    frame = Frame({}, None, Run())
    rules = ((number, zip(rule.tests, values, strict=True)) for number, rule in enumerate(table.rules))
    return [number for number, cells in rules if all(cell.passes(frame, each) is True for cell, each in cells)]


def null_is_named(table: Table, place: int) -> bool:
    return any("null" in rule.tests[place].text for rule in table.rules)


def grid(table: Table, kinds: Sequence[str], *, nulls: bool) -> Iterator[tuple[Value, ...]]:
    """Inputs that between them hit every region; null where it counts or everywhere."""
    texts = ([*KINDS[kind], *["null"] * (nulls or null_is_named(table, at))] for at, kind in enumerate(kinds))
    return product(*([value(text) for text in column] for column in texts))


def of(found: Sequence[Finding], *codes: str) -> list[Finding]:
    return [each for each in found if each.fault.code in codes]


MANY = settings(max_examples=250, derandomize=True, deadline=None)


@MANY
@given(tables())
def test_overlaps_are_those_that_trying_finds(made: Made) -> None:
    kinds, rows = made
    model = load(kinds, rows, "UNIQUE")
    table = model.graph.tables[0]
    told = of(findings(table), "dmn_overlap")
    pairs: set[tuple[int, ...]] = set()
    for each in told:
        if each.example is not None:
            rules, why = decided(model, each.example)
            assert set(each.rules) <= set(rules)
            assert "同时命中" in why
            pairs.update((one, two) for one in each.rules for two in each.rules if one < two)
    for values in grid(table, kinds, nulls=False):
        rules = matching(table, values)
        asking = any("?" in table.rules[rule].tests[at].text for rule in rules for at in range(len(kinds)))
        if len(rules) > 1 and len(told) <= 5 and not asking:
            assert {(one, two) for one in rules for two in rules if one < two} <= pairs


def _passing(table: Table, place: int, given: Value) -> int:
    frame = Frame({}, None, Run())
    return sum(1 << number for number, rule in enumerate(table.rules) if rule.tests[place].passes(frame, given) is True)


def _holds(box: Box, table: Table, values: Sequence[Value]) -> bool:
    bits = [_passing(table, place, given) for place, given in enumerate(values)]
    return all(any(region.sure == each for region in regions) for regions, each in zip(box, bits, strict=True))


@MANY
@given(tables())
def test_gaps_are_those_that_trying_finds(made: Made) -> None:
    kinds, rows = made
    model = load(kinds, rows, "UNIQUE")
    table = model.graph.tables[0]
    told = of(findings(table), "dmn_gap")
    for each in told:
        assert each.example is None or decided(model, each.example)[0] == ()
    boxes = list(gaps(axes_of(table), table.index.all_rules, Effort()))
    asking = any("?" in cell.text for rule in table.rules for cell in rule.tests)
    for values in grid(table, kinds, nulls=False):
        if not matching(table, values):
            assert told
            assert asking or any(_holds(box, table, values) for box in boxes)


@MANY
@given(tables())
def test_conflicts_are_those_that_trying_finds(made: Made) -> None:
    kinds, rows = made
    model = load(kinds, rows, "ANY")
    table = model.graph.tables[0]
    told = of(findings(table), "dmn_any_conflict")
    for each in told:
        assert each.example is None or "输出不一致" in decided(model, each.example)[1]
    for values in grid(table, kinds, nulls=False):
        if "输出不一致" in decided(model, values)[1]:
            assert told


def _useless(model: Model, kinds: Sequence[str]) -> set[int]:
    table = model.graph.tables[0]
    used: set[int] = set()
    for values in grid(table, kinds, nulls=True):
        used.update(decided(model, values)[0])
    return set(range(len(table.rules))) - used


@pytest.mark.parametrize("policy", ["FIRST", "PRIORITY"])
@MANY
@given(made=tables())
def test_rules_that_never_decide_are_told(policy: str, made: Made) -> None:
    kinds, rows = made
    model = load(kinds, rows, policy)
    table = model.graph.tables[0]
    told = {each.rules[0] for each in of(findings(table), "dmn_hidden", "dmn_never")}
    in_cells = {each.rules[0] for each in of(findings(table), "dmn_empty_interval", "dmn_unknown_value")}
    assert told <= _useless(model, kinds) <= told | in_cells


def test_the_values_that_are_tried_hit_what_lies_between_them() -> None:
    assert compile_unary("> 2").matches(value("2.5"), {})
    assert all(value(text) is not None for texts in KINDS.values() for text in texts)
