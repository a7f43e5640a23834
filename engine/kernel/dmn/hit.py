"""Hit policies: what a decision table gives for the rules that match; it matches none itself."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.kernel.feel import compare
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.values import NUMBERS, Value

POLICIES = frozenset({"UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER"})
AGGREGATIONS = frozenset({"", "SUM", "MIN", "MAX", "COUNT"})


@dataclass(frozen=True, slots=True)
class Hit:
    """The outputs of one matching rule, column by column; `rule` counts from 1."""

    rule: int
    outputs: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """How outputs become a value: column names (one without a name gives the bare value) and their priorities."""

    names: tuple[str, ...]
    priorities: tuple[tuple[Value, ...], ...]

    def value(self, outputs: Sequence[Value]) -> Value:
        """One row as a value."""
        if len(self.names) == 1:
            return outputs[0]
        return dict(zip(self.names, outputs, strict=True))

    def rank(self, hit: Hit, run: Run) -> tuple[int, ...]:
        """Where the row stands in the order of output values, first column first; unlisted values come last."""
        return tuple(_index(value, order, run) for value, order in zip(hit.outputs, self.priorities, strict=True))


def _index(value: Value, order: tuple[Value, ...], run: Run) -> int:
    for place, each in enumerate(order):
        if compare.equal(value, each, run) is True:
            return place
    return len(order)


def settle(policy: str, aggregation: str, hits: list[Hit], shape: Shape, run: Run) -> tuple[Value, tuple[int, ...]]:
    """The table's value for its hits (at least one) and the rules it comes from."""
    everyone = tuple(hit.rule for hit in hits)
    if policy == "UNIQUE" and len(hits) > 1:
        run.note(0, f"UNIQUE 表有多条规则同时命中：{everyone}")
        return None, everyone
    if policy in ("UNIQUE", "FIRST"):
        return shape.value(hits[0].outputs), everyone[:1]
    if policy == "ANY":
        return _any(hits, shape, run), everyone
    if policy == "PRIORITY":
        best = min(hits, key=lambda each: shape.rank(each, run))
        return shape.value(best.outputs), (best.rule,)
    if policy == "OUTPUT ORDER":
        hits = sorted(hits, key=lambda each: shape.rank(each, run))
    if policy == "COLLECT" and aggregation:
        return _aggregate(aggregation, hits, shape, run), everyone
    run.size(len(hits))
    return [shape.value(hit.outputs) for hit in hits], tuple(hit.rule for hit in hits)


def nothing(policy: str, aggregation: str) -> Value:
    """The value of a table without defaults that no rule matches: COLLECT collects nothing and counts to zero."""
    if policy != "COLLECT" or aggregation in ("SUM", "MIN", "MAX"):
        return None
    return Decimal(0) if aggregation == "COUNT" else []


def _any(hits: list[Hit], shape: Shape, run: Run) -> Value:
    first = shape.value(hits[0].outputs)
    for hit in hits[1:]:
        if compare.equal(shape.value(hit.outputs), first, run) is not True:
            run.note(0, f"ANY 表命中的规则输出不一致：{hits[0].rule} 与 {hit.rule}")
            return None
    return first


def _aggregate(aggregation: str, hits: list[Hit], shape: Shape, run: Run) -> Value:
    if aggregation == "COUNT":
        return Decimal(len(hits))
    columns = [[hit.outputs[index] for hit in hits] for index in range(len(shape.names))]
    return shape.value([_fold(aggregation, column, run) for column in columns])


def _sum(values: list[Value]) -> Value:
    total = Decimal(0)
    for value in values:
        total = NUMBERS.add(total, value)
    return total


def _least(values: list[Value]) -> Value:
    best = values[0]
    for value in values[1:]:
        best = value if compare.less(value, best) else best
    return best


def _greatest(values: list[Value]) -> Value:
    best = values[0]
    for value in values[1:]:
        best = value if compare.less(best, value) else best
    return best


_FOLDS: dict[str, Callable[[list[Value]], Value]] = {"SUM": _sum, "MIN": _least, "MAX": _greatest}


def _fold(aggregation: str, values: list[Value], run: Run) -> Value:
    if aggregation == "SUM":
        fits = all(type(value) is Decimal for value in values)
    else:
        fits = all(compare.less(value, values[0]) is not None for value in values)
    try:
        if fits:
            return _FOLDS[aggregation](values)
    except decimal.DecimalException:
        fits = False
    run.note(0, f"{aggregation} 不能用于这些输出")
    return None
