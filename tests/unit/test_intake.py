from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain.intake import Application, canonical, check_application, parse_object
from engine.domain.organisation import Organisation
from engine.errors import Invalid

TREE = Organisation.from_json(
    json.loads((Path(__file__).parents[2] / "processes" / "organisation.json").read_text("utf-8"))
)
NOW = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
FIRM = {
    "subject_type": "ENTERPRISE",
    "name": "杭州样例包装有限公司",
    "id_type": "USCC",
    "id_no": "91330100MA2CABCD92",
    "phone": "13900000001",
}
PERSON = {
    "subject_type": "NATURAL_PERSON",
    "name": "张样例",
    "id_type": "RESIDENT_ID",
    "id_no": "33010219900307 0019",
    "phone": "13900000002",
}
SAMPLE: dict[str, Any] = {
    "external_id": "WSGW-25-000001",
    "channel": "WSGW",
    "submitted_at": "2026-03-02T23:30:00+08:00",
    "business_type": "NEW",
    "usage": "RESIDENTIAL",
    "charging_pile": False,
    "unit_code": "3340602",
    "hall_code": "3340602H0",
    "applicant": PERSON,
    "agent": None,
    "address": {"text": "浙江省绍兴市样例路1号", "area_code": "330681", "real_estate_unit_no": "330681F00005788"},
    "capacity_kw": 8,
    "requested_voltage": "LV",
    "power_sources": 1,
    "sme_park_code": None,
    "needs_external_line_works": True,
    "identity_check": {"method": "KIOSK_SLIP", "reference": "2978878352"},
    "authorises_data_sharing": False,
}


def check(raw: Any) -> Application:
    return check_application(raw, TREE, NOW)


def faults(raw: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(raw)
    return {fault.field: fault.code for fault in caught.value.faults}


def changed(path: str, value: Any) -> dict[str, Any]:
    raw = copy.deepcopy(SAMPLE)
    *parents, name = path.split(".")
    part = raw
    for parent in parents:
        part = part[parent]
    part[name] = value
    return raw


def test_a_good_application_is_typed_and_parted() -> None:
    found = check(SAMPLE)
    assert found.applied_on == date(2026, 3, 2)
    assert found.submitted_at == datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
    assert found.capacity_kw == Decimal(8)
    assert found.personal.applicant.id_no == "330102199003070019"
    assert found.facts["submitted_at"] == "2026-03-02T23:30:00+08:00"
    assert found.facts["authorises_data_sharing"] is False
    shown = json.dumps(dict(found.facts), ensure_ascii=False)
    for secret in ("张样例", "330102199003070019", "13900000002", "样例路", "2978878352"):
        assert secret not in shown


def test_a_firm_with_an_agent_and_a_wish_for_high_voltage() -> None:
    raw = SAMPLE | {
        "applicant": FIRM,
        "agent": {"name": "李样例", "id_no": "11010519491231002x", "phone": "0571-88881234"},
        "identity_check": {"method": "BUSINESS_LICENCE", "reference": "7"},
        "hv_wish_evidence": {"record_id": "BDZS-1", "signed_at": "2026-03-02T10:00:00+08:00"},
        "capacity_kw": 80.125,
        "requested_voltage": "HV",
        "sme_park_code": "PARK-3340602-1",
    }
    found = check(raw)
    assert found.facts["hv_wish"] is True
    assert found.facts["has_agent"] is True
    assert found.facts["capacity_kw"] == 80.125
    assert found.personal.agent is not None
    assert found.personal.agent.id_no == "11010519491231002X"


@pytest.mark.parametrize("name", ["agent", "sme_park_code", "hv_wish_evidence"])
def test_what_need_not_be_there(name: str) -> None:
    raw = {key: value for key, value in SAMPLE.items() if key != name}
    assert check(raw).personal.agent is None
    assert check(changed("address.real_estate_unit_no", None)).personal.real_estate_unit_no == ""


@pytest.mark.parametrize("name", [name for name in SAMPLE if name not in {"agent", "sme_park_code"}])
def test_everything_else_must_be_there(name: str) -> None:
    assert faults({key: value for key, value in SAMPLE.items() if key != name}) == {name: "missing"}
    assert faults(changed(name, None)) == {name: "missing"}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("capacity_kw", -5, "out_of_range"),
        ("capacity_kw", 0, "out_of_range"),
        ("capacity_kw", 1_000_001, "out_of_range"),
        ("capacity_kw", 10**400, "out_of_range"),
        ("capacity_kw", 1.2345, "too_precise"),
        ("capacity_kw", 1e-300, "too_precise"),
        ("capacity_kw", float("nan"), "wrong_type"),
        ("capacity_kw", float("inf"), "wrong_type"),
        ("capacity_kw", True, "wrong_type"),
        ("capacity_kw", "8", "wrong_type"),
        ("power_sources", 3, "out_of_range"),
        ("power_sources", 1.5, "too_precise"),
        ("power_sources", False, "wrong_type"),
        ("charging_pile", 0, "wrong_type"),
        ("charging_pile", "false", "wrong_type"),
        ("submitted_at", "2026-02-30T10:00:00+08:00", "bad_instant"),
        ("submitted_at", "2026-03-02", "bad_instant"),
        ("submitted_at", "20260302T100000+08", "bad_instant"),
        ("submitted_at", "2026-03-02T10:00:00", "naive_instant"),
        ("submitted_at", "2026-03-20T09:05:01+08:00", "in_future"),
        ("submitted_at", "2018-12-31T23:59:59+08:00", "too_early"),
        ("submitted_at", "0001-01-01T00:00:00+08:00", "bad_instant"),
        ("submitted_at", 1772000000, "wrong_type"),
        ("channel", "WECHAT", "unknown_value"),
        ("business_type", "new", "unknown_value"),
        ("usage", ["RESIDENTIAL"], "wrong_type"),
        ("requested_voltage", "MV", "unknown_value"),
        ("unit_code", "99999", "unknown_unit"),
        ("unit_code", "33SVC", "unit_cannot_accept"),
        ("hall_code", "X", "unknown_hall"),
        ("hall_code", "3340601H0", "hall_of_other_unit"),
        ("sme_park_code", "PARK-0", "unknown_park"),
        ("sme_park_code", "PARK-3340601-1", "park_of_other_unit"),
        ("external_id", "a b", "bad_shape"),
        ("external_id", "x" * 65, "too_long"),
        ("external_id", "  ", "missing"),
        ("applicant", [], "wrong_type"),
        ("applicant.id_no", "330102199003070018", "bad_resident_id"),
        ("applicant.phone", "12345", "bad_phone"),
        ("applicant.name", "张\u0000三", "bad_shape"),
        ("applicant.name", "张\u202e三", "bad_shape"),
        ("applicant.name", "\ud800", "bad_shape"),
        ("applicant.id_type", "USCC", "id_type_mismatch"),
        ("applicant.id_type", "FACE", "unknown_value"),
        ("applicant.nick", "x", "unknown_field"),
        ("agent", {"name": "李样例", "id_no": "1", "phone": "13900000003"}, "bad_resident_id"),
        ("address.area_code", "33068", "bad_shape"),
        ("address.area_code", "３３０６８１", "bad_shape"),
        ("address.text", "", "missing"),
        ("identity_check.method", "BUSINESS_LICENCE", "method_mismatch"),
        ("identity_check.method", "SELFIE", "unknown_value"),
        ("hv_wish_evidence", {"record_id": "", "signed_at": "2026-03-02T10:00:00+08:00"}, "missing"),
        ("capcity_kw", 8, "unknown_field"),
    ],
)
def test_each_fault_has_its_field_and_code(path: str, value: Any, code: str) -> None:
    assert code in faults(changed(path, value)).values()
    assert any(field.startswith(path) for field in faults(changed(path, value)))


def test_a_time_slightly_ahead_is_the_other_clock_not_a_lie() -> None:
    assert check(changed("submitted_at", "2026-03-20T09:05:00+08:00")).submitted_at > NOW


def test_city_halls_take_applications_of_their_counties() -> None:
    city_halls = [hall.code for hall in TREE.halls.values() if hall.unit == "33406"]
    assert check(changed("hall_code", city_halls[0])).hall_code == city_halls[0]


def test_rare_characters_of_names_are_welcome() -> None:
    assert check(changed("applicant.name", "张\U00031350")).personal.applicant.name == "张\U00031350"
    assert check(changed("address.text", "浙江省\u3000样例路")).personal.address == "浙江省 样例路"


def test_people_without_a_resident_card_may_apply() -> None:
    raw = changed("applicant", PERSON | {"id_type": "PASSPORT", "id_no": "e1234567"})
    assert check(raw).personal.applicant.id_no == "E1234567"
    raw["applicant"]["id_no"] = "é!"
    assert faults(raw) == {"applicant.id_no": "bad_id_no"}


def test_all_faults_come_at_once_and_hide_personal_values() -> None:
    raw = changed("applicant.id_no", "330102199003070018") | {"capacity_kw": -5, "unit_code": "99999"}
    raw["applicant"]["phone"] = "23900000002"
    with pytest.raises(Invalid) as caught:
        check(raw)
    assert [fault.field for fault in caught.value.faults] == [
        "capacity_kw", "unit_code", "applicant.id_no", "applicant.phone",
    ]  # fmt: skip
    shown = str(caught.value) + repr(caught.value.faults)
    assert "330102********0018" in shown
    for secret in ("330102199003070018", "23900000002", "张样例"):
        assert secret not in shown


@pytest.mark.parametrize("raw", [None, [], "x", 3, True])
def test_what_is_no_object_is_refused(raw: Any) -> None:
    assert faults(raw) == {"": "wrong_type"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "not_json"),
        (b'{"a": NaN}', "not_json"),
        (b'{"a": 1, "a": 2}', "not_json"),
        (b"\xff", "not_json"),
        (b'{"a": ' + b"[" * 60_000 + b"}", "not_json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "not_json"),
        (b"[]", "wrong_type"),
        (b"{" + b" " * 70_000 + b"}", "too_large"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_object(data)
    assert caught.value.faults[0].code == code


def test_a_line_reads_back() -> None:
    assert parse_object(json.dumps(SAMPLE).encode()) == SAMPLE


def test_an_application_taken_at_the_counter_needs_no_number_of_another_system() -> None:
    raw = {key: value for key, value in SAMPLE.items() if key != "external_id"} | {"channel": "HALL"}
    assert check(raw).external_id == ""


def test_the_canonical_form_knows_a_second_delivery() -> None:
    assert canonical(dict(reversed(SAMPLE.items()))) == canonical(SAMPLE)
    assert canonical(changed("capacity_kw", 9)) != canonical(SAMPLE)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [*SAMPLE, *(f"{part}.{name}" for part in ("applicant", "address", "identity_check") for name in SAMPLE[part])]


@given(st.sampled_from(PATHS), JSON)
def test_no_value_anywhere_breaks_the_check(path: str, value: Any) -> None:
    try:
        assert json.dumps(dict(check(changed(path, value)).facts), allow_nan=False)
    except Invalid as error:
        assert all(fault.code and fault.reason for fault in error.faults)
