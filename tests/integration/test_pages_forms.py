from __future__ import annotations

import copy

import pytest
from werkzeug.datastructures import MultiDict

from engine.errors import Fault, InvalidForm
from engine.kernel.forms import FormCheck, resolved
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


ROWS = {
    "title": "缺件处理",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["choices"],
        "properties": {
            "choices": {
                "type": "array",
                "title": "缺少的资料",
                "x-rows-from": "missing",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["doc_type", "way"],
                    "x-order": ["name", "reason", "way", "due_on"],
                    "properties": {
                        "doc_type": {"type": "string", "readOnly": True, "title": "编号"},
                        "name": {"type": "string", "readOnly": True, "title": "资料"},
                        "reason": {"type": "string", "readOnly": True, "title": "原因"},
                        "must_now": {"type": "boolean", "readOnly": True, "title": "须即交"},
                        "way": {
                            "type": "string",
                            "title": "处理方式",
                            "x-choices-from": "ways",
                            "enum": ["UPLOAD", "COMMITMENT", "PAPER"],
                            "x-labels": {"COMMITMENT": "签承诺书"},
                        },
                        "due_on": {"type": "string", "format": "date", "title": "补交日期"},
                    },
                },
            },
            "draft": {"title": "承诺书", "x-widget": "letter"},
        },
    },
}
MISSING = [
    {"doc_type": "PROPERTY_CERT", "name": "产权证明", "reason": "PLATFORM_DOWN", "ways": ["COMMITMENT"],
     "due_on": "2026-03-20", "must_now": False},
    {"doc_type": "TAX_QUALIFICATION", "name": "纳税人资格", "reason": "NOT_ON_PLATFORM",
     "ways": ["COMMITMENT", "PAPER"]},
]  # fmt: skip


def rows_of(form, values=None, faults=()):
    [group] = forms.groups(form, values or {}, faults)
    return next(field.rows for field in group.fields if field.widget == "rows")


def page_of(form, values=None):
    """What a browser posts of the page as it stands."""
    sent = []
    for cell in (cell for row in rows_of(form, values) for cell in row):
        texts = [option.value for option in cell.options] if cell.widget in ("fixed", "hidden") else [cell.value]
        sent += [(cell.name, text) for text in texts]
    return MultiDict(sent)


def test_each_entry_is_a_row_of_text_and_inputs():
    first, second = rows_of(resolved(ROWS, {"missing": MISSING}))

    assert [(cell.name, cell.widget, cell.value) for cell in first] == [
        ("choices[0].name", "fixed", "产权证明"),
        ("choices[0].reason", "fixed", "PLATFORM_DOWN"),
        ("choices[0].way", "select", "COMMITMENT"),
        ("choices[0].due_on", "date", "2026-03-20"),
        ("choices[0].doc_type", "hidden", "PROPERTY_CERT"),
        ("choices[0].must_now", "fixed", "false"),
    ]
    assert [option.value for option in second[2].options] == ["COMMITMENT", "PAPER"]
    assert second[2].options[0].label == "签承诺书" and second[2].required
    assert [cell.title for cell in second] == ["纳税人资格"] * 5


def test_rows_survive_the_way_to_the_page_and_back():
    form = resolved(ROWS, {"missing": MISSING})
    value = {"choices": [
        {"doc_type": "PROPERTY_CERT", "name": "产权证明", "reason": "PLATFORM_DOWN", "must_now": False,
         "way": "COMMITMENT", "due_on": "2026-03-18"},
        {"doc_type": "TAX_QUALIFICATION", "name": "纳税人资格", "reason": "NOT_ON_PLATFORM", "way": "PAPER"},
    ]}  # fmt: skip

    assert forms.posted(form["schema"], page_of(form, value)) == value
    FormCheck(form).check(value)


def test_a_fault_of_a_row_stands_in_that_row():
    form = resolved(ROWS, {"missing": MISSING})
    value = forms.posted(form["schema"], page_of(form))
    faults = [Fault("choices[1].way", "missing", "缺少必填项"), Fault("choices", "x", "整体")]
    first, second = rows_of(form, value, faults)

    assert [cell.error for cell in first] == [""] * 6
    assert {cell.name: cell.error for cell in second if cell.error} == {"choices[1].way": "缺少必填项"}
    assert forms.loose_faults(forms.groups(form, value, faults), faults) == []


def test_a_page_older_than_the_rows_is_refused_and_not_read_as_other_rows():
    page = page_of(resolved(ROWS, {"missing": MISSING}), {"choices": [{}, {"way": "PAPER"}]})
    now = resolved(ROWS, {"missing": MISSING[1:]})

    with pytest.raises(InvalidForm) as caught:
        FormCheck(now).check(forms.posted(now["schema"], page))
    assert ("choices", "too_many") in {(fault.field, fault.code) for fault in caught.value.faults}
    assert ("choices[0].doc_type", "not_a_choice") in {(f.field, f.code) for f in caught.value.faults}


def test_optional_rows_that_were_left_blank_are_not_sent_and_faults_find_their_row():
    form = copy.deepcopy(ROWS)
    form["schema"]["properties"]["choices"]["x-rows-optional"] = True
    late = [MISSING[0] | {"ways": ["UPLOAD", "PAPER"], "due_on": None}, MISSING[1]]
    form = resolved(form, {"missing": late})
    page = page_of(form)
    page["choices[1].way"] = "PAPER"
    value = forms.posted(form["schema"], page)
    first, second = rows_of(form, value, [Fault("choices[0].way", "x", "不可")])

    assert [row["doc_type"] for row in value["choices"]] == ["TAX_QUALIFICATION"]
    assert [cell.error for cell in first if cell.error] == []
    assert {cell.name: (cell.value, cell.error) for cell in second if cell.error} == {
        "choices[1].way": ("PAPER", "不可")
    }


def test_no_rows_is_a_list_without_rows():
    form = resolved(ROWS, {"missing": []})

    assert forms.posted(form["schema"], MultiDict()) == {"choices": []}
    assert rows_of(form) == ()


@pytest.mark.parametrize(
    "name", ["choices[0]", "choices[x].way", "choices[-1].way", "choices[99999].way", "choices.way"]
)
def test_names_that_are_no_row_are_not_read(name):
    form = resolved(ROWS, {"missing": MISSING})

    assert forms.posted(form["schema"], MultiDict({name: "PAPER"})) == {"choices": []}
