"""Searches combinations of regions for overlaps, gaps and rules that others hide. It words nothing and runs no rule.

Overlaps are found by pairs, exactly and quickly. Covering is a hard problem in general; `Effort` bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TypeAlias

from engine.kernel.dmn.check.axes import Axis, Region
from engine.kernel.dmn.index import places

MAX_STATES = 20_000
MAX_MARKS = 5_000_000

Box: TypeAlias = tuple[tuple[Region, ...], ...]
"""Regions of each axis; every combination of them is meant."""


@dataclass(slots=True)
class Effort:
    """How much searching is left for one table, and whether that was too little."""

    states: int = MAX_STATES
    ended: bool = False

    def spend(self) -> bool:
        """One state more; False if there is nothing left."""
        self.states -= 1
        self.ended = self.ended or self.states < 0
        return not self.ended


# ---- overlaps --------------------------------------------------------------------------------------------------------


def partners(axes: Sequence[Axis], n_rules: int, effort: Effort) -> list[int]:
    """For each rule the rules (itself included) that surely match some input together with it."""
    found = [(1 << n_rules) - 1] * n_rules
    marks = sum(bits.bit_count() for axis in axes for bits in _distinct(axis))
    if marks > MAX_MARKS:
        effort.ended = True
        return [0] * n_rules
    for axis in axes:
        beside = [0] * n_rules
        for bits in _distinct(axis):
            for rule in places(bits):
                beside[rule] |= bits
        found = [old & new for old, new in zip(found, beside, strict=True)]
    return found


def _distinct(axis: Axis) -> set[int]:
    return {region.sure for region in axis.regions}


def box_of(axes: Sequence[Axis], rules: int) -> Box:
    """Everything that all these rules surely match."""
    return tuple(tuple(region for region in axis.regions if region.sure & rules == rules) for axis in axes)


def everyone_at(box: Box, rules: int) -> int:
    """All of `rules` that surely match the first example of the box."""
    for regions in box:
        rules &= regions[0].sure
    return rules


# ---- gaps ------------------------------------------------------------------------------------------------------------


def gaps(axes: Sequence[Axis], rules: int, effort: Effort) -> Iterator[Box]:
    """Boxes that none of the rules can match, none inside one found before."""
    found: list[Box] = []
    bits = [[(region.sure | region.perhaps) & rules for region in axis.regions] for axis in axes]
    for chosen in _uncovered(bits, rules, effort):
        if any(_inside(chosen, axes, box) for box in found):
            continue
        box = _widened(chosen, axes, bits)
        found.append(box)
        yield box


def hidden(axes: Sequence[Axis], rule: int, by: int, effort: Effort) -> bool:
    """Whether wherever the rule may match, one of the rules `by` surely does. False if that is not found out."""
    bit = 1 << rule
    bits = [
        [region.sure for region in (*axis.regions, *axis.beside) if (region.sure | region.perhaps) & bit]
        for axis in axes
    ]
    for each in bits:
        by &= reduce(or_, each, 0)
    if not by:
        return False
    return next(_uncovered(bits, by, effort), None) is None and not effort.ended


def _uncovered(bits: Sequence[Sequence[int]], rules: int, effort: Effort) -> Iterator[tuple[int, ...]]:
    """Places of one region an axis, so that no rule is in all of them; axes beyond the last one no longer matter.

    What is left of the rules behind so many axes decides how it goes on, so what led nowhere once is not tried again.
    """
    always = [rules] * (len(bits) + 1)
    for number in range(len(bits) - 1, -1, -1):
        always[number] = reduce(and_, bits[number], always[number + 1])
    covered: set[tuple[int, int]] = set()
    n_found = 0
    stack: list[tuple[int, int, tuple[int, ...], int]] = [(0, rules, (), -1)]
    while stack:
        axis, left, chosen, n_before = stack.pop()
        if n_before >= 0:
            if n_before == n_found:
                covered.add((axis, left))
            continue
        if left & always[axis] or (axis, left) in covered:
            continue
        if not effort.spend():
            return
        if not left:
            n_found += 1
            yield chosen
            continue
        stack.append((axis, left, (), n_found))
        for place in range(len(bits[axis]) - 1, -1, -1):
            stack.append((axis + 1, left & bits[axis][place], (*chosen, place), -1))


def _inside(chosen: tuple[int, ...], axes: Sequence[Axis], box: Box) -> bool:
    for number, (axis, regions) in enumerate(zip(axes, box, strict=True)):
        wanted = axis.regions[chosen[number]] if number < len(chosen) else None
        if not any(each is wanted for each in regions) and len(regions) < len(axis.regions):
            return False
    return True


def _widened(chosen: tuple[int, ...], axes: Sequence[Axis], bits: Sequence[Sequence[int]]) -> Box:
    """The box round a gap that is a gap still, axis by axis as wide as it can be."""
    kept = [bits[axis][place] for axis, place in enumerate(chosen)]
    box: list[tuple[Region, ...]] = []
    for number, place in enumerate(chosen):
        others = reduce(and_, (each for other, each in enumerate(kept) if other != number), -1)
        fits = [each for each, rules in enumerate(bits[number]) if not rules & others]
        fits.sort(key=lambda each: each != place)
        kept[number] = reduce(or_, (bits[number][each] for each in fits))
        box.append(tuple(axes[number].regions[each] for each in fits))
    return (*box, *(axis.regions for axis in axes[len(chosen) :]))
