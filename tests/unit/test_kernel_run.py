from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from engine.errors import InvalidForm, ModelRefused, NotReady
from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Advance, AwaitedMessage, Complete, Deliver, Env, Fire, Reply, Retry
from engine.kernel.spiff import advance, build, inspect, start
from engine.kernel.xml_door import open_xml
from tests.diagrams import boundary, flow, folder, node, path, script, service, timer, user

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ENV = Env(NOW)


def loaded(*parts: str, **options: Any) -> Process:
    return load(bundle(folder(*parts, **options), {}))


def task(result: Advance, element: str) -> str:
    return next(t.task_id for t in result.opened if t.element_id == element)


def armed(result: Advance, element: str) -> str:
    return next(t.timer_id for t in result.armed if t.element_id == element)


def open_elements(process: Process, state: bytes) -> list[str]:
    return sorted(t.element_id for t in inspect(process, state).tasks.values())


def task_of(process: Process, state: bytes, element: str) -> str:
    return next(i for i, t in inspect(process, state).tasks.items() if t.element_id == element)


def finish(process: Process, result: Advance, *elements: str) -> Advance:
    for element in elements:
        result = advance(process, result.state, Complete(task_of(process, result.state, element), {}), ENV)
        assert result.trouble is None
    return result


LOOP = (
    user("a"),
    script("b", "n = n + 1"),
    node("exclusiveGateway", "g", default="gd"),
    flow("g", "a", "n < 2000"),
    flow("g", "e", id="gd"),
    path("s", "a", "b", "g"),
)


def test_loop_neither_ends_falsely_at_depth_1000_nor_grows() -> None:
    process = loaded(*LOOP)
    result = start(process, {"n": 0}, ENV)
    sizes = []
    for _ in range(1_200):
        result = finish(process, result, "a")
        sizes.append(len(result.state))
    assert not result.completed
    assert open_elements(process, result.state) == ["a"]
    assert sizes[-1] - sizes[10] <= 3  # the digits of n


def test_completed_task_cannot_run_again() -> None:
    process = loaded(user("a"), user("b"), path("s", "a", "b", "e"))
    first = start(process, {}, ENV)
    done = finish(process, first, "a")
    with pytest.raises(NotReady):
        advance(process, done.state, Complete(task(first, "a"), {}), ENV)


def test_a_timer_is_no_task_and_a_task_is_no_timer() -> None:
    process = loaded(user("a"), boundary("t", "a", "PT1H"), user("late"), path("s", "a", "e"), path("t", "late", "e"))
    first = start(process, {}, ENV)
    for wrong in (Complete(armed(first, "t"), {}), Fire(task(first, "a")), Reply(task(first, "a"), 1), Fire("no")):
        with pytest.raises(NotReady):
            advance(process, first.state, wrong, ENV)


def test_parallel_join_keeps_the_branch_that_wrote() -> None:
    process = loaded(
        node("parallelGateway", "g"),
        user("u"),
        user("v"),
        node("parallelGateway", "j"),
        user("w"),
        path("s", "g", "u", "j", "w", "e"),
        path("g", "v", "j"),
    )
    first = start(process, {"x": 0, "list": ["a", "b"]}, ENV)
    second = advance(process, first.state, Complete(task(first, "u"), {"x": 5, "list": ["c"]}), ENV)
    third = advance(process, second.state, Complete(task(first, "v"), {}), ENV)
    assert inspect(process, third.state).variables == {"x": 5, "list": ["c"]}
    assert open_elements(process, third.state) == ["w"]


def test_form_key_typename_is_only_a_key() -> None:
    process = loaded(user("a"), user("b"), path("s", "a", "b", "e"))
    first = start(process, {}, ENV)
    odd = {"typename": {"typename": "datetime", "value": "x"}, "len": 1, "limit": 2}
    second = advance(process, first.state, Complete(task(first, "a"), odd), ENV)
    assert inspect(process, second.state).variables == odd
    assert finish(process, second, "b").completed


@pytest.mark.parametrize("names", [("End", "Start"), ("Root", "P.EndJoin")])
def test_ids_of_spiffworkflows_own_are_harmless(names: tuple[str, str]) -> None:
    one, two = names
    process = loaded(node("parallelGateway", "g"), user(one), user(two), path("s", "g", one, "e"), path("g", two, "e"))
    first = start(process, {}, ENV)
    assert len(first.opened) == 2
    half = advance(process, first.state, Complete(first.opened[0].task_id, {}), ENV)
    assert not half.completed
    assert advance(process, half.state, Complete(first.opened[1].task_id, {}), ENV).completed


def test_flows_without_an_id_are_followed() -> None:
    bare = '<bpmn:sequenceFlow sourceRef="{}" targetRef="{}"/>\n'
    process = loaded(user("a"), user("b"), *(bare.format(*pair) for pair in (("s", "a"), ("a", "b"), ("b", "e"))))
    assert finish(process, start(process, {}, ENV), "a", "b").completed


def test_excess_token_at_a_join_runs_on_its_own() -> None:
    process = loaded(
        node("parallelGateway", "g"),
        user("a"),
        user("b"),
        node("exclusiveGateway", "m"),
        user("c"),
        path("s", "g", "a", "m", "c", "e"),
        path("g", "b", "m"),
    )
    result = finish(process, start(process, {}, ENV), "a", "b")
    assert open_elements(process, result.state) == ["c", "c"]
    result = finish(process, result, "c")
    assert not result.completed
    assert finish(process, result, "c").completed


def test_parallel_join_inside_a_loop_joins_each_round() -> None:
    process = loaded(
        node("exclusiveGateway", "m"),
        node("parallelGateway", "g"),
        user("a"),
        user("b"),
        node("parallelGateway", "j"),
        script("n1", "n = n + 1"),
        node("exclusiveGateway", "x", default="xd"),
        path("s", "m", "g", "a", "j", "n1", "x"),
        path("g", "b", "j"),
        flow("x", "m", "n < 3"),
        flow("x", "e", id="xd"),
    )
    result = start(process, {"n": 0}, ENV)
    for _ in range(3):
        assert open_elements(process, result.state) == ["a", "b"]
        result = finish(process, result, "b", "a")
    assert result.completed


INCLUSIVE = (
    node("inclusiveGateway", "g", default="gd"),
    user("a"),
    user("b"),
    user("c"),
    node("inclusiveGateway", "j"),
    user("z"),
    path("s", "g"),
    flow("g", "a", "x > 1"),
    flow("g", "b", "x > 2"),
    flow("g", "c", id="gd"),
    path("a", "j", "z", "e"),
    path("b", "j"),
    path("c", "j"),
)


@pytest.mark.parametrize(("x", "taken"), [(0, ["c"]), (2, ["a"]), (3, ["a", "b"])])
def test_inclusive_gateway_waits_for_exactly_what_it_sent(x: int, taken: list[str]) -> None:
    process = loaded(*INCLUSIVE)
    result = start(process, {"x": x}, ENV)
    assert open_elements(process, result.state) == taken
    for element in taken:
        assert "z" not in open_elements(process, result.state)
        result = finish(process, result, element)
    assert open_elements(process, result.state) == ["z"]
    assert finish(process, result, "z").completed


def test_inclusive_join_stops_waiting_when_the_awaited_token_goes_elsewhere() -> None:
    aside = (user("late"), node("endEvent", "e2"), path("t", "late", "e2"))
    process = loaded(*INCLUSIVE, boundary("t", "b", "PT1H"), *aside)
    first = start(process, {"x": 3}, ENV)
    half = finish(process, first, "a")
    assert "z" not in open_elements(process, half.state)
    fired = advance(process, half.state, Fire(armed(first, "t")), ENV)
    assert open_elements(process, fired.state) == ["late", "z"]


INNER = (
    node("startEvent", "ss") + user("u") + script("w", "w = 1") + node("endEvent", "se") + path("ss", "u", "w", "se")
)


def test_interrupting_timer_stops_a_sub_process_before_its_next_script() -> None:
    process = loaded(
        node("subProcess", "sp", INNER),
        boundary("t", "sp", "PT1H"),
        user("late"),
        path("s", "sp", "e"),
        path("t", "late", "e"),
    )
    first = start(process, {}, ENV)
    fired = advance(process, first.state, Fire(armed(first, "t")), ENV)
    assert [t.element_id for t in fired.opened] == ["late"]
    assert task(first, "u") in fired.closed
    assert "w" not in inspect(process, fired.state).variables
    with pytest.raises(NotReady):
        advance(process, fired.state, Complete(task(first, "u"), {}), ENV)


def test_non_interrupting_timer_leaves_the_task_and_fires_once() -> None:
    process = loaded(
        user("a"),
        boundary("t", "a", "PT1H", interrupting=False),
        user("warn"),
        path("s", "a", "e"),
        path("t", "warn", "e"),
    )
    first = start(process, {}, ENV)
    fired = advance(process, first.state, Fire(armed(first, "t")), ENV)
    assert open_elements(process, fired.state) == ["a", "warn"]
    with pytest.raises(NotReady):
        advance(process, fired.state, Fire(armed(first, "t")), ENV)
    assert not finish(process, fired, "a").completed
    assert finish(process, fired, "warn", "a").completed


def test_completing_the_task_disarms_its_timers() -> None:
    process = loaded(
        user("a"), boundary("t", "a", "PT1H"), user("b"), user("late"), path("s", "a", "b", "e"), path("t", "late", "e")
    )
    first = start(process, {}, ENV)
    second = finish(process, first, "a")
    assert second.disarmed == (armed(first, "t"),)
    assert open_elements(process, second.state) == ["b"]


def test_timer_of_2001_waits_for_the_command() -> None:
    process = loaded(timer("intermediateCatchEvent", "t", "2001-01-01T00:00:00Z", "timeDate"), path("s", "t", "e"))
    first = start(process, {}, ENV)
    assert not first.completed
    assert first.armed[0].due_at == datetime(2001, 1, 1, tzinfo=UTC)
    assert advance(process, first.state, Fire(armed(first, "t")), ENV).completed


def test_due_instant_is_fixed_when_the_token_arrives() -> None:
    process = loaded(user("a"), boundary("t", "a", "hours", interrupting=False), path("s", "a", "e"), path("t", "e"))
    first = start(process, {"hours": "PT2H"}, ENV)
    assert first.armed[0].due_at == NOW + timedelta(hours=2)
    later = Env(NOW + timedelta(days=3))
    assert next(iter(inspect(process, first.state).timers.values())).due_at == NOW + timedelta(hours=2)
    assert advance(process, first.state, Complete(task(first, "a"), {}), later).completed


def test_function_of_the_business_explains_its_timer() -> None:
    def limit(stage: str) -> dict[str, object]:
        return {"due": datetime(2026, 3, 9, 16, tzinfo=UTC), "why": {"stage": stage}}

    process = loaded(user("a"), boundary("t", "a", 'limit("TOTAL")'), path("s", "a", "e"), path("t", "e"))
    first = start(process, {}, Env(NOW, {"limit": limit}))
    assert first.trouble is None
    assert (first.armed[0].due_at, first.armed[0].why) == (datetime(2026, 3, 9, 16, tzinfo=UTC), {"stage": "TOTAL"})


def test_service_task_waits_for_its_reply() -> None:
    process = loaded(service("n", "notify.send", "answer", to="who"), user("a"), path("s", "n", "a", "e"))
    first = start(process, {"who": "x"}, ENV)
    assert (first.calls[0].operator, first.calls[0].params) == ("notify.send", {"to": "x"})
    second = advance(process, first.state, Reply(first.calls[0].call_id, {"ok": True}), ENV)
    assert inspect(process, second.state).variables["answer"] == {"ok": True}
    assert second.recalled == (first.calls[0].call_id,)
    assert open_elements(process, second.state) == ["a"]


def test_message_is_delivered_to_the_one_that_waits() -> None:
    catch = node("intermediateCatchEvent", "c", '<bpmn:messageEventDefinition id="cd" messageRef="m1"/>')
    process = loaded(catch, path("s", "c", "e"), extra='<bpmn:message id="m1" name="paid"/>')
    first = start(process, {}, ENV)
    assert inspect(process, first.state).messages == (AwaitedMessage("paid", "c", "c", "", ""),)
    with pytest.raises(NotReady):
        advance(process, first.state, Deliver("other", {}), ENV)
    done = advance(process, first.state, Deliver("paid", {"amount": 1}), ENV)
    assert done.completed
    assert inspect(process, done.state).variables == {"amount": 1}


def test_called_process_has_variables_of_its_own() -> None:
    mapping = (
        "<bpmn:extensionElements>"
        '<yikuo:input source="a + 1" target="x"/><yikuo:output source="x * 2" target="b"/></bpmn:extensionElements>'
    )
    called = (
        '</bpmn:process><bpmn:process id="Q" isExecutable="true">'
        + node("startEvent", "qs")
        + user("qu")
        + script("qx", "x = x + 1", "secret = 1")
        + node("endEvent", "qe")
        + path("qs", "qu", "qx", "qe")
    )
    files = folder(node("callActivity", "ca", mapping, calledElement="Q"), path("s", "ca", "e"))
    files["process.bpmn"] = files["process.bpmn"].replace(b"</bpmn:process>", called.encode() + b"</bpmn:process>", 1)
    process = load(bundle(files, {}))
    first = start(process, {"a": 1}, ENV)
    done = advance(process, first.state, Complete(task(first, "qu"), {"secret": 7}), ENV)
    assert done.completed
    assert inspect(process, done.state).variables == {"a": 1, "b": 6}


# ---- trouble ---------------------------------------------------------------------------------------------------------


def test_failing_automatic_part_keeps_the_persons_act_and_can_be_retried() -> None:
    process = loaded(
        user("a"),
        node("exclusiveGateway", "g", default="gd"),
        flow("g", "b", "needs_works"),
        flow("g", "e", id="gd"),
        user("b"),
        path("s", "a", "g"),
        path("b", "e"),
    )
    first = start(process, {}, ENV)
    stuck = advance(process, first.state, Complete(task(first, "a"), {"note": "x"}), ENV)
    assert stuck.trouble is not None
    assert (stuck.trouble.element_id, stuck.trouble.code) == ("g", "condition_not_boolean")
    assert stuck.closed == (task(first, "a"),)
    assert inspect(process, stuck.state).variables == {"note": "x"}
    assert inspect(process, stuck.state).stuck
    again = advance(process, stuck.state, Retry(), ENV)
    assert again.trouble is not None
    mended = orjson.loads(again.state)
    mended["vars"][""]["needs_works"] = True
    assert [t.element_id for t in advance(process, orjson.dumps(mended), Retry(), ENV).opened] == ["b"]


def test_script_that_breaks_its_bounds_leaves_no_partial_write() -> None:
    endless = "y = sum(for i in 1..9999 return sum(for j in 1..9999 return j))"
    process = loaded(user("a"), script("b", "x = 1", endless), path("s", "a", "b", "e"))
    first = start(process, {}, ENV)
    result = advance(process, first.state, Complete(task(first, "a"), {"form": 1}), ENV)
    assert result.trouble is not None
    assert (result.trouble.element_id, result.trouble.code) == ("b", "feel_budget")
    assert inspect(process, result.state).variables == {"form": 1}


@pytest.mark.parametrize("text", ["n + 0", 'string("soon")', "null", '"PT5M" + 1', "true", 'duration("-PT5M")'])
def test_timer_without_an_instant_is_trouble(text: str) -> None:
    process = loaded(user("a"), timer("intermediateCatchEvent", "t", text), path("s", "a", "t", "e"))
    first = start(process, {}, ENV)
    result = advance(process, first.state, Complete(task(first, "a"), {}), ENV)
    assert result.trouble is not None and result.trouble.element_id == "t"


def test_values_over_a_megabyte_are_refused() -> None:
    process = loaded(user("a"), user("b"), path("s", "a", "b", "e"))
    first = start(process, {}, ENV)
    with pytest.raises(InvalidForm, match="1 MB"):
        advance(process, first.state, Complete(task(first, "a"), {"x": "大" * 400_000}), ENV)


# ---- restart after every step ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [INCLUSIVE, LOOP, (node("subProcess", "sp", INNER), path("s", "sp", "e"))])
def test_state_is_the_same_after_a_round_trip(parts: tuple[str, ...]) -> None:
    process = loaded(*parts)
    result = start(process, {"x": 3, "n": 1_990}, ENV)
    for _ in range(40):
        before = inspect(process, result.state)
        if result.completed:
            break
        nothing = advance(process, result.state, Retry(), ENV)
        assert nothing.state == result.state
        result = advance(process, result.state, Complete(next(iter(before.tasks)), {}), ENV)
    assert result.completed


def test_specification_is_not_changed_by_running() -> None:
    process = loaded(*INCLUSIVE)

    def frozen() -> list[tuple[str, list[str], list[str]]]:
        specs = process.net.main.task_specs.items()
        return [(name, list(spec._inputs), list(spec._outputs)) for name, spec in specs]

    before = frozen()
    for x in (0, 2, 3):
        result = start(process, {"x": x}, ENV)
        while not result.completed:
            result = advance(process, result.state, Complete(next(iter(inspect(process, result.state).tasks)), {}), ENV)
    assert frozen() == before


TABLE = """<?xml version="1.0"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
<decision id="share" name="share"><decisionTable id="t" hitPolicy="UNIQUE">
<input id="i"><inputExpression id="ie" typeRef="number"><text>total / parts</text></inputExpression></input>
<output id="o" name="share" typeRef="string"/>
<rule id="r1"><inputEntry id="a1"><text>&lt; 10</text></inputEntry>
<outputEntry id="b1"><text>"small"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="a2"><text>&gt;= 10</text></inputEntry>
<outputEntry id="b2"><text>"large"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def deciding() -> Process:
    body = "<bpmn:extensionElements><spiffworkflow:calledDecisionId>share</spiffworkflow:calledDecisionId>"
    rule = node("businessRuleTask", "r", body + "</bpmn:extensionElements>", yikuo__result="size")
    return loaded(rule, user("a"), path("s", "r", "a", "e"), files={"share.dmn": TABLE.encode()})


@pytest.mark.parametrize(("total", "size", "rule"), [(9.99, "small", 1), (10, "large", 2)])
def test_a_decision_is_kept_with_its_rule_and_inputs(total: float, size: str, rule: int) -> None:
    process = deciding()
    result = start(process, {"total": total, "parts": 1}, ENV)
    taken = result.decisions[0]
    assert (taken.element_id, taken.decision, taken.matched, taken.output) == ("r", "share", (rule,), size)
    assert taken.digest == process.models["share.dmn"].digest
    assert inspect(process, result.state).variables["size"] == size


def test_a_decision_that_goes_wrong_is_trouble() -> None:
    result = start(deciding(), {"total": 1, "parts": 0}, ENV)
    assert result.trouble is not None
    assert (result.trouble.element_id, result.trouble.code) == ("r", "decision_failed")


def test_parallel_blocks_in_a_row_cost_no_tasks_in_advance() -> None:
    parts = []
    for n in range(18):
        parts += [node("parallelGateway", f"g{n}"), user(f"a{n}"), user(f"b{n}"), node("parallelGateway", f"j{n}")]
        parts += [path(f"g{n}", f"a{n}", f"j{n}"), path(f"g{n}", f"b{n}", f"j{n}")]
        parts.append(path("s" if n == 0 else f"j{n - 1}", f"g{n}"))
    process = loaded(*parts, path("j17", "e"))
    result = start(process, {}, ENV)
    for n in range(18):
        trees = orjson.loads(result.state)["trees"]
        assert len(trees[0][2]) <= 3  # the root and the two that wait: SpiffWorkflow held 2,097,149 from the start
        result = finish(process, result, f"a{n}", f"b{n}")
    assert result.completed


def test_a_second_attempt_after_a_refusal_is_refused_again() -> None:
    files = folder(user("a"), node("complexGateway", "x"), path("s", "a", "x", "e"))
    for _ in range(2):
        with pytest.raises(ModelRefused):
            load(bundle(files, {}))


def test_a_parse_that_failed_leaves_nothing_half_built() -> None:
    broken = folder(user("a"), node("complexGateway", "x"), path("s", "a", "x", "e"))["process.bpmn"]
    for _ in range(2):
        with pytest.raises(ModelRefused):  # past lint, at SpiffWorkflow itself: its own second call gave half a process
            build({"process.bpmn": open_xml(broken, "process.bpmn")}, "P")


def test_lanes_are_kept_whatever_file_was_read_before() -> None:
    lane = '<bpmn:lane id="l" name="勘查员"><bpmn:flowNodeRef>a</bpmn:flowNodeRef></bpmn:lane>'
    parts = (f'<bpmn:laneSet id="ls">{lane}</bpmn:laneSet>', user("a"), path("s", "a", "e"))
    for number in range(60):  # a digest of its own each time, so that none comes from the cache
        files = folder(*parts, manifest=f'note = "{number}"\n[lanes]\n"勘查员" = "SURVEYOR"\n')
        assert start(load(bundle(files, {})), {}, ENV).opened[0].role == "SURVEYOR"


def test_a_null_with_a_reason_is_told_and_does_not_stop() -> None:
    process = loaded(script("b", "x = ghost.a\ny = null"), user("a"), path("s", "b", "a", "e"))
    result = start(process, {}, ENV)

    assert [(doubt.element_id, doubt.name) for doubt in result.doubts] == [("b", "x")]
    assert "ghost" in result.doubts[0].notes[0].reason
    assert result.trouble is None
