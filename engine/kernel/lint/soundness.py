"""Plays the token game of each scope to the end: can it get stuck, circle without end, or let tokens collide?

Of several nodes that could go on the foremost goes: in these nets the order changes no outcome, only choices do.
Tokens behind catch up before a meeting point is passed, so meetings are seen. A sub-process or a call is one node here.
Work is bounded by a count, not by a clock, so that the verdict on a file is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, TypeAlias

from engine.kernel.lint.context import Context
from engine.kernel.lint.diagram import Scope
from engine.kernel.lint.finding import Finding, error, warning
from engine.kernel.lint.net import Net, Step, compile_net, targets

MAX_MARKINGS: Final = 20_000
MAX_WORK: Final = 500_000
MAX_TOKENS_ON_FLOW: Final = 8

Marking: TypeAlias = tuple[tuple[int, int], ...]
"""Flows that hold tokens with how many, in order of flow; () is the end."""


def check(context: Context) -> Iterator[Finding]:
    """All findings of this module; to be asked only about diagrams without other errors."""
    for scope in context.diagram.scopes:
        yield from Game(scope).findings()


class Game:
    """All markings that a scope can come to, and what was met on the way; from its start, or from tokens that stand on
    these flows (by their place in the scope)."""

    def __init__(self, scope: Scope, begin: Sequence[int] | None = None) -> None:
        self._scope = scope
        self._net: Net = compile_net(scope)
        self._first = self._net.first if begin is None else (tuple(begin),)
        # In a loop with a side branch tokens of earlier rounds may pile up; two stand for many there.
        self._most = 2 if self._net.cyclic else MAX_TOKENS_ON_FLOW + 1
        self._next: dict[Marking, tuple[Marking, ...]] = {}
        self._stuck: dict[str, str] = {}
        self._meet: set[str] = set()
        self._second: set[str] = set()
        self._exploded: list[str] = []
        self._proven = self._play()

    def findings(self) -> Iterator[Finding]:
        """Errors first, in the order of the steps."""
        for id_, missing in self._stuck.items():
            yield error(id_, "deadlock", f"汇合处会永远等待：有的走法下 {missing} 上不会来令牌。")
        for id_ in self._exploded[:1]:
            yield error(id_, "token_explosion", "此处会同时来许多令牌，后面的步骤会重复许多次。")
        for id_ in sorted(self._meet):
            yield warning(id_, "tokens_meet", "并行的分支在此相遇而没有汇合，后面的步骤每个分支各做一次。")
        for id_ in sorted(self._second - self._meet):
            yield warning(id_, "join_second_token", "同一条线上会来第二个令牌，后面的步骤会再做一次。")
        if not self._proven:
            yield warning(self._scope.id, "not_proven", "走法太多，没有全部查完。")
        elif not self._stuck and not self._exploded:
            yield from self._endless()

    def is_as_sound_as(self, whole: Game) -> bool:
        """Does every way on come to the end, without any meeting of tokens that the whole game does not know?"""
        ends = self._proven and not self._stuck and not self._exploded and not any(self._endless())
        met, known = self._meet | self._second, whole._meet | whole._second
        return ends and met <= known and self._doubled() <= whole._doubled() | self._beside()

    def _beside(self) -> set[int]:
        """Flows to which only events that do not interrupt lead: what they began may be begun again."""
        nodes = self._scope.nodes.values()
        events = {n.id for n in nodes if n.tag == "boundaryEvent" and n.element.get("cancelActivity") == "false"}
        drawn = self._reached([n.id for n in nodes if n.tag == "startEvent"], events)
        return self._reached(sorted(events), frozenset()) - drawn

    def _reached(self, begin: Sequence[str], without: Collection[str]) -> set[int]:
        numbers = {id(flow): number for number, flow in enumerate(self._scope.flows)}
        found, seen, waiting = set[int](), set(begin), list(begin)
        while waiting:
            node = self._scope.nodes[waiting.pop()]
            found |= {numbers[id(flow)] for flow in node.outgoing}
            fresh = {target.id for target in targets(node)} - seen - set(without)
            seen |= fresh
            waiting += fresh
        return found

    def _doubled(self) -> set[int]:
        """Flows that hold more than one token at some time."""
        return {flow for marking in self._next for flow, n in marking if n > 1}

    def _play(self) -> bool:
        """Visit every marking. False if the bound was hit first."""
        waiting = [self._put((), option) for option in self._first]
        work = 0
        while waiting:
            marking = waiting.pop()
            if marking in self._next:
                continue
            work += len(marking) + 1
            if len(self._next) >= MAX_MARKINGS or work > MAX_WORK:
                return False
            self._next[marking] = following = self._go_on(marking)
            waiting += following
        return True

    def _go_on(self, marking: Marking) -> tuple[Marking, ...]:
        held = dict(marking)
        ready = sorted({self._net.owner[flow] for flow in held})
        for number in ready:
            taken = self._takes(number, held)
            if taken:
                step = self._net.steps[number]
                if step.terminates:
                    return ((),)
                rest = tuple((flow, n - (flow in taken)) for flow, n in marking if n > 1 or flow not in taken)
                return tuple(self._put(rest, option) for option in step.options)
        for number in ready:
            self._note_stuck(self._net.steps[number], held)
        return ()

    def _takes(self, number: int, held: dict[int, int]) -> tuple[int, ...]:
        """The flows that the step would take a token from now; none if it must wait."""
        step = self._net.steps[number]
        marked = tuple(flow for flow in step.incoming if flow in held)
        if step.takes == "any":
            if len(marked) > 1 and not step.is_end:
                self._meet.add(step.id)
            return marked[:1]
        if any(held[flow] > 1 for flow in marked):
            self._second.add(step.id)
        if len(marked) == len(step.incoming):
            return marked
        # An inclusive join waits for every token that can still come, as ours does at run time.
        if step.takes == "all" or not self._net.upstream[number].isdisjoint(held):
            return ()
        return marked

    def _put(self, marking: Marking, flows: tuple[int, ...]) -> Marking:
        held = dict(marking)
        for flow in flows:
            held[flow] = min(held.get(flow, 0) + 1, self._most)
            if held[flow] > MAX_TOKENS_ON_FLOW:
                self._exploded.append(self._net.steps[self._net.owner[flow]].id)
        return tuple(sorted(held.items()))

    def _note_stuck(self, step: Step, held: dict[int, int]) -> None:
        missing = [self._net.flow_ids[flow] for flow in step.incoming if flow not in held]
        self._stuck.setdefault(step.id, "、".join(missing))

    def _endless(self) -> Iterator[Finding]:
        """Markings from which the end cannot be reached any more, although something always goes on."""
        before: dict[Marking, list[Marking]] = {}
        for marking, following in self._next.items():
            for after in following:
                before.setdefault(after, []).append(marking)
        ending: set[Marking] = set()
        waiting: list[Marking] = [()]
        while waiting:
            marking = waiting.pop()
            if marking not in ending:
                ending.add(marking)
                waiting += before.get(marking, [])
        lost = next((marking for marking in self._next if marking not in ending), None)
        if lost is not None:
            number = min(self._net.owner[flow] for flow, _ in lost)
            yield error(self._net.steps[number].id, "livelock", "走到此处后再也走不到结束。")
