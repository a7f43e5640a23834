from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import identifiers as ids

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "440524188001010014",
        "330102199003070019",
        "330205198511301282",
        "330382200002290640",
        "810000199408230021",
    ],
)
def test_valid_resident_ids(number: str) -> None:
    assert ids.resident_id_fault(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("330102199003070018", "校验位"),
        ("330102199002300018", "日期不存在"),
        ("33010219900307001", "18位"),
        ("3301021990030700190", "18位"),
        ("33010219900307001Y", "18位"),
        ("33010２199003070019", "18位"),
        ("330102202612010018", "晚于今天"),
        ("", "18位"),
    ],
)
def test_invalid_resident_ids(number: str, reason: str) -> None:
    fault = ids.resident_id_fault(number, TODAY)
    assert fault is not None
    assert reason in fault
    assert not number or number not in fault


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(position: int, shift: int) -> None:
    number = "330205198511301282"
    wrong = number[:position] + str((int(number[position]) + shift) % 10) + number[position + 1 :]
    assert ids.resident_id_fault(wrong, TODAY) is not None


@pytest.mark.parametrize(
    "code",
    [
        "91110000600037341L",
        "91330100716105852F",
        "11330105002500287C",
        "91330100MA2CABCD92",
        "92330782MA2D12345R",
        "11330000002500287Y",
        "12330600471234567U",
    ],
)
def test_valid_credit_codes(code: str) -> None:
    assert ids.uscc_fault(code) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("91330100711605852F", "第18位"),
        ("91330100MA2CABCD93", "第18位"),
        ("9133010071610585OF", "不含I、O"),
        ("91330100MA2CABCD9", "18位"),
        ("91330100ma2cabcd92", "18位"),
    ],
)
def test_invalid_credit_codes(code: str, reason: str) -> None:
    fault = ids.uscc_fault(code)
    assert fault is not None
    assert reason in fault


def test_the_organisation_code_has_its_own_check_digit() -> None:
    body = "91330100MA2CABCD8"  # position 17 should be 9
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    total = sum(pow(3, i, 31) * alphabet.index(letter) for i, letter in enumerate(body))
    fault = ids.uscc_fault(body + alphabet[-total % 31])
    assert fault is not None
    assert "第17位" in fault


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("11010519491231002x", "11010519491231002X"),
        (" 330102 19900307 0019 ", "330102199003070019"),
        ("３３０１０２199003070019", "330102199003070019"),
    ],
)
def test_numbers_are_normalised(text: str, plain: str) -> None:
    assert ids.normalise_id(text) == plain


@pytest.mark.parametrize("phone", ["13948448996", "+86 139-4844-8996", "0571-88881234", "057188881234"])
def test_valid_phones(phone: str) -> None:
    assert ids.phone_fault(ids.normalise_phone(phone)) is None


@pytest.mark.parametrize("phone", ["1394844899", "12948448996", "abc", "", "88881234", "139484489960"])
def test_invalid_phones(phone: str) -> None:
    assert ids.phone_fault(ids.normalise_phone(phone)) is not None


def test_masks_of_the_contract() -> None:
    assert ids.mask_name("杨娜平") == "杨**"
    assert ids.mask_name("赵文") == "赵*"
    assert ids.mask_name("宁波静怡包装有限公司") == "宁波******公司"
    assert ids.mask_id("330681198607046034") == "330681********6034"
    assert ids.mask_phone("13948448996") == "139****8996"
    assert ids.mask_address("浙江省绍兴市诸暨建设路695号4幢2488室") == "浙江省绍兴市诸暨建设路****"


@given(st.text(st.characters(exclude_characters="*"), min_size=1, max_size=30))
def test_no_mask_shows_the_whole_value(value: str) -> None:
    for mask in (ids.mask_name, ids.mask_id, ids.mask_phone, ids.mask_address):
        assert "*" in mask(value)
        assert value not in mask(value)


E_CERTIFICATES = [
    "1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Y",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11100000000013338W011.11330000002500287Y.202606010001.001.H",
    "1.2.156.3005.2.11100000000013661B006.11330105002500287C.330105202600001.002.0",
]


@pytest.mark.parametrize("number", E_CERTIFICATES)
def test_valid_ecertificate_numbers(number: str) -> None:
    assert ids.ecertificate_fault(number) is None


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (
            "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
            "校验位",
        ),
        ("1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Z", "校验位"),
        ("1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329710.003.Y", "校验位"),
        ("1.2.156.3005.1.11100000000013338W011.11110000000021135M.20230329701.003.Y", "五段"),
        ("11100000000013338W011.11110000000021135M.20230329701.003.Y", "五段"),
        ("1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003", "五段"),
        ("1.2.156.3005.2.11100000000013338W11.11110000000021135M.20230329701.003.Y", "长度"),
        ("1.2.156.3005.2.11100000000013338w011.11110000000021135M.20230329701.003.Y", "字符"),
        ("1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.03A.Y", "字符"),
        ("", "五段"),
    ],
)
def test_wrong_ecertificate_numbers(number: str, reason: str) -> None:
    assert reason in (ids.ecertificate_fault(number) or "")


def test_the_altered_vector_of_the_dossier_computes_to_another_letter() -> None:
    body = "11100000000013661B006" + "113700000045046442" + "209FA4E88F9E4C878F3E9BED2CE7EA49" + "001"
    assert ids.ecertificate_check(body) == "D"


@given(st.integers(0, 56), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_one_wrong_character_of_an_ecertificate_number_is_found(place: int, letter: str) -> None:
    prefix, body = "1.2.156.3005.2.", E_CERTIFICATES[0].removeprefix("1.2.156.3005.2.")
    if place < len(body) and body[place] not in (".", letter):
        assert ids.ecertificate_fault(prefix + body[:place] + letter + body[place + 1 :]) is not None
