from __future__ import annotations

import pytest

from engine.domain.premises import premise_key


@pytest.mark.parametrize(
    "address",
    [
        "浙江省杭州市淳安县试验路77号5幢301室",
        "淳安县试验路77号5幢301室",
        "杭州市淳安县 试验路７７号５幢３０１室",
        "试验路77号，5幢301室",
    ],
)
def test_one_address_in_the_ways_people_write_it_is_one_premise(address: str) -> None:
    assert premise_key("330127", address, "") == "address|330127|试验路77号5幢301室"


@pytest.mark.parametrize(
    ("area", "address"),
    [("330127", "试验路77号5幢302室"), ("330127", "试验路78号5幢301室"), ("330122", "试验路77号5幢301室")],
)
def test_another_room_house_or_county_is_another_premise(area: str, address: str) -> None:
    assert premise_key(area, address, "") != premise_key("330127", "试验路77号5幢301室", "")


def test_the_real_estate_unit_goes_before_the_address() -> None:
    one = premise_key("330127", "试验路77号", "3301270290089777148F00005788")

    assert one == premise_key("330127", "试验大道 77 号", "3301270290089777148f00005788")
    assert one != premise_key("330127", "试验路77号", "")


def test_nothing_known_is_no_premise() -> None:
    assert premise_key("330127", "  ", "") == ""
    assert premise_key("330127", "淳安县", "") == "address|330127|淳安县"
