from __future__ import annotations

from datetime import date

import pytest

from engine.domain.identifiers import ecertificate_fault, resident_id_fault, uscc_fault
from web.sandbox import catalogue
from web.sandbox.chance import draw
from web.sandbox.ledger import N_KEPT, Ledger
from web.sandbox.numbers import authority_code, certificate_no, person_name, resident_id

AREAS = ["100000", "330122", "330329", "331127"]


@pytest.mark.parametrize("area", AREAS)
def test_invented_numbers_are_right_and_stay_the_same(area):
    code = authority_code(area, "不动产登记中心")
    number = certificate_no(f"{authority_code('100000', '自然资源')}011", code, "somebody")

    assert uscc_fault(code) is None and code[2:8] == area
    assert ecertificate_fault(number) is None
    assert code == authority_code(area, "不动产登记中心") != authority_code(area, "另一机关")
    assert number == certificate_no(f"{authority_code('100000', '自然资源')}011", code, "somebody")


def test_invented_people_have_right_numbers_and_names():
    numbers = [resident_id("330122", n) for n in range(200)]

    assert [resident_id_fault(number, date(2026, 3, 2)) for number in numbers] == [None] * 200
    assert len(set(numbers)) == 200
    assert person_name(1) == person_name(1) and len({person_name(n) for n in range(50)}) > 20


def test_a_lot_is_drawn_as_often_as_its_share():
    shares = {"FOUND": 700, "NOT_FOUND": 250, "MISMATCH": 50}
    drawn = [draw(shares, n) for n in range(4000)]

    for name, share in shares.items():
        assert abs(drawn.count(name) - 4 * share) < 120
    assert drawn == [draw(shares, n) for n in range(4000)]


def test_every_type_of_the_catalogue_makes_a_certificate_that_fits():
    subject = {"type": "ENTERPRISE", "id_no": "91330122MA4AK0UU9Y", "name": "桐庐云栖数控有限公司"}
    for doc_type, kind in catalogue.doc_types().items():
        paper = catalogue.certificate(doc_type, "330122", subject, "FOUND")

        assert sum(kind.shares.values()) == 1000
        assert ecertificate_fault(paper["id"]) is None and paper["type_code"] in paper["id"].split(".")
        assert paper["valid_to"] is None or paper["valid_from"] < "2026" < paper["valid_to"]
        assert (paper["holder"]["id_no"] == subject["id_no"]) is (doc_type != "LEGAL_REP_ID")


def test_the_ledger_forgets_the_oldest_when_it_is_full():
    ledger = Ledger()
    for n in range(N_KEPT + 2):
        ledger.answer(str(n), n, lambda: None)

    assert len(ledger.entries) == N_KEPT and "1" not in ledger.entries and "2" in ledger.entries
