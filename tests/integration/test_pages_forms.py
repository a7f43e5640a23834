from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from engine.errors import Fault
from web import forms

SURVEY = {
    "title": "现场勘查",
    "order": ["can_supply", "visited_at"],
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["can_supply", "approved_kw", "note"],
        "properties": {
            "approved_kw": {"type": "number", "title": "批准容量", "x-unit": "kW", "minimum": 0, "maximum": 160},
            "can_supply": {"type": "boolean", "title": "是否具备供电条件"},
            "visited_at": {"type": "string", "format": "date-time", "title": "勘查时间"},
            "on": {"type": "string", "format": "date", "title": "日期"},
            "mode": {"type": "string", "enum": ["A", "B"], "x-labels": {"A": "甲"}, "title": "方式"},
            "phases": {"type": "integer", "title": "相数"},
            "papers": {"type": "array", "items": {"enum": ["ID", "DEED"], "x-labels": {"ID": "证件"}}, "title": "材料"},
            "note": {"anyOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "title": "备注"},
        },
    },
}


def fields(values=None, faults=()):
    return {field.name: field for group in forms.groups(SURVEY, values or {}, faults) for field in group.fields}


def test_each_kind_of_value_has_its_input():
    widgets = {name: field.widget for name, field in fields().items()}

    assert widgets == {"can_supply": "yesno", "visited_at": "datetime", "approved_kw": "number", "on": "date",
                       "mode": "select", "phases": "number", "papers": "checks", "note": "text"}  # fmt: skip
    assert list(widgets)[:2] == SURVEY["order"]
    assert fields()["phases"].attributes["step"] == 1
    assert fields()["approved_kw"].attributes == {"min": 0, "max": 160, "step": "any"}
    assert [option.label for option in fields()["mode"].options] == ["甲", "B"]


def test_required_may_not_be_blank_unless_null_is_a_value():
    assert fields()["approved_kw"].required
    assert not fields()["note"].required


def test_a_fault_stands_beside_its_field_and_the_rest_on_top():
    faults = [Fault("approved_kw", "maximum", "不得大于 160"), Fault("elsewhere", "x", "别处")]

    assert fields(faults=faults)["approved_kw"].error == "不得大于 160"
    assert forms.loose_faults(forms.groups(SURVEY, {}), faults) == [faults[1]]


def test_a_value_survives_the_way_to_the_page_and_back():
    value = {"approved_kw": 12.5, "can_supply": False, "visited_at": "2026-03-02T08:20:00+08:00", "on": "2026-03-02",
             "mode": "A", "phases": 3, "papers": ["ID", "DEED"], "note": "好"}  # fmt: skip
    page = MultiDict((name, item) for name, field in fields(value).items()
                     for item in (field.value if isinstance(field.value, list) else [field.value]))  # fmt: skip

    assert forms.posted(SURVEY["schema"], page) == value


def test_blank_inputs_are_left_out_and_null_is_kept_where_it_is_asked_for():
    page = MultiDict({"approved_kw": " ", "note": "", "mode": ""})

    assert forms.posted(SURVEY["schema"], page) == {"note": None}


@pytest.mark.parametrize("text", ["1e999", "nan", "１２", "twelve", "1-2", "9" * 21, "0x10", "1_000"])
def test_what_is_no_plain_number_is_left_for_the_check(text):
    assert forms.posted(SURVEY["schema"], MultiDict({"approved_kw": text}))["approved_kw"] == text


def test_wall_time_is_shanghai_time_and_nonsense_stays_nonsense():
    read = [forms.posted(SURVEY["schema"], MultiDict({"visited_at": text}))["visited_at"]
            for text in ("2026-03-02T08:20", "2026-03-02T08:20:00+00:00", "yesterday")]  # fmt: skip

    assert read == ["2026-03-02T08:20:00+08:00", "2026-03-02T08:20:00+00:00", "yesterday"]


def test_nested_objects_are_groups_and_an_untouched_optional_one_is_left_out():
    nested = {"schema": {"type": "object", "properties": {
        "agent": {"anyOf": [{"type": "object", "title": "代办人", "properties": {"name": {"type": "string"}}},
                            {"type": "null"}]},
    }}}  # fmt: skip

    titles = [(group.title, [field.name for field in group.fields]) for group in forms.groups(nested, {})]

    assert titles == [("", []), ("代办人", ["agent.name"])]
    assert forms.posted(nested["schema"], MultiDict({"agent.name": ""})) == {}
    assert forms.posted(nested["schema"], MultiDict({"agent.name": "甲"})) == {"agent": {"name": "甲"}}
