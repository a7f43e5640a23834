from __future__ import annotations

import pytest

from engine.errors import NotReady
from engine.kernel.model import Complete, Return
from engine.kernel.spiff import returnable
from tests.diagrams import boundary, flow, message, node, path, user
from tests.kernels import Case, loaded

LINE = (user("a"), user("b"), user("c"), path("s", "a", "b", "c", "e"))
FORK = (
    user("t"),
    node("parallelGateway", "fork"),
    user("a"),
    user("a2"),
    user("b"),
    node("parallelGateway", "join"),
    user("c"),
    path("s", "t", "fork", "a", "a2", "join", "c", "e"),
    path("fork", "b", "join"),
)


def back(case: Case, source: str, target: str):
    return case.step(Return(case.task(source), target))


def test_a_token_goes_back_and_walks_on_by_the_drawn_way() -> None:
    case = Case(loaded(*LINE))
    case.finish("a", x=1)
    case.finish("b")
    before = case.task("c")
    moved = back(case, "c", "a")

    assert moved.closed == (before,) and [task.element_id for task in moved.opened] == ["a"]
    assert (moved.passed, moved.completed) == ((), False)
    assert case.variables["x"] == 1
    case.finish("a", "b", "c")
    assert case.last.completed


def test_straight_back_to_where_it_was_returned_from() -> None:
    case = Case(loaded(*LINE))
    case.finish("a", "b")
    back(case, "c", "a")
    moved = case.step(Complete(case.task("a"), {"x": 2}, then="c"))

    assert case.open == ["c"] and [task.element_id for task in moved.opened] == ["c"]
    assert case.variables["x"] == 2


def test_before_a_fork_takes_the_other_branches_back() -> None:
    case = Case(loaded(*FORK))
    case.finish("t", "b", "a")
    assert returnable(case.process, case.last.state, case.task("a2"), ["t", "a", "b", "c"]) == {"t": ("join",), "a": ()}
    back(case, "a2", "t")
    assert case.open == ["t"]
    case.finish("t", "a", "a2")
    assert case.open == ["b"]
    case.finish("b", "c")
    assert case.last.completed


def test_within_a_branch_leaves_the_others_alone() -> None:
    case = Case(loaded(*FORK))
    case.finish("t", "a")
    b = case.task("b")
    moved = back(case, "a2", "a")

    assert len(moved.closed) == 1 and case.task("b") == b
    case.finish("a", "a2", "b", "c")
    assert case.last.completed


def test_into_a_branch_that_has_been_joined_is_refused() -> None:
    case = Case(loaded(*FORK))
    case.finish("t", "a", "a2", "b")
    with pytest.raises(NotReady, match="并行"):
        back(case, "c", "a")
    back(case, "c", "t")
    assert case.open == ["t"]


def test_straight_back_out_of_a_loop_while_a_branch_runs() -> None:
    case = Case(loaded(*FORK))
    case.finish("t", "a")
    back(case, "a2", "a")
    case.finish("b")
    case.step(Complete(case.task("a"), {}, then="a2"))
    case.finish("a2", "c")
    assert case.last.completed


def test_timers_of_the_left_task_are_off_and_those_of_the_other_armed() -> None:
    case = Case(
        loaded(
            user("a"),
            boundary("ta", "a", "PT1H", interrupting=False),
            user("la"),
            user("b"),
            boundary("tb", "b", "PT2H"),
            user("lb"),
            path("s", "a", "b", "e"),
            path("ta", "la", "e"),
            path("tb", "lb", "e"),
        )
    )
    case.fire("ta")
    case.finish("a")
    moved = back(case, "b", "a")

    assert [timer.element_id for timer in moved.armed] == ["ta"] and len(moved.disarmed) == 1
    assert case.open == ["a", "la"], "what runs beside the task goes on"
    case.finish("la", "a", "b")
    assert case.last.completed


def test_only_to_tasks_for_people_of_the_same_scope() -> None:
    inner = node(
        "subProcess", "sub", node("startEvent", "is") + user("i") + node("endEvent", "ie") + path("is", "i", "ie")
    )
    case = Case(loaded(user("a"), inner, user("b"), path("s", "a", "sub", "b", "e")))
    case.finish("a")
    for target in ("a", "sub", "ie", "nowhere"):
        with pytest.raises(NotReady):
            back(case, "i", target)
    case.finish("i")
    with pytest.raises(NotReady):
        back(case, "b", "i")


def test_a_race_of_events_goes_with_its_branch() -> None:
    case = Case(
        loaded(
            user("t"),
            node("parallelGateway", "fork"),
            user("a"),
            node("eventBasedGateway", "g"),
            message("intermediateCatchEvent", "m1", "M"),
            message("intermediateCatchEvent", "m2", "N"),
            node("exclusiveGateway", "x"),
            node("parallelGateway", "join"),
            path("s", "t", "fork", "a", "join", "e"),
            path("fork", "g", "m1", "x", "join"),
            flow("g", "m2"),
            flow("m2", "x"),
            extra='<bpmn:message id="M" name="m"/><bpmn:message id="N" name="n"/>',
        )
    )
    case.finish("t")
    assert case.messages == ["m1", "m2"]
    back(case, "a", "t")
    assert (case.open, case.messages) == (["t"], [])
    case.finish("t", "a")
    case.deliver("n")
    assert case.last.completed
