from __future__ import annotations

import pytest

from engine.domain.redaction import redacted


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("证号330102199003070019已核", "330102********0019"),
        ("证号 ３３０１０２１９９００３０７００１９ 已核", "330102********0019"),
        ("33010219900307 001x", "330102********001X"),
        ("330102 19900307 0019", "330102********0019"),
        ("电话13900138001", "139****8001"),
        ("电话 139-0013-8001，晚上打", "139****8001"),
        ("+86 139 0013 8001", "139****8001"),
        ("座机0571-88886666", "057***"),
        ("老证330102900307001", "330102*****7001"),
    ],
)
def test_numbers_of_people_are_masked(text, hidden):
    found = redacted(text)
    assert hidden in found.text and found.n_masked == 1


@pytest.mark.parametrize(
    "text",
    [
        "工单334060226030200017转来",
        "工单334010226112400001",
        "户号3301234567，容量630kW",
        "表计资产号 3330001000123456789012",
        "2026-11-24 09:30 已联系",
        "合同号20261124001",
    ],
)
def test_numbers_of_things_stay(text):
    assert redacted(text) == type(redacted(text))(text, 0)


def test_what_is_known_of_the_customer_is_masked_wherever_it_stands():
    found = redacted("欧阳测试甲说，欧阳测试甲明天在家", [("欧阳测试甲", "欧**甲"), ("", "x"), ("甲", "*")])
    assert (found.text, found.n_masked) == ("欧**甲说，欧**甲明天在家", 2)
