from __future__ import annotations

from engine.kernel.outline import ahead
from tests.diagrams import boundary, flow, node, path, process, user

DIAGRAM = process(
    user("a"),
    boundary("late", "a", "PT1H", interrupting=False),
    user("chased"),
    node("exclusiveGateway", "ask"),
    user("b"),
    node("subProcess", "works", "".join((node("startEvent", "ws"), user("dig"), flow("ws", "dig")))),
    user("c"),
    path("s", "a", "ask", "b", "works", "e"),
    flow("ask", "c"),
    flow("c", "a"),
    flow("late", "chased"),
)


def test_what_may_still_come_is_followed_through_choices_loops_and_into_sub_processes():
    assert ahead(DIAGRAM, "x", {"a", "late"}) == {"ask", "b", "works", "ws", "dig", "e", "c"}
    assert ahead(DIAGRAM, "x", {"works"}) == {"e"}
    assert ahead(DIAGRAM, "x", {"works", "ws"}) == {"dig", "e"}
    assert ahead(DIAGRAM, "x", {"e"}) == frozenset()
    assert ahead(DIAGRAM, "x", {"of another diagram"}) == frozenset()
