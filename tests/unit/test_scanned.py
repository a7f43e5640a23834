from __future__ import annotations

from datetime import date

import pytest

from engine.domain.scanned import Scanned, scanned

DAY = date(2026, 3, 2)
PERSON, TRADER = "330102199003070019", "92330122MA6UYEL7X0"


@pytest.mark.parametrize("text", [PERSON, "３３０１０２１９９００３０７００１９", " 330102 19900307 0019\r\n"])
def test_a_resident_card_is_a_natural_person(text):
    assert scanned(text, DAY) == Scanned("NATURAL_PERSON", "RESIDENT_ID", PERSON, method="ID_CARD")


@pytest.mark.parametrize("gap", [",", "|", "\t", "；"])
def test_a_reader_that_types_several_fields_gives_the_name_too(gap):
    text = gap.join(("欧阳测试甲", "男", "汉族", "1990-03-07", "浙江省杭州市试验路77号", PERSON))
    assert scanned(text, DAY).name == "欧阳测试甲" and scanned(text, DAY).id_no == PERSON


def test_what_is_nothing_says_what_is_wrong_with_it():
    assert "校验位" in scanned("330102199003070018", DAY).fault
    assert "第18位" in scanned("92330122MA6UYEL7X1", DAY).fault
    assert "电子证照" in scanned("1.2.156.3005.2.x", DAY).fault
    assert scanned("E12345678", DAY).fault and scanned(" , ", DAY).fault == "没有读到内容"
    assert scanned("E12345678", DAY).id_no == ""


def test_a_credit_code_tells_the_kind_of_its_holder():
    assert scanned(TRADER, DAY) == Scanned("INDIVIDUAL_BUSINESS", "USCC", TRADER, method="BUSINESS_LICENCE")
    assert scanned("91330122MA4AK0UU9Y", DAY).subject_type == "ENTERPRISE"


def test_an_electronic_certificate_is_the_reference_of_the_check():
    number = "1.2.156.3005.2.11100000000013338W011.11110000000021135M.20230329701.003.Y"
    assert scanned(number, DAY) == Scanned(reference=number)
