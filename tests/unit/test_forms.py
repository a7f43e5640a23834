from __future__ import annotations

import pytest

from engine.errors import InvalidForm
from engine.kernel.forms import MAX_DEPTH, FormCheck

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
