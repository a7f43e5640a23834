from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine import folders
from engine.domain.milestones import milestones
from engine.errors import ModelRefused
from engine.kernel import loader

PROCESSES = Path(__file__).parents[2] / "processes"
N_STEPS = {"lv_residential": 2, "lv_nonresidential": 2, "lv_sme_park": 3, "hv_single": 4, "hv_dual": 4}
"""Domain dossier 1.3: two for residents and zero-investment low voltage, three for other low voltage, four at most."""
AT = datetime(2026, 3, 2, 1, tzinfo=UTC)
MANIFEST = {
    "milestones": [
        {"title": "甲", "done": ["a"]},
        {"title": "乙", "done": ["b1", "b2"], "shown_if": ["b1", "b2"]},
        {"title": "丙", "done": ["c"]},
    ]
}


def states(passed, current=(), **more):
    return [(each.title, each.state) for each in milestones(MANIFEST, dict.fromkeys(passed, AT), current, **more)]


@pytest.mark.parametrize(("key", "n"), N_STEPS.items())
def test_each_category_has_as_many_as_the_law_counts(key, n):
    manifest = tomllib.loads((PROCESSES / key / "manifest.toml").read_text(encoding="utf-8"))
    assert len(milestones(manifest, {}, ())) == n


def test_one_is_under_way_until_its_elements_are_passed():
    assert states([]) == [("甲", "NOW"), ("丙", "AHEAD")]
    assert states(["a"], ["b1"]) == [("甲", "DONE"), ("乙", "NOW"), ("丙", "AHEAD")]
    assert states(["a", "b2"]) == [("甲", "DONE"), ("乙", "DONE"), ("丙", "NOW")]
    assert states(["a", "b1", "c"]) == [("甲", "DONE"), ("乙", "DONE"), ("丙", "DONE")]


def test_what_stands_there_again_is_not_done():
    assert states(["a", "b1"], ["b1"])[1] == ("乙", "NOW")
    assert states(["a", "c"], ["a"])[0] == ("甲", "NOW")


def test_an_order_that_ended_has_nothing_under_way():
    assert states(["a"], ended=True) == [("甲", "DONE"), ("丙", "AHEAD")]


def test_a_misspelt_element_is_refused_when_it_is_published():
    files = dict(folders.read_whole(PROCESSES / "lv_residential"))
    files["manifest.toml"] = files["manifest.toml"].replace(b'["connect"]', b'["conect"]')
    with pytest.raises(ModelRefused) as refused:
        loader.load(loader.bundle(files, folders.read_shared(PROCESSES)))
    assert [fault.code for fault in refused.value.faults] == ["milestone_unknown"]
