from __future__ import annotations

from decimal import Decimal

from engine.kernel.dmn import Model, load_dmn
from engine.kernel.dmn.graph import DEFAULT_TAKEN, NO_RULE
from engine.kernel.dmn.session import MAX_TAKEN
from tests.quotes import QUOTE
from tests.unit.test_dmn_models import DMN15, decision, literal, model, needs
from tests.unit.test_dmn_tables import OVERLAP, table


def quote() -> Model:
    return load_dmn(QUOTE, "quote.dmn")


def test_every_decision_of_the_graph_is_recorded_in_order_of_evaluation_the_main_one_last() -> None:
    outcome = quote().decide("deposit", {"capacity_kw": 630, "usage": "NON_RESIDENTIAL", "unused": 1})
    grade, deposit = outcome.taken

    assert [(t.key, t.name, t.value) for t in outcome.taken] == [("grade", "Grade", "A"), ("deposit", "Deposit", 63000)]
    assert grade.inputs == {"capacity_kw": 630, "usage": "NON_RESIDENTIAL"}
    assert deposit.inputs == {"Grade": "A", "capacity_kw": 630}
    assert (grade.matched, grade.rules, deposit.matched) == ((1,), ("grade_1",), ())
    assert outcome.notes == ()


def test_what_a_column_asked_is_told_where_no_input_says_it() -> None:
    [grade] = quote().decide("grade", {"capacity_kw": 630, "usage": "RESIDENTIAL"}).taken

    assert grade.matched == (2,)
    assert grade.asked == ((2, True),)


def test_rules_of_a_knowledge_models_table_stand_with_the_decision_that_called_it() -> None:
    outcome = quote().decide("deposit", {"capacity_kw": 100, "usage": "RESIDENTIAL"})

    assert outcome.taken[-1].within == (("rates", (2,)),)
    assert outcome.taken[0].within == ()


def test_a_decision_taken_for_two_others_is_recorded_once() -> None:
    body = (
        decision("a", "A", literal("1")) + decision("b", "B", literal("A + 1"), "d_a").replace("#d_a", "#a")
        + decision("c", "C", literal("A + B"), "d_a", "d_b").replace("#d_a", "#a").replace("#d_b", "#b")
    )  # fmt: skip
    outcome = model(body).decide("c", {})

    assert [taken.key for taken in outcome.taken] == ["a", "b", "c"]
    assert outcome.value == 3


def test_a_doubtful_input_is_noted_at_each_decision_that_reads_it_and_a_value_may_still_come() -> None:
    outcome = quote().decide("deposit", {"capacity_kw": 630, "usage": 7})
    reasons = [[note.reason for note in taken.notes] for taken in outcome.taken]

    assert outcome.value == 63000
    assert reasons == [["输入“usage”应为 string，实为 number"], []]
    again = quote().decide("deposit", {"usage": "NON_RESIDENTIAL"})
    assert all("没有给出输入“capacity_kw”" in [note.reason for note in taken.notes] for taken in again.taken)
    assert [note.reason for note in again.notes].count("没有给出输入“capacity_kw”") == 1


def test_notes_stand_with_the_decision_whose_logic_made_them() -> None:
    outcome = quote().decide("deposit", {"capacity_kw": None, "usage": "NON_RESIDENTIAL"})
    grade, deposit = outcome.taken

    assert grade.value is None and grade.notes[-1].reason == NO_RULE
    assert any(note.source == "rate of(Grade) * capacity_kw" for note in deposit.notes)
    assert not any(note.source == "rate of(Grade) * capacity_kw" for note in grade.notes)


def test_that_no_rule_matched_is_told_by_the_record_and_is_no_fault() -> None:
    outcome = table([("> 5", "1")]).decide("d", {"a": 1})

    assert (outcome.value, outcome.notes) == (None, ())
    assert [note.reason for note in outcome.taken[0].notes] == [NO_RULE]
    default = '<output name="o"><defaultOutputEntry><text>null</text></defaultOutputEntry></output>'
    defaulted = table([("> 5", "1")], outputs=default).decide("d", {"a": 1})
    assert [note.reason for note in defaulted.taken[0].notes] == [DEFAULT_TAKEN]
    assert defaulted.notes == ()
    assert [n.reason for n in table(OVERLAP).decide("d", {"a": 25}).taken[0].notes] != [NO_RULE]


def test_a_value_that_is_not_allowed_is_not_called_a_missing_rule() -> None:
    found = table(OVERLAP).decide("d", {"a": 1}).taken[0]
    allowed = QUOTE.replace(
        b'<inputExpression typeRef="number"><text>capacity_kw</text></inputExpression>',
        b'<inputExpression typeRef="number"><text>capacity_kw</text></inputExpression>'
        b"<inputValues><text>[1..1000]</text></inputValues>",
    )
    refused = load_dmn(allowed, "q").decide("grade", {"capacity_kw": 5000, "usage": "X"}).taken[0]

    assert [note.reason for note in found.notes] == [NO_RULE]
    assert len(refused.notes) == 1 and "允许值" in refused.notes[0].reason


BARE = (
    '<decision id="d" name="D"><decisionTable id="t"><input><inputExpression><text>a</text></inputExpression></input>'
    '<output name="o"/><rule><inputEntry><text>&gt; limit</text></inputEntry><outputEntry><text>a * factor</text>'
    "</outputEntry></rule></decisionTable></decision>"
)


def test_a_table_without_input_data_is_recorded_with_the_names_that_its_cells_read_and_no_other() -> None:
    given = {"a": 5, "limit": 1, "factor": 2, "remark": "secret"}
    outcome = model(BARE).decide("d", given)

    assert outcome.value == 10
    assert outcome.taken[0].inputs == outcome.inputs == {"a": 5, "limit": 1, "factor": 2}


SERVED = (
    '<inputData id="i" name="x"/>'
    + decision("half", "Half", literal("x / 2"), "i")
    + '<decisionService id="s" name="halve"><outputDecision href="#half"/><inputData href="#i"/></decisionService>'
)


def test_decisions_of_a_service_are_recorded_but_not_without_end() -> None:
    calls = f'<decision id="d" name="D">{needs("k")}{literal("for n in 1..N return halve(n)")}</decision>'.replace(
        "#k", "#s"
    )
    few = model(SERVED + calls.replace("N ", "3 ")).decide("d", {})
    many = model(SERVED + calls.replace("N ", "300 ")).decide("d", {})

    assert [(t.key, t.value) for t in few.taken] == [
        ("half", Decimal("0.5")), ("half", Decimal(1)), ("half", Decimal("1.5")),
        ("d", [Decimal("0.5"), Decimal(1), Decimal("1.5")]),
    ]  # fmt: skip
    assert len(many.taken) == MAX_TAKEN + 1
    assert many.taken[-1].key == "d" and len(many.value) == 300
    assert "另有 250 次决策" in many.notes[-1].reason


def test_an_imported_decision_names_the_file_it_came_from() -> None:
    other = load_dmn(QUOTE, "quote.dmn")
    body = (
        '<import name="q" namespace="http://quote" importType="dmn"/>'
        '<decision id="d" name="D"><informationRequirement><requiredDecision href="http://quote#grade"/>'
        f"</informationRequirement>{literal('q.Grade')}</decision>"
    )
    data = f'<definitions xmlns="{DMN15}" name="m" namespace="http://m">{body}</definitions>'.encode()
    importing = load_dmn(data, "m.dmn", imports={"http://quote": other})
    outcome = importing.decide("d", {"capacity_kw": 630, "usage": "X"})

    assert outcome.value == "A"
    assert importing.origin(outcome.taken[0].key) == ("quote.dmn", other.digest)
    assert importing.origin(outcome.taken[1].key) == ("m.dmn", importing.digest)
