from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from engine.errors import Invalid, NotReady
from engine.kernel.model import AwaitedMessage, Deliver, Fire, Retry
from engine.kernel.spiff import advance, inspect, start
from tests.diagrams import boundary, flow, message, node, path, process, script, terminate, timer, user
from tests.kernels import ENV, Case, loaded

MESSAGES = '<bpmn:message id="m1" name="paid"/><bpmn:message id="m2" name="refused"/>'
RACE = (
    node("eventBasedGateway", "g"),
    timer("intermediateCatchEvent", "t", "PT1H"),
    message("intermediateCatchEvent", "c", "m1", yikuo__result="payment"),
    message("receiveTask", "r", "m2"),
    user("late"),
    path("s", "g", "t", "late", "e"),
    path("g", "c", "e"),
    path("g", "r", "e"),
)


def racing(*more: str) -> Case:
    return Case(loaded(*RACE, *more, extra=MESSAGES))


# ---- the event-based gateway ----------------------------------------------------------------------------------------


def test_a_timer_that_comes_first_takes_the_token() -> None:
    case = racing()
    first = case.last
    assert (case.timers, case.messages) == (["t"], ["c", "r"])
    fired = case.fire("t")
    assert (case.open, case.timers, case.messages) == (["late"], [], [])
    assert fired.branches == ("f_g_t",)
    for late in (Deliver("paid", {}), Deliver("refused", {}), Fire(first.armed[0].timer_id)):
        with pytest.raises(NotReady):
            advance(case.process, fired.state, late, ENV)


@pytest.mark.parametrize(("name", "taken"), [("paid", "f_g_c"), ("refused", "f_g_r")])
def test_a_message_that_comes_first_disarms_the_timer(name: str, taken: str) -> None:
    case = racing()
    armed = case.last.armed[0].timer_id
    done = case.deliver(name, amount=1)
    assert done.completed
    assert done.disarmed == (armed,)
    assert done.branches == (taken,)
    assert dict(case.variables) == ({"payment": {"amount": 1}} if name == "paid" else {"amount": 1})


def test_the_one_that_won_has_won_although_the_rest_failed() -> None:
    broken = (user("x"), script("b", "x = 1"), node("exclusiveGateway", "h", default="hd"))
    parts = (*RACE[:-2], *broken, path("g", "c", "b", "h"), flow("h", "x", "ghost"), flow("h", "e", id="hd"))
    version = loaded(*parts, path("x", "e"), path("g", "r", "e"), extra=MESSAGES)
    first = start(version, {}, ENV)
    stuck = advance(version, first.state, Deliver("paid", {}), ENV)
    assert stuck.trouble is not None and stuck.trouble.element_id == "h"
    assert stuck.disarmed == (first.armed[0].timer_id,)
    assert inspect(version, stuck.state).messages == ()
    for late in (Deliver("refused", {}), Fire(first.armed[0].timer_id)):
        with pytest.raises(NotReady):
            advance(version, stuck.state, late, ENV)
    mended = orjson.loads(stuck.state)
    mended["vars"][""]["ghost"] = False
    assert advance(version, orjson.dumps(mended), Retry(), ENV).completed


def test_two_races_at_one_gateway_do_not_touch_each_other() -> None:
    fork = (node("parallelGateway", "f"), user("u"), user("v"), node("exclusiveGateway", "m"))
    parts = (*fork, path("s", "f", "u", "m", "g"), path("f", "v", "m"), *RACE[:-3], path("g", "t", "late", "e"))
    case = Case(loaded(*parts, *RACE[-2:], extra=MESSAGES))
    case.finish("u", "v")
    assert case.timers == ["t", "t"]
    case.fire("t")
    assert (case.open, case.timers, case.messages) == (["late"], ["t"], ["c", "r"])
    case.deliver("refused")
    case.finish("late")
    assert case.last.completed


def test_a_race_in_a_loop_leaves_nothing_behind() -> None:
    again = (node("exclusiveGateway", "m"), *RACE[:4], path("s", "m", "g", "t", "m"), path("g", "c", "e"))
    case = Case(loaded(*again, path("g", "r", "e"), extra=MESSAGES))
    size = len(case.last.state)
    for _ in range(50):
        case.fire("t")
        assert len(case.last.state) == size
    assert case.deliver("paid").completed


# ---- messages -------------------------------------------------------------------------------------------------------


def beside(interrupting: str = "false") -> Case:
    asked = message("boundaryEvent", "b", "m1", attachedToRef="a", cancelActivity=interrupting, yikuo__result="request")
    return Case(loaded(user("a"), asked, user("h"), path("s", "a", "e"), path("b", "h", "e"), extra=MESSAGES))


def test_a_message_beside_a_task_can_come_again_and_again() -> None:
    case = beside()
    sizes = []
    for n in range(30):
        case.deliver("paid", n=n)
        assert (case.open, case.messages) == (["a", "h"], ["b"])
        assert case.variables["request"] == {"n": n}
        case.finish("h")
        sizes.append(len(case.last.state))
    assert max(sizes) - min(sizes) <= 1  # the digits of n
    case.deliver("paid")
    case.finish("a")
    assert (case.open, case.messages) == (["h"], [])
    assert case.finish("h").completed


def test_a_message_that_interrupts_comes_once() -> None:
    case = beside("true")
    task = case.task("a")
    assert case.deliver("paid").closed == (task,)
    assert (case.open, case.messages) == (["h"], [])
    with pytest.raises(NotReady):
        case.deliver("paid")


def test_who_may_register_a_message_and_how() -> None:
    lane = '<bpmn:lane id="l" name="受理员"><bpmn:flowNodeRef>c</bpmn:flowNodeRef></bpmn:lane>'
    caught = message("intermediateCatchEvent", "c", "m1", yikuo__form="payment")
    version = loaded(
        f'<bpmn:laneSet id="ls">{lane}</bpmn:laneSet>',
        caught,
        path("s", "c", "e"),
        extra=MESSAGES,
        manifest='[lanes]\n"受理员" = "CLERK"\n',
        files={"forms/payment.json": b'{"schema": {"properties": {}}}'},
    )
    case = Case(version, {"order_no": "1"})
    assert case.standing.messages == (AwaitedMessage("paid", "c", "c", "CLERK", "payment"),)
    assert case.standing.scopes == {"c": {"order_no": "1"}}


def test_a_message_awaited_twice_says_which() -> None:
    fork = (node("parallelGateway", "f"), node("parallelGateway", "j"))
    parts = (*fork, message("receiveTask", "x", "m1"), message("receiveTask", "y", "m1"))
    case = Case(loaded(*parts, path("s", "f", "x", "j", "e"), path("f", "y", "j"), extra=MESSAGES))
    with pytest.raises(Invalid, match="x、y") as refusal:
        case.deliver("paid")
    assert refusal.value.field == "element_id"
    with pytest.raises(NotReady):
        case.deliver("paid", "f")
    case.deliver("paid", "y")
    assert case.deliver("paid").completed


def test_the_form_of_a_task_may_become_one_variable_too() -> None:
    case = Case(loaded(user("a", yikuo__result="survey"), user("b"), path("s", "a", "b", "e")))
    case.finish("a", ok=True)
    assert dict(case.variables) == {"survey": {"ok": True}}


# ---- terminate end events -------------------------------------------------------------------------------------------


def inside(*parts: str, start: str, end: str) -> str:
    return "".join((node("startEvent", start), *parts, node("endEvent", end)))


EVERYTHING = (
    node("parallelGateway", "f")
    + user("u")
    + boundary("bt", "u", "PT5H")
    + message("boundaryEvent", "bm", "m1", attachedToRef="u", cancelActivity="false")
    + path("u", "ie")
    + path("bt", "ie")
    + path("bm", "ie")
    + node("eventBasedGateway", "g")
    + timer("intermediateCatchEvent", "gt", "PT3H")
    + message("intermediateCatchEvent", "gm", "m2")
    + path("f", "g", "gt", "ie")
    + path("g", "gm", "ie")
    + node("subProcess", "deep", inside(user("d"), path("ds", "d", "de"), start="ds", end="de"))
    + path("f", "deep", "ie")
    + user("stop")
    + terminate("kill")
    + path("f", "stop", "kill")
    + path("f", "u")
    + path("is", "f")
)


def test_a_terminate_end_inside_ends_all_that_is_inside_and_nothing_around() -> None:
    sub = node("subProcess", "sub", inside(EVERYTHING, start="is", end="ie"))
    outer = (
        node("parallelGateway", "of"),
        sub,
        boundary("ob", "sub", "PT9H", interrupting=False),
        user("other"),
        boundary("x", "other", "PT8H"),
        user("after"),
    )
    flows = (path("s", "of", "sub", "after", "e"), path("of", "other", "e"), path("ob", "e"), path("x", "e"))
    case = Case(loaded(*outer, *flows, extra=MESSAGES))
    assert case.open == ["d", "other", "stop", "u"]
    assert case.timers == ["bt", "gt", "ob", "x"]
    assert case.messages == ["bm", "gm"]
    done = case.finish("stop")
    assert (case.open, case.timers, case.messages) == (["after", "other"], ["x"], [])
    assert len(done.disarmed) == 3
    assert len(done.closed) == 3
    assert len(orjson.loads(done.state)["trees"]) == 1
    case.finish("other")
    assert case.finish("after").completed


def test_a_terminate_end_in_the_process_ends_all() -> None:
    sub = node("subProcess", "sub", inside(user("i"), path("is", "i", "ie"), start="is", end="ie"))
    parts = (node("parallelGateway", "f"), sub, user("stop"), terminate("kill"), boundary("b", "sub", "PT1H"))
    case = Case(loaded(*parts, path("s", "f", "sub", "e"), path("f", "stop", "kill"), path("b", "e")))
    task = case.task("i")
    done = case.finish("stop")
    assert done.completed
    assert task in done.closed
    assert (case.open, case.timers) == ([], [])
    assert len(orjson.loads(done.state)["trees"]) == 1


def called(*parts: str) -> dict[str, bytes]:
    return {"q.bpmn": process(*parts, node("endEvent", "qe"), id="Q", start="qs")}


def test_a_terminate_end_in_a_called_process_gives_its_outputs() -> None:
    mapping = '<bpmn:extensionElements><yikuo:output source="x + 1" target="y"/></bpmn:extensionElements>'
    inner = inside(user("deep"), path("ps", "deep", "pe"), start="ps", end="pe")
    stop = (script("w", "x = 1"), terminate("kill"), path("stop", "w", "kill"))
    parts = (node("parallelGateway", "f"), node("subProcess", "p", inner), user("stop"), *stop)
    body = called(*parts, path("qs", "f", "p", "qe"), path("f", "stop"))
    beside_it = (node("parallelGateway", "of"), user("other"), path("of", "other", "e"))
    call = node("callActivity", "ca", mapping, calledElement="Q")
    case = Case(loaded(*beside_it, call, user("z"), path("s", "of", "ca", "z", "e"), files=body))
    assert case.open == ["deep", "other", "stop"]
    case.finish("stop")
    assert case.open == ["other", "z"]
    assert dict(case.variables) == {"y": 2}
    assert list(orjson.loads(case.last.state)["vars"]) == [""]


def test_an_interrupting_timer_ends_called_and_nested_processes() -> None:
    deep = inside(node("callActivity", "ca", calledElement="Q"), path("ps", "ca", "pe"), start="ps", end="pe")
    sub = node("subProcess", "sub", deep)
    body = called(user("q"), boundary("qb", "q", "PT3H"), path("qs", "q", "qe"), path("qb", "qe"))
    parts = (sub, boundary("b", "sub", "PT1H"), user("late"), path("s", "sub", "e"), path("b", "late", "e"))
    case = Case(loaded(*parts, files=body))
    assert (case.open, case.timers) == (["q"], ["b", "qb"])
    fired = case.fire("b")
    assert len(fired.disarmed) == 2
    assert (case.open, case.timers) == (["late"], [])
    assert len(orjson.loads(fired.state)["trees"]) == 1
    assert case.finish("late").completed


# ---- branches -------------------------------------------------------------------------------------------------------


def test_the_flows_taken_at_a_choice_are_told_in_order() -> None:
    parts = (
        node("exclusiveGateway", "x", default="xd"),
        node("inclusiveGateway", "o", default="od"),
        node("inclusiveGateway", "j"),
        node("exclusiveGateway", "m"),
        user("u"),
        path("s", "x"),
        flow("x", "o", "n > 1", id="x1"),
        flow("x", "o", id="xd"),
        flow("o", "u", "n > 2", id="o1"),
        flow("o", "m", "n > 1", id="o2"),
        flow("o", "m", id="od"),
        path("u", "j"),
        path("m", "j", "e"),
    )
    version = loaded(*parts)
    assert version.index.branches == {
        "x1": ("x", "o"),
        "xd": ("x", "o"),
        "o1": ("o", "u"),
        "o2": ("o", "m"),
        "od": ("o", "m"),
    }
    assert Case(version, {"n": 0}).last.branches == ("xd", "od")
    assert Case(version, {"n": 2}).last.branches == ("x1", "o2")
    case = Case(version, {"n": 3})
    assert case.last.branches == ("x1", "o1", "o2")
    assert case.finish("u").branches == ()


def test_time_passes_only_by_command() -> None:
    case = racing()
    assert case.standing.timers[case.timer("t")].due_at == ENV.now + timedelta(hours=1)
