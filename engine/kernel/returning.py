"""Whether tokens may stand so: a marking from which every way drawn still comes to the end. Pure; knows no instance.

Sending a token back by hand makes a marking that the diagram may never have come to by itself: a branch would be done
twice, or a join would wait for ever. So the token game that judges a diagram at import is played from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Final, TypeAlias

from lxml import etree

from engine.kernel.lint.diagram import Scope, read
from engine.kernel.lint.net import compile_net
from engine.kernel.lint.soundness import Game
from engine.kernel.xml_door import open_xml

if TYPE_CHECKING:
    from engine.kernel.loader import Process

MAX_OTHERS: Final = 8
"""Tokens in parallel of which every choice is tried; of more only all and none."""

At: TypeAlias = tuple[str, str]
"""Where a token stands: the node, and the node from which it came to it ("" where that makes no difference)."""


def kept(process: Process, scope_id: str, others: Sequence[At], target: str) -> tuple[int, ...] | None:
    """Which of the other tokens (by number) can stay if one is put at the target: as many as possible. None: the target
    cannot be gone to, whatever is taken back."""
    scope = _scope(process, scope_id)
    if scope is None or target not in scope.nodes or not scope.nodes[target].incoming:
        return None
    whole = _whole(_Key(scope))
    for numbers in _choices(len(others)):
        places = [_flow(scope, others[number]) for number in numbers]
        if None in places or any(others[number][0] == target for number in numbers):
            continue
        begin = [place for place in places if place is not None]
        goal = _flow(scope, (target, ""))
        assert goal is not None
        if Game(scope, [*begin, goal]).is_as_sound_as(whole):
            return numbers
    return None


def lies_before(process: Process, scope_id: str, element_id: str, of: str) -> bool:
    """Does the first element come before the second, loops aside? In a loop what was passed may also lie ahead."""
    scope = _scope(process, scope_id)
    if scope is None:
        return False
    rank = {step.id: number for number, step in enumerate(compile_net(scope).steps)}
    return element_id in rank and of in rank and rank[element_id] < rank[of]


def _choices(n_others: int) -> Iterator[tuple[int, ...]]:
    everything = tuple(range(n_others))
    if n_others > MAX_OTHERS:
        yield from (everything, ())
        return
    for size in range(n_others, -1, -1):
        yield from combinations(everything, size)


def _flow(scope: Scope, at: At) -> int | None:
    node, source = at
    ways = (n for n, f in enumerate(scope.flows) if f.target == node and (not source or f.source == source))
    return next(ways, None)


class _Key:
    """A scope by what it is, so that the cache compares nothing."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __hash__(self) -> int:
        return id(self.scope)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.scope is self.scope


@lru_cache(maxsize=64)
def _whole(key: _Key) -> Game:
    return Game(key.scope)


def _scope(process: Process, scope_id: str) -> Scope | None:
    for xml in process.diagrams.values():
        if found := _scopes(xml).get(scope_id):
            return found
    return None


@lru_cache(maxsize=256)
def _scopes(xml: bytes) -> dict[str, Scope]:
    root: etree._Element = open_xml(xml, "process.bpmn")
    return {scope.id: scope for scope in read(root).scopes}
