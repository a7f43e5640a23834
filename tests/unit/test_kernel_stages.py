from __future__ import annotations

import pytest

from engine.commands.inner import joined
from engine.kernel.model import Advance, Complete
from engine.kernel.spiff import advance, inspect, start
from tests.diagrams import boundary, each, flow, node, path, process, script, service, terminate, user
from tests.kernels import ENV, Case, loaded

PLAN, SURVEY = "SUPPLY_PLAN_REPLY", "SITE_SURVEY"


def inside(id: str, *parts: str, stage: str = PLAN, marks: str = "") -> str:
    """A sub-process with a start and an end of its own, `<id>_s` and `<id>_e`."""
    body = node("startEvent", f"{id}_s") + "".join(parts) + node("endEvent", f"{id}_e")
    return node("subProcess", id, marks + body, yikuo__stage=stage)


CALLED = process(
    user("c_survey", yikuo__stage=SURVEY),
    user("c_draft", yikuo__stage=PLAN),
    user("c_reply", yikuo__stage=PLAN),
    node("endEvent", "c_e"),
    path("c_s", "c_survey", "c_draft", "c_reply", "c_e"),
    id="plan",
    start="c_s",
)


def calling() -> Case:
    """A task, a call that bears a mark, an answer that may send it back there."""
    parts = (
        user("a"),
        node("callActivity", "c", yikuo__stage=PLAN, calledElement="plan"),
        user("answer"),
        node("exclusiveGateway", "x", default="f_x_e"),
        path("s", "a", "c", "answer", "x", "e"),
        '<bpmn:sequenceFlow id="back" sourceRef="x" targetRef="c"><bpmn:conditionExpression>again'
        "</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    return Case(loaded(*parts, files={"plan.bpmn": CALLED}), {"again": False})


def test_a_call_holds_its_stage_from_the_tokens_entry_until_it_leaves() -> None:
    case = calling()
    assert case.standing.stages == frozenset() == case.last.entered
    begun = case.finish("a")
    assert (begun.stages, begun.entered, begun.left) == ({PLAN}, {PLAN}, frozenset())
    for element in ("c_survey", "c_draft"):
        moved = case.finish(element)
        assert (moved.stages, moved.entered, moved.left) == ({PLAN}, frozenset(), frozenset())
        assert case.standing.stages == {PLAN}
    ended = case.finish("c_reply")
    assert (ended.stages, ended.entered, ended.left) == (frozenset(), frozenset(), {PLAN})
    assert case.standing.stages == frozenset()


def test_a_call_that_is_entered_again_holds_it_again() -> None:
    case = calling()
    case.finish("a", "c_survey", "c_draft", "c_reply")
    assert case.finish("answer", again=True).entered == {PLAN}
    assert case.finish("c_survey", "c_draft", "c_reply").left == {PLAN}
    assert case.finish("answer", again=False).completed


def test_the_stage_of_a_task_is_the_tasks_own() -> None:
    case = Case(loaded(user("a", yikuo__stage=PLAN), service("b", "notify.send"), path("s", "a", "b", "e")))
    assert case.standing.stages == frozenset()
    assert case.finish("a").left == frozenset()


def test_a_mark_where_nothing_is_inside_means_nothing() -> None:
    case = Case(
        loaded(service("b", "notify.send").replace('name="b"', f'name="b" yikuo:stage="{PLAN}"'), path("s", "b", "e"))
    )
    assert case.standing.calls and case.standing.stages == frozenset()


def test_whatever_cuts_a_sub_process_short_ends_its_stage() -> None:
    parts = (inside("sub", user("a"), path("sub_s", "a", "sub_e")), boundary("late", "sub", "PT1H"), user("b"))
    case = Case(loaded(*parts, path("s", "sub", "e"), path("late", "b", "e")))
    assert case.last.entered == {PLAN}
    assert case.fire("late").left == {PLAN}
    assert case.open == ["b"]


def test_a_stage_that_two_hold_ends_with_the_last() -> None:
    one, two = (inside(name, user(f"{name}_a"), path(f"{name}_s", f"{name}_a", f"{name}_e")) for name in ("one", "two"))
    fork, join = node("parallelGateway", "fork"), node("parallelGateway", "join")
    case = Case(loaded(one, two, fork, join, path("s", "fork", "one", "join", "e"), path("fork", "two", "join")))
    assert case.last.entered == {PLAN}
    assert case.finish("one_a").left == frozenset()
    assert case.finish("two_a").left == {PLAN}


def test_what_stands_inside_holds_its_own_stage_besides() -> None:
    inner = inside("in", user("a"), path("in_s", "a", "in_e"), stage=SURVEY)
    case = Case(loaded(inside("out", inner, user("b"), path("out_s", "in", "b", "out_e")), path("s", "out", "e")))
    assert case.standing.stages == {PLAN, SURVEY}
    assert case.finish("a").left == {SURVEY}
    assert case.finish("b").left == {PLAN}


def test_a_terminate_end_of_the_whole_leaves_nothing_open() -> None:
    sub = inside("sub", user("a"), path("sub_s", "a", "sub_e"))
    fork = node("parallelGateway", "fork")
    case = Case(
        loaded(sub, fork, user("b"), terminate("stop"), path("s", "fork", "sub", "e"), path("fork", "b", "stop"))
    )
    ended = case.finish("b")
    assert (ended.completed, ended.stages, ended.left) == (True, frozenset(), {PLAN})


@pytest.mark.parametrize("sequential", [True, False])
def test_a_repeated_sub_process_holds_it_from_the_first_item_to_the_last(sequential: bool) -> None:
    marks = each("[1, 2]", "n", "n", "all", sequential)
    sub = inside("sub", user("a"), path("sub_s", "a", "sub_e"), marks=marks)
    case = Case(loaded(sub, path("s", "sub", "e")))
    assert case.last.entered == {PLAN}
    between = case.finish("a")
    assert (between.stages, between.left) == ({PLAN}, frozenset())
    assert case.finish("a").left == {PLAN}


def test_a_step_that_fails_inside_leaves_nothing() -> None:
    sub = inside("sub", user("a"), script("wrong", "n = [1, 2]"), node("exclusiveGateway", "x", default="f_x_sub_e"),
                 path("sub_s", "a", "wrong", "x", "sub_e"),
                 '<bpmn:sequenceFlow id="odd" sourceRef="x" targetRef="sub_e"><bpmn:conditionExpression>n'
                 "</bpmn:conditionExpression></bpmn:sequenceFlow>")  # fmt: skip
    made = loaded(sub, path("s", "sub", "e"))
    begun = start(made, {}, ENV)
    (task_id,) = (task.task_id for task in begun.opened)
    failed = advance(made, begun.state, Complete(task_id, {}), ENV)
    assert failed.trouble is not None
    assert (failed.stages, failed.left) == ({PLAN}, frozenset())
    assert inspect(made, failed.state).stages == {PLAN}


def test_a_mark_takes_no_room_in_the_state() -> None:
    def state(stage: str) -> bytes:
        made = loaded(inside("sub", user("a"), path("sub_s", "a", "sub_e"), stage=stage), path("s", "sub", "e"))
        return start(made, {}, ENV).state

    assert PLAN.encode() not in state(PLAN)
    assert len(state(PLAN)) == len(state(""))


METER = "METER_INSTALLATION"


def joining(*more: str) -> Case:
    """The customer signs while the utility builds; the meter's stage is open as soon as only the utility is awaited."""
    fork, join = node("parallelGateway", "fork"), node("parallelGateway", "join")
    parts = (fork, user("sign"), user("build"), join, inside("connect", user("meter"), user("energise"),
             path("connect_s", "meter", "energise", "connect_e"), stage=METER), *more)  # fmt: skip
    marked = flow("sign", "join", stage=METER)
    return Case(
        loaded(*parts, marked, path("s", "fork", "sign"), path("fork", "build", "join"), path("join", "connect", "e"))
    )


def test_a_token_that_waits_at_a_join_holds_the_stage_of_its_flow() -> None:
    case = joining()
    assert case.standing.stages == frozenset()
    signed = case.finish("sign")
    assert (signed.stages, signed.entered, case.open) == ({METER}, {METER}, ["build"])
    built = case.finish("build")
    assert (built.stages, built.entered, built.left, case.open) == ({METER}, frozenset(), frozenset(), ["meter"])
    assert case.finish("meter").left == frozenset()
    assert case.finish("energise").left == {METER}


def test_what_comes_by_another_flow_holds_nothing() -> None:
    case = joining()
    built = case.finish("build")
    assert (built.stages, built.entered, case.open) == (frozenset(), frozenset(), ["sign"])
    assert case.finish("sign").entered == {METER}


def test_an_event_on_the_last_task_before_the_join_does_not_hide_where_the_token_came_from() -> None:
    case = joining(boundary("idle", "sign", "PT1H", interrupting=False), node("endEvent", "told"), path("idle", "told"))
    case.fire("idle")
    assert case.finish("sign").entered == {METER}
    assert case.finish("build").left == frozenset()


def test_a_token_that_is_cancelled_at_the_join_lets_the_stage_go() -> None:
    fork, join = node("parallelGateway", "fork"), node("parallelGateway", "join")
    parts = (fork, user("sign"), user("build"), join, terminate("stop"), boundary("stopped", "build", "PT1H"))
    flows = (path("s", "fork", "sign"), path("fork", "build", "join", "e"), path("stopped", "stop"))
    case = Case(loaded(*parts, *flows, flow("sign", "join", stage=METER)))
    case.finish("sign")
    ended = case.fire("stopped")
    assert (ended.completed, ended.stages, ended.left) == (True, frozenset(), {METER})


def told(stages: str = "", entered: str = "", left: str = "") -> Advance:
    sets = (frozenset(each.split()) for each in (stages, entered, left))
    return Advance(b"", False, **dict(zip(("stages", "entered", "left"), sets, strict=True)))


@pytest.mark.parametrize(
    ("first", "then", "entered", "left"),
    [
        (told("a", "a"), told("a"), {"a"}, set()),
        (told("a", "a"), told(left="a"), set(), set()),
        (told(left="a"), told("a", "a"), set(), set()),
        (told("a"), told("b", "b", "a"), {"b"}, {"a"}),
        (told("b", "b", "a"), told("b"), {"b"}, {"a"}),
    ],
)
def test_two_advances_of_one_step_are_told_as_one(first: Advance, then: Advance, entered: set, left: set) -> None:
    whole = joined(first, then)
    assert (whole.stages, whole.entered, whole.left) == (then.stages, entered, left)
