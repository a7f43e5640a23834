from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from engine.kernel.feel.runtime import MAX_BYTES, MAX_STEPS
from engine.kernel.feel.table import BUILTINS
from tests.expressions.grammar import ANY_TEXT, CELLS, EXPRESSIONS, SCOPE
from tests.expressions.thorough import Course, asked, evaluated

QUIET = settings(
    deadline=None,
    max_examples=1_000,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
GIVEN = st.sampled_from([*SCOPE.values(), 3, "a", 160, True])


def check_bounds(course: Course) -> None:
    """Either the evaluation ended itself within its budget, or the budget ended it."""
    if course.end not in ("budget", "FeelBudget", "unwritten"):
        assert course.run.steps <= MAX_STEPS
        assert course.run.bytes <= MAX_BYTES


@pytest.mark.parametrize("number", range(8))
def test_well_formed_expressions_raise_nothing_but_ours(number: int) -> None:
    seen: list[str] = []

    @seed(number)
    @QUIET
    @given(EXPRESSIONS)
    def survives(text: str) -> None:
        course = evaluated(text)
        seen.append(course.end)
        check_bounds(course)

    survives()
    assert seen.count("value") > 900


@pytest.mark.parametrize("number", range(2))
def test_well_formed_cells_raise_nothing_but_ours(number: int) -> None:
    seen: list[str] = []

    @seed(number)
    @QUIET
    @given(CELLS, GIVEN)
    def survives(text: str, value: object) -> None:
        course = asked(text, value)
        seen.append(course.end)
        check_bounds(course)

    survives()
    assert seen.count("value") > 800


def test_any_text_raises_nothing_but_ours() -> None:
    seen: set[str] = set()

    @seed(0)
    @QUIET
    @given(ANY_TEXT)
    def survives(text: str) -> None:
        for course in (evaluated(text), asked(text, 3)):
            seen.add(course.end)
            check_bounds(course)

    survives()
    assert seen >= {"value", "syntax"}


def test_the_grammar_knows_every_function() -> None:
    found: list[str] = []

    @seed(0)
    @settings(QUIET, max_examples=2_000, phases=[Phase.generate])
    @given(EXPRESSIONS)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    texts = " ".join(found)
    assert [name for name in BUILTINS if f"{name}(" not in texts] == []
    assert [
        sign
        for sign in (" instance of ", "function(", " satisfies ", " between ", "..", "external")
        if sign not in texts
    ] == []
