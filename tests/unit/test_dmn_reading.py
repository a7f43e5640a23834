from __future__ import annotations

import pytest

from engine.errors import Invalid
from engine.kernel.decided import tellable
from engine.kernel.dmn import load_dmn
from engine.kernel.dmn.reading import as_declared, declared_types, read_inputs
from engine.kernel.feel import FeelBudget
from tests.quotes import QUOTE
from tests.unit.test_dmn_models import decision, literal, model


def data(name: str, kind: str) -> str:
    variable = f'<variable name="{name}" typeRef="{kind}"/>' if kind else ""
    return f'<inputData id="i" name="{name}">{variable}</inputData>'


@pytest.mark.parametrize(
    ("kind", "text", "read"),
    [
        ("date", "2026-03-02", {"@date": "2026-03-02"}),
        ("feel:date", "2026-03-02", {"@date": "2026-03-02"}),
        ("date and time", "2026-03-02T08:20:00+08:00", {"@datetime": "2026-03-02T08:20:00+08:00"}),
        ("dateTime", "2026-03-02T08:20:00", {"@datetime": "2026-03-02T08:20:00"}),
        ("time", "08:20:00", {"@time": "08:20:00"}),
        ("days and time duration", "P1DT2H", {"@days_time": "P1DT2H"}),
        ("years and months duration", "P1Y2M", {"@years_months": "P1Y2M"}),
        ("string", "2026-03-02", "2026-03-02"),
        ("", "2026-03-02", "2026-03-02"),
        ("date", "2 March", "2 March"),
        ("date", {"@date": "2026-03-02"}, {"@date": "2026-03-02"}),
        ("date", 20260302, 20260302),
        ("date", ["2026-03-02", None], [{"@date": "2026-03-02"}, None]),
    ],
)
def test_iso_text_is_read_where_the_input_data_declare_it(kind: str, text: object, read: object) -> None:
    found = model(data("x", kind) + decision("d", "D", literal("x"), "i"))

    assert as_declared(found, {"x": text, "other": "2026-03-02"}, "d") == {"x": read, "other": "2026-03-02"}
    assert tellable(read_inputs(found, {"x": text}, "d")["x"]) == read


def test_components_and_items_of_collections_are_read_by_their_own_types() -> None:
    quote = load_dmn(QUOTE, "quote.dmn")
    plans = [{"on": "2026-03-02", "stays": "P2D", "note": "2026-03-02"}, {"on": "soon", "stays": None}]

    assert as_declared(quote, {"plans": plans}, "planned") == {
        "plans": [
            {"on": {"@date": "2026-03-02"}, "stays": {"@days_time": "P2D"}, "note": "2026-03-02"},
            {"on": "soon", "stays": None},
        ]
    }
    value = quote.decide("planned", read_inputs(quote, {"plans": plans[:1]}, "planned")).value
    assert tellable(value) == [{"@date": "2026-03-04"}]


ALIAS = '<itemDefinition name="tDay"><typeRef>date</typeRef></itemDefinition>'
COLUMN = (
    '<decision id="d" name="D"><decisionTable id="t"><input><inputExpression typeRef="date"><text>day</text>'
    '</inputExpression></input><output name="o"/><rule><inputEntry><text>&gt; date("2026-01-01")</text></inputEntry>'
    "<outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>"
)


def test_named_types_count_as_what_they_are_built_on() -> None:
    found = model(ALIAS + data("x", "tDay") + decision("d", "D", literal("x"), "i"))

    assert as_declared(found, {"x": "2026-03-02"}, "d") == {"x": {"@date": "2026-03-02"}}


def test_a_table_without_input_data_declares_by_its_columns() -> None:
    found = model(COLUMN)

    assert declared_types(found, "d") == {"day": "date"}
    assert found.decide("d", read_inputs(found, {"day": "2026-03-02"}, "d")).value == 1


def test_a_column_says_the_type_where_the_input_data_do_not() -> None:
    required = '<informationRequirement><requiredInput href="#i"/></informationRequirement><decisionTable'
    found = model(data("day", "Any") + COLUMN.replace("<decisionTable", required))

    assert declared_types(found, "d") == {"day": "date"}


def test_inputs_of_required_decisions_are_declared_too() -> None:
    quote = load_dmn(QUOTE, "quote.dmn")

    assert declared_types(quote, "deposit") == {"capacity_kw": "number", "usage": "string"}


@pytest.mark.parametrize(
    ("value", "part"),
    [({"@date": "2026-02-30"}, "@date “2026-02-30”"), ([{"a": {"@decimal": "x"}}], "@decimal “x”"), (1e999, "数字")],
)
def test_what_a_tag_holds_wrongly_is_null_and_said(value: object, part: str) -> None:
    found = model(data("x", "") + decision("d", "D", literal("x"), "i"))
    notes: list[object] = []
    read_inputs(found, {"x": value}, "d", notes)

    assert len(notes) == 1 and part in str(notes[0]) and "“x”" in str(notes[0])


def test_an_unknown_tag_names_the_input() -> None:
    found = model(data("x", "") + decision("d", "D", literal("x"), "i"))
    with pytest.raises(Invalid) as caught:
        read_inputs(found, {"x": {"@day": "2026-03-02"}}, "d")
    deep: object = 1
    for _ in range(200):
        deep = [deep]

    assert [(fault.field, fault.code) for fault in caught.value.faults] == [("x", "bad_value")]
    with pytest.raises(FeelBudget):
        read_inputs(found, {"x": deep}, "d")


def test_a_text_that_is_no_date_is_null_with_the_reason() -> None:
    quote = load_dmn(QUOTE, "quote.dmn")
    outcome = quote.decide("late", read_inputs(quote, {"signed_on": "soon"}, "late"))

    assert outcome.value is None
    assert outcome.notes[0].reason == "输入“signed_on”应为 date，实为 string"
