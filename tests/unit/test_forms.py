from __future__ import annotations

import copy

import pytest

from engine.errors import InvalidForm
from engine.kernel.forms import MAX_DEPTH, FormCheck, free_texts, is_dynamic, may_stay_blank, resolved
from engine.kernel.resolving import N_MAX_ROWS

SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["load_kw", "done_on"],
    "properties": {
        "load_kw": {"type": "number", "minimum": 1, "maximum": 160, "multipleOf": 0.5},
        "done_on": {"type": "string", "format": "date"},
        "seen_at": {"type": "string", "format": "date-time"},
        "kind": {"enum": ["A", "B"], "x-labels": {"A": "甲"}},
        "ok": {"const": True},
        "note": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "meters": {
            "type": "array",
            "maxItems": 2,
            "uniqueItems": True,
            "items": {"type": "object", "required": ["no"], "properties": {"no": {"type": "string"}}},
        },
        "free": {},
    },
}
GOOD = {"load_kw": 12.5, "done_on": "2026-03-02"}
CHECK = FormCheck({"title": "t", "schema": SCHEMA})


def faults(**changes):
    values = {key: value for key, value in (GOOD | changes).items() if value is not ...}
    with pytest.raises(InvalidForm) as caught:
        CHECK.check(values)
    return [(fault.field, fault.code) for fault in caught.value.faults]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"seen_at": "2026-03-02T09:00:00+08:00", "kind": "A", "ok": True, "note": "abc"},
        {"meters": [{"no": "1"}, {"no": "2"}]},
    ],
)
def test_good_values_pass(more):
    assert CHECK.check(GOOD | more) is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"load_kw": ...}, [("load_kw", "missing")]),
        ({"load_kw": "12"}, [("load_kw", "wrong_type")]),
        ({"load_kw": True}, [("load_kw", "wrong_type")]),
        ({"load_kw": 0.5}, [("load_kw", "too_small")]),
        ({"load_kw": 161}, [("load_kw", "too_large")]),
        ({"load_kw": 1.3}, [("load_kw", "bad_step")]),
        ({"done_on": "2026-02-30"}, [("done_on", "bad_format")]),
        ({"done_on": "20260302"}, [("done_on", "bad_format")]),
        ({"seen_at": "2026-03-02T09:00:00"}, [("seen_at", "bad_format")]),
        ({"kind": "C"}, [("kind", "not_a_choice")]),
        ({"ok": False}, [("ok", "not_a_choice")]),
        ({"note": "a"}, [("note", "too_short")]),
        ({"note": "abcdef"}, [("note", "too_long")]),
        ({"note": "AB"}, [("note", "bad_format")]),
        ({"meters": [{}]}, [("meters[0].no", "missing")]),
        ({"meters": [{"no": "1"}] * 2}, [("meters", "repeated")]),
        ({"meters": [{"no": str(n)} for n in range(3)]}, [("meters", "too_many")]),
        ({"other": 1}, [("other", "unknown_field")]),
        ({"load_kw": -1, "done_on": 3}, [("done_on", "wrong_type"), ("load_kw", "too_small")]),
    ],
)
def test_every_fault_names_its_field(changes, expected):
    assert faults(**changes) == expected


def nested(depth):
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"@decimal": "1"}, "reserved_key"),
        ({"a": [{"@date": "2026-01-01"}]}, "reserved_key"),
        ({"": 1}, "reserved_key"),
        (float("nan"), "bad_value"),
        (float("inf"), "bad_value"),
        (2**63, "bad_value"),
        ("\ud800", "bad_value"),
        ("a\x00b", "bad_value"),
        ("x" * 20_001, "bad_value"),
        (nested(MAX_DEPTH + 1), "too_big"),
        (list(range(3_000)), "too_big"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_cannot_be_stored_is_refused(value, code):
    assert [found for _, found in faults(free=value)] == [code]


def test_reasons_are_chinese_and_show_no_value():
    with pytest.raises(InvalidForm) as caught:
        CHECK.check({"load_kw": 330102, "done_on": "13900138001", "note": "330102199003070019"})
    said = str(caught.value) + "".join(fault.reason for fault in caught.value.faults)

    assert "不得大于 160" in said
    assert "330102" not in said and "13900138001" not in said


def test_choices_are_named_by_their_labels():
    with pytest.raises(InvalidForm, match="甲、B"):
        CHECK.check(GOOD | {"kind": "C"})


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
                    "properties": {
                        "doc_type": {"type": "string", "readOnly": True},
                        "due_on": {"type": "string", "format": "date", "readOnly": True},
                        "way": {"type": "string", "enum": ["UPLOAD", "COMMITMENT", "PAPER"], "x-choices-from": "ways"},
                        "on": {"type": "string", "format": "date"},
                    },
                },
            },
            "scope": {"type": "array", "x-options-from": "missing"},
            "hall": {"type": "string", "x-options-from": "halls"},
        },
    },
}
MISSING = [
    {"doc_type": "PROPERTY_CERT", "name": "产权证明", "ways": ["COMMITMENT"], "due_on": {"@date": "2026-03-20"}},
    {"doc_type": "TAX_QUALIFICATION", "name": "纳税人资格", "ways": ["COMMITMENT", "PAPER"], "on": "2026-03-02"},
]
FIRST = {"doc_type": "PROPERTY_CERT", "due_on": "2026-03-20", "way": "COMMITMENT"}
SECOND = {"doc_type": "TAX_QUALIFICATION", "way": "PAPER", "on": "2026-03-01"}


def row_faults(values, optional=False, **variables):
    form = copy.deepcopy(ROWS)
    form["schema"]["properties"]["choices"] |= {"x-rows-optional": optional}
    with pytest.raises(InvalidForm) as caught:
        FormCheck(resolved(form, {"missing": MISSING, "halls": ["A1"], **variables})).check(values)
    return [(fault.field, fault.code) for fault in caught.value.faults]


def test_a_form_with_rows_takes_a_row_for_each_entry():
    form = resolved(ROWS, {"missing": MISSING, "halls": ["A1"]})
    value = {"choices": [FIRST, SECOND], "scope": ["PROPERTY_CERT"], "hall": "A1"}

    assert FormCheck(form).check(value) is None
    assert is_dynamic(ROWS) and not is_dynamic(form)
    assert "x-rows-from" in ROWS["schema"]["properties"]["choices"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"choices": [FIRST]}, [("choices", "too_few")]),
        ({"choices": [FIRST, SECOND, SECOND]}, [("choices", "too_many")]),
        ({"choices": [SECOND, FIRST]}, [("choices[0].doc_type", "not_a_choice"), ("choices[0].due_on", "missing"),
                                        ("choices[0].way", "not_a_choice"), ("choices[1].doc_type", "not_a_choice"),
                                        ("choices[1].due_on", "unknown_field")]),
        ({"choices": [FIRST | {"way": "PAPER"}, SECOND]}, [("choices[0].way", "not_a_choice")]),
        ({"choices": [FIRST, SECOND | {"way": "UPLOAD"}]}, [("choices[1].way", "not_a_choice")]),
        ({"choices": [FIRST | {"due_on": "2026-04-20"}, SECOND]}, [("choices[0].due_on", "not_a_choice")]),
        ({"choices": [FIRST, {"doc_type": "TAX_QUALIFICATION"}]}, [("choices[1].way", "missing")]),
        ({"choices": [FIRST, SECOND | {"on": "soon"}]}, [("choices[1].on", "bad_format")]),
        ({"choices": [FIRST, SECOND | {"name": "x"}]}, [("choices[1].name", "unknown_field")]),
        ({"choices": [FIRST, SECOND], "scope": ["DEED"]}, [("scope[0]", "not_a_choice")]),
        ({"choices": [FIRST, SECOND], "scope": ["PROPERTY_CERT"] * 2}, [("scope", "repeated")]),
        ({"choices": [FIRST, SECOND], "hall": "B1"}, [("hall", "not_a_choice")]),
    ],
)  # fmt: skip
def test_what_is_outside_the_rows_of_the_moment_is_refused_at_its_place(changes, expected):
    assert row_faults(changes) == expected


@pytest.mark.parametrize("missing", [None, [], "text", [1, "x"], {"a": 1}])
def test_without_rows_nothing_may_be_sent(missing):
    form = FormCheck(resolved(ROWS, {"missing": missing}))

    assert form.check({"choices": []}) is None
    assert row_faults({"choices": [FIRST]}, missing=missing) == [("choices", "too_many")]
    assert row_faults({"choices": [FIRST, SECOND], "hall": "A1"}, halls=missing) == [("hall", "not_a_choice")]


@pytest.mark.parametrize("sent", [[], [FIRST], [SECOND], [FIRST, SECOND]])
def test_optional_rows_may_be_left_out(sent):
    form = copy.deepcopy(ROWS)
    form["schema"]["properties"]["choices"]["x-rows-optional"] = True

    assert FormCheck(resolved(form, {"missing": MISSING})).check({"choices": sent}) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([SECOND | {"way": "UPLOAD"}], [("choices[0].way", "not_a_choice")]),
        ([FIRST, FIRST | {"on": "2026-03-01"}], [("choices", "repeated")]),
        ([{"doc_type": "DEED", "way": "PAPER"}], [("choices[0]", "not_allowed")]),
        ([FIRST | {"due_on": "2027-01-01"}], [("choices[0]", "not_allowed")]),
        (["x"], [("choices[0]", "not_allowed")]),
        ([FIRST, SECOND, FIRST], [("choices", "repeated"), ("choices", "too_many")]),
    ],
)
def test_of_optional_rows_each_is_one_of_the_list_and_once(sent, expected):
    assert row_faults({"choices": sent}, optional=True) == expected


def test_rows_start_from_what_they_know():
    first, second = resolved(ROWS, {"missing": MISSING})["schema"]["properties"]["choices"]["x-rows"]

    assert first["properties"]["way"]["default"] == "COMMITMENT"  # the only choice
    assert "default" not in second["properties"]["way"]
    assert second["properties"]["on"]["default"] == "2026-03-02"
    assert "due_on" not in second["properties"]


def test_chosen_values_are_no_free_text():
    assert set(free_texts(ROWS)) == set()
    assert set(free_texts({"schema": {"properties": {"sign": {"type": "string", "x-widget": "signature"}}}})) == {
        "sign"
    }


def test_a_list_without_end_makes_no_form_without_end():
    form = resolved(ROWS, {"missing": MISSING * 5_000})

    assert len(form["schema"]["properties"]["choices"]["x-rows"]) == N_MAX_ROWS


BRANCHES = {
    "schema": {
        "properties": {"changed": {"type": "boolean"}, "kw": {"type": "number"}, "volt": {"type": "string"}},
        "if": {"properties": {"changed": {"const": True}}},
        "then": {"anyOf": [{"required": ["kw"]}, {"required": ["volt"]}]},
        "else": {"properties": {"kw": False, "volt": False}},
    }
}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"changed": False, "kw": 3}, [("kw", "not_allowed")]),
        ({"changed": False, "kw": 3, "volt": "LV"}, [("kw", "not_allowed"), ("volt", "not_allowed")]),
        ({"changed": True}, [("kw", "missing"), ("volt", "missing")]),
    ],
)
def test_a_fault_of_a_branch_names_its_fields(values, expected):
    with pytest.raises(InvalidForm) as caught:
        FormCheck(BRANCHES).check(values)

    assert [(fault.field, fault.code) for fault in caught.value.faults] == expected


@pytest.mark.parametrize("values", [{"changed": False}, {"changed": True, "kw": 3}, {"changed": True, "volt": "LV"}])
def test_a_branch_that_is_kept_passes(values):
    assert FormCheck(BRANCHES).check(values) is None


def test_what_a_branch_forbids_is_not_filled_in_beforehand():
    assert may_stay_blank(BRANCHES) == {"kw", "volt"}
    assert may_stay_blank(ROWS) == set()
