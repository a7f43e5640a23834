"""Puts the checks of a table together by its hit policy and words what they find. The searching is done elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.errors import Fault
from engine.kernel.dmn.check.axes import Axis, axes_of
from engine.kernel.dmn.check.entries import UNKNOWN, check_cells, check_outputs, constant_output
from engine.kernel.dmn.check.search import Box, Effort, box_of, everyone_at, gaps, hidden, partners
from engine.kernel.dmn.check.wording import described, numbers
from engine.kernel.dmn.hit import Hit
from engine.kernel.dmn.index import places
from engine.kernel.dmn.model import Model
from engine.kernel.dmn.table import Rule, Table
from engine.kernel.feel import FeelBudget, compare
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.text import text_of
from engine.kernel.feel.types import name_of
from engine.kernel.feel.values import Value

MAX_FINDINGS = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of a table, the rules concerned (from 0), and one value for each input column that shows it, if any."""

    fault: Fault
    rules: tuple[int, ...] = ()
    example: tuple[Value, ...] | None = None


def check_dmn(model: Model) -> list[Fault]:
    """What is doubtful in the tables of this file, wherever they stand.

    `dmn_overlap`: rules that match together under UNIQUE, `dmn_any_conflict`: under ANY, with different outputs;
    `dmn_gap`: an input without a rule; `dmn_never`, `dmn_hidden`: rules that never match or never count;
    `dmn_unknown_value`, `dmn_empty_interval`: conditions that no input meets; `dmn_output_value`, `dmn_no_priorities`:
    outputs that are not foreseen; `dmn_search_limit`: the table is too wide to be searched through.
    """
    return [each.fault for table in model.graph.tables for each in findings(table)]


def findings(table: Table) -> list[Finding]:
    """All findings about one table."""
    axes = axes_of(table)
    effort = Effort()
    faulty = list(check_cells(table))
    found = [Finding(fault, (rule,)) for rule, _, fault in faulty]
    found += [Finding(fault) for fault in check_outputs(table)]
    dead = set(_dead(table, axes))
    found += _never(table, axes, dead, {(rule, place) for rule, place, _ in faulty})
    found += _together(table, axes, effort)
    found += _hidden(table, axes, dead, effort)
    found += _gaps(table, axes, effort)
    if effort.ended:
        reason = f"{table.title}的表过宽，没有查完：可能还有未列出的重叠、遗漏或无用的规则"
        found.append(Finding(Fault(table.element_id, "dmn_search_limit", reason)))
    return found


def _example(table: Table, axes: Sequence[Axis], box: Box) -> tuple[Value, ...]:
    values: list[Value] = [None] * len(table.inputs)
    for axis, regions in zip(axes, box, strict=True):
        for column in axis.columns:
            values[column] = regions[0].at.value
    return tuple(values)


# ---- rules that match together ---------------------------------------------------------------------------------------


def _together(table: Table, axes: Sequence[Axis], effort: Effort) -> Iterator[Finding]:
    if table.policy not in ("UNIQUE", "ANY"):
        return
    beside = partners(axes, len(table.rules), effort)
    outputs = [_outputs(rule) for rule in table.rules] if table.policy == "ANY" else []
    if outputs:
        beside = [bits & other for bits, other in zip(beside, _otherwise_written(outputs), strict=True)]
    seen: set[tuple[int, int]] = set()
    pairs = ((rule, each) for rule, bits in enumerate(beside) for each in places(bits >> rule + 1 << rule + 1))
    n_told = 0
    for rule, other in pairs:
        if (rule, other) in seen or (outputs and _same(outputs[rule], outputs[other])):
            continue
        n_told += 1
        if n_told > MAX_FINDINGS:
            code = "dmn_overlap" if table.policy == "UNIQUE" else "dmn_any_conflict"
            yield Finding(Fault(table.element_id, code, f"{table.title}的表另有同时命中的规则未列出"))
            return
        box = box_of(axes, 1 << rule | 1 << other)
        among = everyone_at(box, beside[rule] | 1 << rule) if table.policy == "UNIQUE" else 1 << rule | 1 << other
        rules = tuple(places(among))
        seen.update((one, two) for one in rules for two in rules if one < two)
        yield _overlap(table, axes, rules, box_of(axes, among))


def _overlap(table: Table, axes: Sequence[Axis], rules: tuple[int, ...], box: Box) -> Finding:
    which = f"{table.title}的规则 {numbers(rules)} 会同时命中"
    code = "dmn_overlap"
    if table.policy == "ANY":
        which, code = f"{which}而输出不同", "dmn_any_conflict"
    fault = Fault(table.rules[rules[-1]].element_id, code, f"{which}：{described(axes, box)}")
    return Finding(fault, rules, _example(table, axes, box))


def _outputs(rule: Rule) -> tuple[Value, ...]:
    return tuple(constant_output(each) for each in rule.outputs)


def _otherwise_written(outputs: Sequence[tuple[Value, ...]]) -> list[int]:
    """For each rule those with constant outputs that are written otherwise; none for one without constant outputs."""
    alike: dict[tuple[str, ...], int] = {}
    texts = [_written(each) for each in outputs]
    for rule, text in enumerate(texts):
        if text is not None:
            alike[text] = alike.get(text, 0) | 1 << rule
    known = sum(alike.values())
    return [known & ~alike[text] if text is not None else 0 for text in texts]


def _written(outputs: tuple[Value, ...]) -> tuple[str, ...] | None:
    try:
        return tuple(f"{name_of(each)} {text_of(each, Run())}" for each in outputs) if UNKNOWN not in outputs else None
    except FeelBudget:
        return None


def _same(one: tuple[Value, ...], other: tuple[Value, ...]) -> bool:
    try:
        return compare.equal([*one], [*other], Run()) is True
    except FeelBudget:
        return True


# ---- rules without effect --------------------------------------------------------------------------------------------


def _dead(table: Table, axes: Sequence[Axis]) -> Iterator[tuple[int, int]]:
    """Rule and axis where the rule matches nothing at all."""
    for place, axis in enumerate(axes):
        alive = 0
        for region in (*axis.regions, *axis.beside):
            alive |= region.sure | region.perhaps
        yield from ((rule, place) for rule in places(table.index.all_rules & ~alive))


def _never(
    table: Table, axes: Sequence[Axis], dead: set[tuple[int, int]], told: set[tuple[int, int]]
) -> Iterator[Finding]:
    for rule, place in sorted(dead):
        if any((rule, column) in told for column in axes[place].columns):
            continue
        reason = f"{table.title}的规则 {rule + 1} 永远不会命中：没有一个“{axes[place].label}”的值能满足它的条件"
        yield Finding(Fault(table.rules[rule].element_id, "dmn_never", reason), (rule,))


def _hidden(table: Table, axes: Sequence[Axis], dead: set[tuple[int, int]], effort: Effort) -> Iterator[Finding]:
    never = {rule for rule, _ in dead}
    for rule, by in enumerate(_before(table)):
        if by and rule not in never and hidden(axes, rule, by, effort):
            reason = f"{table.title}的规则 {rule + 1} 永远轮不到：它命中的输入总有优先的规则先命中"
            yield Finding(Fault(table.rules[rule].element_id, "dmn_hidden", reason), (rule,))


def _before(table: Table) -> list[int]:
    """For each rule those that win over it wherever both match."""
    if table.policy == "FIRST":
        return [(1 << rule) - 1 for rule in range(len(table.rules))]
    if table.policy != "PRIORITY" or not any(output.values for output in table.outputs):
        return []
    ranks: list[tuple[int, ...] | None] = []
    for number, rule in enumerate(table.rules):
        outputs = _outputs(rule)
        settled = UNKNOWN not in outputs
        ranks.append(table.shape.rank(Hit(number, outputs), Run()) if settled else None)
    return [
        sum(1 << other for other, rank in enumerate(ranks) if mine and rank and (rank, other) < (mine, rule))
        for rule, mine in enumerate(ranks)
    ]


# ---- gaps ------------------------------------------------------------------------------------------------------------


def _gaps(table: Table, axes: Sequence[Axis], effort: Effort) -> Iterator[Finding]:
    if table.policy not in ("UNIQUE", "FIRST", "ANY", "PRIORITY") or any(each.default for each in table.outputs):
        return
    found = gaps(axes, table.index.all_rules, effort)
    for box in islice(found, MAX_FINDINGS):
        reason = f"{table.title}没有规则处理 {described(axes, box)}"
        yield Finding(Fault(table.element_id, "dmn_gap", reason), (), _example(table, axes, box))
    if next(found, None) is not None:
        yield Finding(Fault(table.element_id, "dmn_gap", f"{table.title}的表另有没有规则的输入未列出"))
