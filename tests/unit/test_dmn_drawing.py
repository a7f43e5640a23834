from __future__ import annotations

import pytest

from engine.errors import ModelRefused
from engine.kernel.decided import decided, decided_json
from engine.kernel.dmn import load_dmn
from engine.kernel.dmn.drawing import draw_dmn
from engine.kernel.dmn.matched import UNKNOWN, matched_parts
from tests.quotes import QUOTE

DRAWING = draw_dmn(QUOTE, "quote.dmn")


def parts(decision, **inputs):
    model = load_dmn(QUOTE, "quote.dmn")
    return matched_parts(DRAWING, decided_json(decided(model, model.decide(decision, inputs).taken)[-1], {}))


def test_a_file_is_drawn_as_its_author_wrote_it():
    grade = DRAWING.logic["grade"]
    table = grade.table

    assert (DRAWING.title, DRAWING.description) == ("报价", "由用电等级得出押金。")
    assert (grade.title, grade.name, DRAWING.logic["told"].title) == ("用电等级", "Grade", "Told")
    assert (table.policy, table.aggregation, table.annotations) == ("FIRST", "", ("依据",))
    assert [(c.label, c.text, c.type_ref) for c in table.inputs] == [
        ("容量", "capacity_kw", "number"), ("是否居民", 'usage = "RESIDENTIAL"', ""),
    ]  # fmt: skip
    assert [(c.label, c.text, c.type_ref) for c in table.outputs] == [("等级", "grade", "string")]
    assert [(r.number, r.element_id, r.conditions, r.outputs, r.annotations) for r in table.rules] == [
        (1, "grade_1", (">= 500", "false"), ('"A"',), ("大容量从高",)),
        (2, "grade_2", (">= 1", ""), ('"B"',), ("其余从低",)),
    ]
    assert DRAWING.logic["deposit"].text == "rate of(Grade) * capacity_kw"
    assert DRAWING.logic["rate_of"].table.element_id == "rates"
    assert DRAWING.of("Grade") is grade and DRAWING.of("nothing") is None


def test_a_file_is_drawn_that_could_not_be_run():
    broken = QUOTE.replace(b"&gt;= 500", b"&gt;= (").replace(b'hitPolicy="FIRST"', b'hitPolicy="BEST"')
    with pytest.raises(ModelRefused):
        load_dmn(broken, "quote.dmn")

    table = draw_dmn(broken, "quote.dmn").logic["grade"].table
    assert (table.policy, table.rules[0].conditions[0]) == ("BEST", ">= (")


def test_the_rows_that_matched_stand_beside_the_values():
    [part] = parts("grade", capacity_kw=630, usage="NON_RESIDENTIAL")
    [row] = part.rows

    assert part.logic.title == "用电等级"
    assert [(c.label, c.value, c.text) for c in row.conditions] == [
        ("容量", 630, ">= 500"), ("是否居民", False, "false"),
    ]  # fmt: skip
    assert [(c.label, c.value, c.text) for c in row.outputs] == [("等级", "A", '"A"')]
    assert [(c.label, c.text) for c in row.annotations] == [("依据", "大容量从高")]


def test_rows_of_a_knowledge_model_are_shown_without_values():
    [part] = parts("deposit", capacity_kw=100, usage="X")

    assert (part.logic.key, [row.number for row in part.rows]) == ("rate_of", [2])
    assert part.rows[0].conditions[0].value is UNKNOWN and not part.rows[0].conditions[0].is_known


def test_a_record_that_does_not_fit_the_file_breaks_nothing():
    told = {"decision": "grade", "table": "x", "rules": [1, 99], "inputs": {}, "output": None, "within": [
        {"table": "gone", "rules": [1]}]}  # fmt: skip
    [part] = matched_parts(DRAWING, told)

    assert [row.number for row in part.rows] == [1]
    assert matched_parts(DRAWING, {"decision": "gone", "rules": [1], "inputs": {}}) == ()
