from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.domain.organisation import Organisation, Park
from engine.errors import Invalid

RAW = json.loads((Path(__file__).parents[2] / "processes" / "organisation.json").read_text("utf-8"))


def test_the_tree_of_the_demo_installation() -> None:
    tree = Organisation.from_json(RAW)
    assert (len(tree.units), len(tree.halls), len(tree.parks)) == (67, 173, 54)
    assert [unit.code for unit in tree.ancestors("3340602")] == ["3340602", "33406", "33"]
    assert tree.is_within("3340602", "33")
    assert not tree.is_within("33406", "3340602")
    assert not tree.is_within("3340602", "33401")
    assert not tree.is_within("99999", "33")
    assert "3340602" in tree.descendants("33406")
    assert tree.halls["3340602H0"].level == "B"


def test_halls_serve_their_own_branch_of_the_tree() -> None:
    tree = Organisation.from_json(RAW)
    assert tree.is_related("33406", "3340602")
    assert tree.is_related("3340602", "33406")
    assert not tree.is_related("3340601", "3340602")


def test_a_park_is_valid_between_its_dates() -> None:
    park = Park("P", "园", "U", date(2020, 1, 1), date(2024, 12, 31))
    days = [date(2019, 12, 31), date(2020, 1, 1), date(2024, 12, 31), date(2025, 1, 1)]
    assert [park.is_valid(day) for day in days] == [False, True, True, False]


def unit(code: str, parent: str | None) -> dict[str, Any]:
    return {"code": code, "name": code, "kind": "COUNTY", "parent": parent}


HALL = {"code": "H", "name": "厅", "level": "B", "unit": "A"}
PARK = {"code": "P", "name": "园", "unit": "A", "valid_from": "2019-06-01", "valid_to": None}


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"units": [unit("A", "B")], "halls": [], "sme_parks": []}, "unknown_unit"),
        ({"units": [unit("A", "B"), unit("B", "A")], "halls": [], "sme_parks": []}, "unit_cycle"),
        ({"units": [unit("A", None), unit("A", None)], "halls": [], "sme_parks": []}, "duplicate_code"),
        ({"units": [], "halls": [HALL], "sme_parks": []}, "unknown_unit"),
        ({"units": [], "halls": [], "sme_parks": [PARK]}, "unknown_unit"),
    ],
)
def test_broken_references_are_named(raw: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as caught:
        Organisation.from_json(raw)
    assert code in {fault.code for fault in caught.value.faults}


@pytest.mark.parametrize("raw", [{}, {"units": [{}], "halls": [], "sme_parks": []}])
def test_missing_parts_are_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Organisation.from_json(raw)


def test_a_park_with_a_bad_date_is_refused() -> None:
    park = PARK | {"valid_from": "2019-13-01"}
    with pytest.raises(Invalid):
        Organisation.from_json({"units": [unit("A", None)], "halls": [], "sme_parks": [park]})
