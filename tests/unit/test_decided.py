from __future__ import annotations

from decimal import Decimal

import pytest

from engine.kernel.decided import MAX_BYTES, N_MAX_RULES, decided, decided_json, hidden, hidden_notes, tellable
from engine.kernel.dmn import Taken, load_dmn
from engine.kernel.feel import Note
from engine.kernel.feel.values import Function
from engine.kernel.forms import free_texts
from engine.kernel.marked import marked
from tests.quotes import QUOTE

MODEL = load_dmn(QUOTE, "quote.dmn")
LABEL = {"key": "p", "title": "试验", "version": 3}


@pytest.mark.parametrize(
    ("value", "private", "kept"),
    [
        ("张三要求", {"张三要求"}, {"@withheld": 4}),
        ("备注：张三要求早日通电", {"张三要求"}, {"@withheld": 11}),
        ({"a": ["张三要求", 5, None]}, {"张三要求"}, {"a": [{"@withheld": 4}, 5, None]}),
        ("LV_RES", {"LV"}, "LV_RES"),
        ("LV", {"LV"}, {"@withheld": 2}),
        ("LV_RES", set(), "LV_RES"),
        (12, {"12"}, 12),
    ],
)
def test_what_a_person_wrote_is_withheld_wherever_it_went(value, private, kept):
    assert hidden(value, private) == kept


def test_notes_do_not_quote_what_a_person_wrote():
    text = "张" * 60
    notes = [Note(3, f"“{text[:40]}”不是数字", "number(remark)"), Note(3, f"“{text[:40]}”不是数字", "number(remark)")]

    assert hidden_notes(notes, {text}) == (Note(3, "“…”不是数字", "number(remark)"),)


def test_the_record_keeps_no_value_without_bounds_and_no_function():
    function = Function("f", ("a", "b"), lambda run, values: None)
    taken = Taken("grade", "Grade", {"long": "x" * MAX_BYTES, "f": {"g": function}}, [Decimal(1)])
    [found] = decided(MODEL, [taken])

    assert found.inputs == {"long": {"@large": MAX_BYTES + 2}, "f": {"g": {"@function": "f(a, b)"}}}
    assert found.output == [1]
    assert tellable(function) == {"@function": "f(a, b)"}


def test_of_thousands_of_matching_rules_only_the_first_are_recorded():
    numbers = tuple(range(1, 1001))
    [found] = decided(MODEL, [Taken("grade", "Grade", {}, [], numbers, tuple(f"r{n}" for n in numbers))])

    assert (len(found.matched), len(found.rules), found.matched[-1]) == (N_MAX_RULES, N_MAX_RULES, N_MAX_RULES)
    assert found.notes[-1].reason == "另有 800 条规则命中，未逐一记录"


def test_a_decision_is_told_with_where_it_came_from_and_nothing_empty():
    outcome = MODEL.decide("deposit", {"capacity_kw": 630, "usage": "X"})
    grade, deposit = (decided_json(each, LABEL) for each in decided(MODEL, outcome.taken, "r"))

    assert grade == {
        "element": "r", "decision": "grade", "name": "Grade", "table": MODEL.digest, "file": "quote.dmn",
        "from": LABEL, "rules": [1], "rule_ids": ["grade_1"], "asked": [{"column": 2, "value": False}],
        "for": "deposit", "inputs": {"capacity_kw": 630, "usage": "X"}, "output": "A",
    }  # fmt: skip
    assert deposit == {
        "element": "r", "decision": "deposit", "name": "Deposit", "table": MODEL.digest, "file": "quote.dmn",
        "from": LABEL, "rules": [], "within": [{"table": "rates", "rules": [1]}],
        "inputs": {"Grade": "A", "capacity_kw": 630}, "output": 63000,
    }  # fmt: skip


def test_free_texts_of_a_form_are_those_without_list_format_or_pattern():
    text = {"type": "string"}
    properties = {
        "remark": text,
        "maybe": {"type": ["string", "null"], "maxLength": 9},
        "code": text | {"pattern": "^X"},
        "on": text | {"format": "date"},
        "kind": text | {"enum": ["A"]},
        "fixed": text | {"const": "A"},
        "n": {"type": "number"},
        "people": {"type": "array", "items": {"type": "object", "properties": {"who": text, "n": {"type": "integer"}}}},
        "lines": {"type": "array", "items": text},
    }

    assert set(free_texts({"schema": {"type": "object", "properties": properties}})) == {
        "remark", "maybe", "who", "lines",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "position", "parts"),
    [
        ("a + missing * 2", 4, ("a + ", "missing", " * 2")),
        ("a >= 5", 2, ("a ", ">=", " 5")),
        ("= a > 1", 1, (" ", "a", " > 1")),
        ("  a > 1", 0, ("", "a", " > 1")),
        ("sum(Lines.kW)", 3, ("", "sum", "(Lines.kW)")),
        ("sum(Lines.kW)", 9, ("sum(Lines", ".kW", ")")),
        ('"半载" + n', 0, ("", '"半载"', " + n")),
        ("a", 99, ("a", "", "")),
        ("", 0, ("", "", "")),
    ],
)
def test_the_place_at_fault_is_marked_as_the_parser_counts(source, position, parts):
    assert marked(source, position) == parts


def test_of_a_long_expression_only_what_is_near_is_shown():
    before, at, after = marked("a" * 500 + " + missing + " + "b" * 500, 503)

    assert at == "missing"
    assert before.startswith("…") and after.endswith("…") and len(before) < 200 and len(after) < 200
