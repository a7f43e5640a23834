from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from engine.kernel.model import Complete, Reply
from engine.kernel.spiff import advance, start
from tests.diagrams import boundary, each, message, node, path, process, script, service, terminate, timer, user
from tests.kernels import ENV, Case, loaded

NUMBERS = "for i in 1..150 return i"
BOTH = pytest.mark.parametrize("sequential", [False, True], ids=["parallel", "sequential"])


def opinions(sequential: bool, *more: str, result: str = "opinion") -> Case:
    task = node("userTask", "a", each("people", "person", result, "opinions", sequential))
    process = loaded(task, user("z"), path("s", "a", "z", "e"), *more)
    return Case(process, {"people": ["甲", "乙", "丙"], "opinion": "outer"})


def names(case: Case) -> list[str]:
    return [task.name for task in case.standing.tasks.values()]


def sub(*parts: str, start: str = "is", end: str = "ie") -> str:
    return "".join((node("startEvent", start), *parts, node("endEvent", end)))


def test_all_at_once_each_in_a_scope_of_its_own() -> None:
    case = opinions(False)
    assert names(case) == ["a（1/3）", "a（2/3）", "a（3/3）"]
    ids = list(case.standing.tasks)
    assert [case.standing.scopes[i]["person"] for i in ids] == ["甲", "乙", "丙"]
    assert case.standing.scopes[ids[0]]["people"] == ["甲", "乙", "丙"]
    for number in (2, 0):  # whatever the order of completion
        case.step(Complete(ids[number], {"opinion": number, "private": 1}))
        assert case.last.passed == ()
    assert case.open == ["a"]
    last = case.step(Complete(ids[1], {"opinion": 1}))
    assert last.passed == ("a",)
    assert case.open == ["z"]
    assert dict(case.variables) == {"people": ["甲", "乙", "丙"], "opinion": "outer", "opinions": [0, 1, 2]}
    assert case.finish("z").completed


def test_one_after_the_other() -> None:
    case = opinions(True, result="person + string(opinion)")
    for number, name in enumerate(("a（1/3）", "a（2/3）", "a（3/3）")):
        assert names(case) == [name]
        case.finish("a", opinion=number)
    assert case.variables["opinions"] == ["甲0", "乙1", "丙2"]
    assert case.open == ["z"]


@BOTH
def test_an_empty_list_is_passed_at_once(sequential: bool) -> None:
    task = node("userTask", "a", each("people", "person", "opinion", "opinions", sequential))
    done = Case(loaded(task, path("s", "a", "e")), {"people": []})
    assert done.last.completed
    assert done.last.passed == ("s", "a", "e")
    assert dict(done.variables) == {"people": [], "opinions": []}


@BOTH
def test_what_is_no_list_or_too_long_is_trouble(sequential: bool) -> None:
    task = node("userTask", "a", each("people", "person", "opinion", "opinions", sequential))
    version = loaded(task, path("s", "a", "e"))
    for people, code in (("甲", "items_no_list"), (None, "items_no_list"), ([1] * 201, "items_too_many")):
        stuck = start(version, {"people": people}, ENV).trouble
        assert stuck is not None
        assert (stuck.element_id, stuck.code) == ("a", code)
    assert len(start(version, {"people": [1] * 200}, ENV).opened) == (1 if sequential else 200)


def test_the_standard_way_to_say_it() -> None:
    inner = (
        "<bpmn:loopDataInputRef>people</bpmn:loopDataInputRef><bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="i" name="person"/><bpmn:outputDataItem id="o" name="opinion"/>'
    )
    loop = f'<bpmn:multiInstanceLoopCharacteristics isSequential="1">{inner}</bpmn:multiInstanceLoopCharacteristics>'
    case = Case(loaded(node("userTask", "a", loop), path("s", "a", "e")), {"people": [1, 2]})
    case.finish("a", opinion="x")
    assert case.finish("a", opinion="y").completed
    assert case.variables["opinions"] == ["x", "y"]


@BOTH
def test_calls_to_the_outside(sequential: bool) -> None:
    task = service("n", "notify.send", "answer", to="who").replace(
        "</bpmn:serviceTask>", each("people", "who", "answer", "answers", sequential) + "</bpmn:serviceTask>"
    )
    case = Case(loaded(task, path("s", "n", "e")), {"people": ["甲", "乙"]})
    asked: list[Any] = []
    while not case.last.completed:
        call_id, call = list(case.standing.calls.items())[-1]
        asked.append(call.params["to"])
        case.step(Reply(call_id, {"told": call.params["to"]}))
    assert asked == (["甲", "乙"] if sequential else ["乙", "甲"])
    assert case.variables["answers"] == [{"told": "甲"}, {"told": "乙"}]


@BOTH
def test_embedded_sub_processes_keep_their_writes_to_themselves(sequential: bool) -> None:
    inner = sub(script("w", "n = item * 2", "seen = outer"), user("u"), path("is", "w", "u", "ie"))
    version = loaded(
        node("subProcess", "p", each("[1, 2, 3]", "item", "[n, seen]", "all", sequential) + inner),
        path("s", "p", "e"),
    )
    case = Case(version, {"outer": "o"})
    while not case.last.completed:
        case.finish("u")
    assert dict(case.variables) == {"outer": "o", "all": [[2, "o"], [4, "o"], [6, "o"]]}
    assert list(orjson.loads(case.last.state)["vars"]) == [""]


@BOTH
def test_called_processes_take_and_give_by_their_mappings(sequential: bool) -> None:
    mapping = (
        '<bpmn:extensionElements><yikuo:input source="item + base" target="x"/>'
        '<yikuo:output source="x * y" target="got"/></bpmn:extensionElements>'
    )
    call = node("callActivity", "c", mapping + each("items", "item", "got", "all", sequential), calledElement="Q")
    called = process(user("q"), node("endEvent", "qe"), path("qs", "q", "qe"), id="Q", start="qs")
    case = Case(loaded(call, path("s", "c", "e"), files={"q.bpmn": called}), {"items": [1, 2], "base": 10})
    for y in (5, 7):
        case.finish("q", y=y)
    assert case.last.completed
    assert dict(case.variables) == {"items": [1, 2], "base": 10, "all": [55, 84]}


@BOTH
def test_an_interrupting_timer_ends_all_items(sequential: bool) -> None:
    inner = sub(user("u"), boundary("it", "u", "PT3H"), path("is", "u", "ie"), path("it", "ie"))
    parts = (
        node("subProcess", "p", each("[1, 2]", "item", "item", "all", sequential) + inner),
        boundary("b", "p", "PT1H"),
        user("late"),
        path("s", "p", "e"),
        path("b", "late", "e"),
    )
    case = Case(loaded(*parts))
    fired = case.fire("b")
    assert (case.open, case.timers) == (["late"], [])
    assert len(fired.closed) == (1 if sequential else 2)
    assert len(orjson.loads(fired.state)["trees"]) == 1
    assert case.finish("late").completed
    assert dict(case.variables) == {}


def test_a_terminate_end_ends_its_own_item_only() -> None:
    inner = sub(
        node("parallelGateway", "f"), user("u"), user("stop"), terminate("k"), path("is", "f", "u", "ie"),
        path("f", "stop", "k"),
    )  # fmt: skip
    case = Case(
        loaded(node("subProcess", "p", each("[1, 2]", "item", "item", "all") + inner), path("s", "p", "e")),
    )
    case.finish("stop")
    assert case.open == ["stop", "u"]
    assert case.finish("u", "stop").completed
    assert case.variables["all"] == [1, 2]


def test_items_in_items() -> None:
    inner = sub(node("userTask", "u", each("row", "cell", "cell + n", "done")), path("is", "u", "ie"))
    outer = node("subProcess", "p", each("rows", "row", "done", "table", sequential=True) + inner)
    case = Case(loaded(outer, path("s", "p", "e")), {"rows": [[1, 2], [], [3]]})
    while not case.last.completed:
        case.finish("u", n=10)
    assert case.variables["table"] == [[11, 12], [], [13]]


def test_timers_and_messages_of_items() -> None:
    inner = sub(
        message("receiveTask", "r", "m1"), timer("intermediateCatchEvent", "t", "wait"), path("is", "r", "t", "ie")
    )
    outer = node("subProcess", "p", each('["PT1H", "PT2H"]', "wait", "wait", "all") + inner)
    case = Case(loaded(outer, path("s", "p", "e"), extra='<bpmn:message id="m1" name="paid"/>'))
    assert case.messages == ["r"]
    for due in (ENV.now + timedelta(hours=1), ENV.now + timedelta(hours=2)):  # the first item first
        (armed,) = case.deliver("paid").armed
        assert armed.due_at == due
    case.fire("t")
    assert case.fire("t").completed


def test_the_state_of_items_that_are_done_is_cut_off() -> None:
    case = Case(loaded(node("userTask", "a", each(NUMBERS, "n", "n", "all", sequential=True)), path("s", "a", "e")))
    first = len(case.last.state)
    for _ in range(149):
        case.finish("a")
    assert len(orjson.loads(case.last.state)["trees"][0][2]) == 3
    assert len(case.last.state) <= first
    assert case.finish("a").completed


def test_a_failing_end_of_an_item_keeps_the_act() -> None:
    parts = (
        node("userTask", "a", each("[1]", "n", "n", "all")),
        script("x", 'y = date("2026-01-01") + all'),
        node("exclusiveGateway", "g", default="gd"),
        path("s", "a", "x", "g"),
        '<bpmn:sequenceFlow id="gd" sourceRef="g" targetRef="e"/>',
        '<bpmn:sequenceFlow id="gx" sourceRef="g" targetRef="e"><bpmn:conditionExpression>ghost'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    case = Case(loaded(*parts))
    stuck = advance(case.process, case.last.state, Complete(case.task("a"), {"v": 1}), ENV)
    assert stuck.trouble is not None and stuck.trouble.element_id == "g"
    mended = orjson.loads(stuck.state)
    assert {"n": 1, "v": 1} in mended["vars"].values()


def test_gathered_free_text_stays_private() -> None:
    form = b'{"schema": {"properties": {"remark": {"type": "string"}}}}'
    task = node("userTask", "a", each("people", "person", "remark", "remarks"), yikuo__form="f")
    version = loaded(task, path("s", "a", "e"), files={"forms/f.json": form})
    assert version.free_texts == {"remark", "remarks"}
