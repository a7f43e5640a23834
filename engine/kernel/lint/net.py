"""A scope as a token net: what each node takes from which flows and what it may put where. Plays nothing itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, TypeAlias

from engine.kernel.lint.diagram import Flow, Node, Scope

MAX_SUBSETS_OF: Final = 4

Numbering: TypeAlias = Callable[[Iterable[Flow]], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Step:
    """One node. `options`: the sets of flows it may put tokens on; flows are numbers."""

    id: str
    takes: Literal["any", "all", "inclusive"]
    incoming: tuple[int, ...]
    options: tuple[tuple[int, ...], ...]
    is_end: bool = False
    terminates: bool = False


@dataclass(frozen=True, slots=True)
class Net:
    """Steps in an order in which, loops aside, every step stands behind those that lead to it."""

    steps: tuple[Step, ...]
    owner: tuple[int, ...]
    flow_ids: tuple[str, ...]
    first: tuple[tuple[int, ...], ...]
    cyclic: bool
    upstream: Mapping[int, frozenset[int]]
    """Number of an inclusive join -> the flows from which a token may still come to it."""


def compile_net(scope: Scope) -> Net:
    """The net of a scope that the other checks found free of errors."""
    order, cyclic = _order(scope)
    numbers = {id(flow): number for number, flow in enumerate(scope.flows)}
    steps = tuple(_step(node, numbers) for node in order)
    rank = {node.id: number for number, node in enumerate(order)}
    start = next(node for node in order if node.tag == "startEvent")
    return Net(
        steps=steps,
        owner=tuple(rank[flow.target] for flow in scope.flows),
        flow_ids=tuple(flow.id for flow in scope.flows),
        first=steps[rank[start.id]].options,
        cyclic=cyclic,
        upstream={
            number: _upstream(steps, number)
            for number, step in enumerate(steps)
            if step.takes == "inclusive" and len(step.incoming) > 1
        },
    )


def targets(node: Node) -> list[Node]:
    """Where a token may go from here in one step, by way of boundary events too."""
    found = [node.scope.nodes[flow.target] for flow in node.outgoing]
    return found + node.attached


def _order(scope: Scope) -> tuple[list[Node], bool]:
    """Reverse post-order of a depth-first walk, without recursion; True if a loop was met on the way."""
    done: dict[str, bool] = {}
    order: list[Node] = []
    cyclic = False
    stack: list[tuple[Node, bool]] = [(node, False) for node in scope.tagged("startEvent")]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            done[node.id] = True
            order.append(node)
        elif node.id in done:
            # Entered and not yet left: the walk came back to where it is.
            cyclic = cyclic or not done[node.id]
        else:
            done[node.id] = False
            stack.append((node, True))
            stack += [(target, False) for target in targets(node)]
    return order[::-1], cyclic


def _step(node: Node, numbers: Mapping[int, int]) -> Step:
    def number(flows: Iterable[Flow]) -> tuple[int, ...]:
        return tuple(numbers[id(flow)] for flow in flows)

    leaving = number(node.outgoing)
    if node.tag in ("exclusiveGateway", "eventBasedGateway"):
        options: tuple[tuple[int, ...], ...] = tuple((flow,) for flow in leaving)
    elif node.tag == "inclusiveGateway":
        options = _inclusive(node, number)
    else:
        options = _with_boundaries(leaving, node, number)
    takes: Literal["any", "all", "inclusive"] = "any"
    if node.tag == "parallelGateway":
        takes = "all"
    elif node.tag == "inclusiveGateway":
        takes = "inclusive"
    return Step(
        id=node.id,
        takes=takes,
        incoming=number(node.incoming),
        options=options,
        is_end=node.tag == "endEvent",
        terminates=node.tag == "endEvent" and bool(node.definitions()),
    )


def _inclusive(node: Node, number: Numbering) -> tuple[tuple[int, ...], ...]:
    default = node.element.get("default")
    if len(node.outgoing) == 1:
        return (number(node.outgoing),)
    chosen = _subsets(number(flow for flow in node.outgoing if flow.id != default))
    otherwise = [number([flow]) for flow in node.outgoing if flow.id == default]
    return tuple(subset for subset in chosen if subset) + tuple(otherwise)


def _with_boundaries(leaving: tuple[int, ...], node: Node, number: Numbering) -> tuple[tuple[int, ...], ...]:
    """Done, or interrupted by one boundary event; beside either, any of those that do not interrupt."""
    beside = [event for event in node.attached if event.element.get("cancelActivity") == "false"]
    ways = [leaving, *(number(event.outgoing) for event in node.attached if event not in beside)]
    extras = _subsets(tuple(flow for event in beside for flow in number(event.outgoing)))
    return tuple(dict.fromkeys((*way, *extra) for way in ways for extra in extras))


def _subsets(flows: tuple[int, ...]) -> list[tuple[int, ...]]:
    """All subsets of a few; of many only none, each alone, all but one, and all: enough to unbalance any join."""
    sizes = range(len(flows) + 1)
    if len(flows) > MAX_SUBSETS_OF:
        sizes_kept = {0, 1, len(flows) - 1, len(flows)}
        return [subset for size in sizes if size in sizes_kept for subset in combinations(flows, size)]
    return [subset for size in sizes for subset in combinations(flows, size)]


def _upstream(steps: tuple[Step, ...], join: int) -> frozenset[int]:
    """Backwards from the join's incoming flows, never through the join itself."""
    before: dict[int, set[int]] = {}
    for number, step in enumerate(steps):
        if number != join:
            for flow in {flow for option in step.options for flow in option}:
                before.setdefault(flow, set()).update(step.incoming)
    seen = set(steps[join].incoming)
    waiting = list(seen)
    while waiting:
        fresh = before.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return frozenset(seen - set(steps[join].incoming))
