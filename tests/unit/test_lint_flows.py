from __future__ import annotations

import pytest

from tests.unit.drawing import codes, warnings

SUB = "sub p {\nstart x\nuser y\nend z\nx > y\ny > z\n}"


@pytest.mark.parametrize("node", ["user a", "task a", "script a | v = 1", "manual a", "timer a | PT1H"])
def test_a_split_without_a_gateway(node: str) -> None:
    assert codes(f"start s\n{node}\nend e\nend f\ns > a\na > e\na > f") == [("a", "implicit_split")]


def test_a_condition_after_something_else_than_a_gateway() -> None:
    assert codes("start s\nuser a\nend e\ns > a\na > e | v = 1") == [("a_e", "condition_off_gateway")]


def test_a_condition_after_a_parallel_gateway() -> None:
    text = "start s\nand g\nuser a\nuser b\nand j\nend e\ns > g\ng > a | v = 1\ng > b\na > j\nb > j\nj > e"
    assert codes(text) == [("g_a", "condition_on_parallel")]


@pytest.mark.parametrize(
    "flow",
    ["s > y", "y > e", "<b:sequenceFlow id='f' sourceRef='x' targetRef='e'/>"],
)
def test_flows_across_the_border_of_a_subprocess(flow: str) -> None:
    assert "cross_border" in {code for _, code in codes(f"start s\n{SUB}\nend e\ns > p\np > e\n{flow}")}


def test_a_flow_across_two_processes() -> None:
    nodes = '<b:startEvent id="qs"/><b:endEvent id="qe"/><b:sequenceFlow id="f" sourceRef="qs" targetRef="e"/>'
    other = f'<b:process id="Q">{nodes}</b:process>'
    assert ("f", "cross_border") in codes("start s\nend e\ns > e", beside=other)


def test_a_flow_written_in_another_scope_than_its_nodes() -> None:
    inner = SUB.replace("x > y\n", "")
    assert ("x_y", "flow_misplaced") in codes(f"start s\n{inner}\nx > y\nend e\ns > p\np > e")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("start s\nuser a\nend e\ns > a\na > e\na > s", ("s", "start_flow")),
        ("start s\nuser a\nend e\ns > e\ne > a\na > e", ("e", "end_flow")),
        ("start s\nuser a\nend e\nxor g\ns > g\ng > a | v\ng > e", ("a", "dead_end")),
        ("start s\nuser a\nend e\ns > e\na > e", ("a", "unreachable")),
        ("start s\nand g\nend e\ns > e\ng > e", ("g", "unreachable")),
    ],
)
def test_ends_that_hang_loose(text: str, expected: tuple[str, str]) -> None:
    assert expected in codes(text)


def test_a_boundary_event_is_reached_through_its_host() -> None:
    assert codes("start s\nuser a\nbound b a | PT1H\nuser c\nend e\nend f\ns > a\na > e\nb > c\nc > f") == []


@pytest.mark.parametrize("kind", ["xor", "or"])
def test_choices_without_condition(kind: str) -> None:
    text = f"start s\n{kind} g\nend a\nend b\nend c\ns > g\ng > a\ng > b\ng > c | v = 1"
    assert codes(text) == [("g", "gateway_no_condition")]


@pytest.mark.parametrize("kind", ["xor", "or"])
def test_choices_with_one_default(kind: str) -> None:
    assert codes(f"start s\n{kind} g\nend a\nend b\nend c\ns > g\ng > a\ng > b | v = 2\ng > c | v = 1") == []


def test_a_default_that_is_not_mine_or_has_a_condition() -> None:
    base = "start s\nxor g default={}\nend a\nend b\ns > g\ng > a | v = 1\ng > b | v = 2"
    assert codes(base.format("s_g")) == [("g", "default_not_mine")]
    assert codes(base.format("gone")) == [("g", "default_not_mine")]
    assert codes(base.format("g_a")) == [("g_a", "condition_default")]


def test_no_default_is_a_warning() -> None:
    text = "start s\nxor g\nend a\nend b\ns > g\ng > a | v = 1\ng > b | v = 2"
    assert codes(text) == []
    assert warnings(text) == [("g", "gateway_no_default")]
    assert warnings(text.replace("v = 2", "true")) == []  # one way is always open


@pytest.mark.parametrize(("n", "expected"), [(50, []), (51, [("g", "fan_out")])])
def test_fan_out(n: int, expected: list[tuple[str, str]]) -> None:
    branches = "\n".join(f"user u{i}\ng > u{i}\nu{i} > j" for i in range(n))
    assert codes(f"start s\nand g\nand j\nend e\ns > g\n{branches}\nj > e") == expected


RACE = (
    "start s\nrace g\ntimer t | PT1H\n<b:receiveTask id='r' messageRef='m'/>\nend e\ns > g\ng > t\ng > r\nt > e\nr > e"
)
PAID = '<b:message id="m" name="paid"/>'


def test_behind_an_event_gateway_events_wait_each_alone() -> None:
    assert codes(RACE, beside=PAID) == []
    assert codes(RACE.replace("g > t", "g > t | v = 1"), beside=PAID) == [("g_t", "condition_on_event")]
    assert codes(RACE.replace("timer t | PT1H", "user t"), beside=PAID) == [("g_t", "event_gateway_target")]
    assert codes(RACE + "\nbound b r | PT2H\nb > e", beside=PAID) == [("g_r", "event_gateway_target")]
    looped = RACE.replace("t > e", "xor x\nt > x\nx > t | again\nx > e")
    assert codes(looped, beside=PAID) == [("g_t", "event_gateway_target")]
    assert codes("start s\nrace g\ntimer t | PT1H\nend e\ns > g\ng > t\nt > e") == [("g", "event_gateway_few")]


def test_an_event_gateway_is_a_choice_of_one() -> None:
    joined = RACE.replace("end e", "and j\nend e").replace("t > e", "t > j").replace("r > e", "r > j\nj > e")
    assert codes(joined, beside=PAID) == [("j", "deadlock")]


FORKED = "start s\nand g\nuser a\nuser b\n{join} j\nend e\ns > g\ng > a\ng > b\n{marked}\nb > j\nj > e"
MARKED = "<b:sequenceFlow id='a_j' sourceRef='a' targetRef='{to}' y:stage='{stage}'/>"


def marked(to: str = "j", stage: str = "METER_INSTALLATION") -> str:
    return MARKED.format(to=to, stage=stage)


def test_a_stage_on_a_flow_into_a_parallel_join() -> None:
    text = FORKED.format(join="and", marked=marked())
    assert codes(text) == [] and warnings(text) == []


@pytest.mark.parametrize(
    "text",
    [
        FORKED.format(join="or", marked=marked()),
        FORKED.format(join="and", marked=marked(stage=" ")),
        FORKED.format(join="and", marked=f"{marked()}\n<b:sequenceFlow id='again' sourceRef='a' targetRef='j'/>"),
        f"start s\nuser a\nuser j\nend e\ns > a\n{marked()}\nj > e",
        f"start s\nuser a\nand j\nend e\ns > a\n{marked()}\nj > e",
    ],
)
def test_a_stage_on_a_flow_where_nobody_waits_for_others_or_that_cannot_be_told_apart(text: str) -> None:
    assert ("a_j", "stage_misplaced") in codes(text)
