"""Judges single cells: values that cannot come, intervals that hold nothing, outputs that are not foreseen."""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import Fault
from engine.kernel.dmn.cell import constant_cell
from engine.kernel.dmn.check.axes import UNPREDICTABLE
from engine.kernel.dmn.check.domain import Domain, domain_of
from engine.kernel.dmn.check.wording import shown
from engine.kernel.dmn.table import Output, Table
from engine.kernel.feel import Expression, UnaryTests, compare, tree
from engine.kernel.feel.errors import FeelBudget
from engine.kernel.feel.runtime import Frame, Note, Run
from engine.kernel.feel.values import Range, Value
from engine.kernel.feel.walk import nodes_of

UNKNOWN = object()
"""Instead of an output that depends on the inputs."""


def check_cells(table: Table) -> Iterator[tuple[int, int, Fault]]:
    """Rule, column and fault of each input cell with something in it that no input can meet."""
    for place, column in enumerate(table.inputs):
        domain = domain_of(column, table)
        for number, rule in enumerate(table.rules):
            for reason, code in _cell(rule.tests[place], domain):
                where = f"{table.title}的规则 {number + 1}：“{column.label}”的条件"
                yield number, place, Fault(rule.element_id, code, where + reason)


def _cell(cell: UnaryTests | None, domain: Domain) -> Iterator[tuple[str, str]]:
    for test in cell.tree.tests if cell is not None else ():
        if isinstance(test.operand, tree.Interval) and not test.operator:
            yield from _interval(test.operand)
    told = constant_cell(cell) if cell is not None else None
    for operator, value in told.tests() if told is not None else ():
        if type(value) is Range:
            if value.start is not None and compare.at_most(value.end, value.start) and not _closed(value):
                yield f" {shown(value)} 的两端相同而不含端点，没有值能满足", "dmn_empty_interval"
        elif operator in ("", "=", "!=") and domain.known and not domain.allows(value):
            yield f" {shown(value)} 不在允许值之内", "dmn_unknown_value"


def _closed(span: Range) -> bool:
    return span.start_included and span.end_included


def _interval(node: tree.Interval) -> Iterator[tuple[str, str]]:
    """An interval whose ends are in the wrong order or of two kinds: FEEL makes it null."""
    if isinstance(node.start, tree.Constant) and isinstance(node.end, tree.Constant):
        low, high = node.start.value, node.end.value
        why = "次序颠倒" if compare.less(high, low) else "无法比较"
        yield f"：区间的两端 {shown(low)} 与 {shown(high)} {why}，没有值能满足", "dmn_empty_interval"


# ---- outputs ---------------------------------------------------------------------------------------------------------


def check_outputs(table: Table) -> Iterator[Fault]:
    """Output cells outside the output values, and priorities without any."""
    ranked = table.policy in ("PRIORITY", "OUTPUT ORDER")
    if ranked and table.outputs and not any(output.values for output in table.outputs):
        reason = f"{table.title}的命中策略 {table.policy} 按输出值的先后排序，但没有一列列出输出值"
        yield Fault(table.element_id, "dmn_no_priorities", reason)
    for place, output in enumerate(table.outputs):
        for number, rule in enumerate(table.rules):
            value = constant_output(rule.outputs[place])
            if value is UNKNOWN or value is None or _foreseen(output, value):
                continue
            label = f"“{output.name}”" if output.name else ""
            late = "，排序时排在最后" if ranked else ""
            reason = f"{table.title}的规则 {number + 1}：输出{label} {shown(value)} 不在输出值之内{late}"
            yield Fault(rule.element_id, "dmn_output_value", reason)


def _foreseen(output: Output, value: Value) -> bool:
    frame = Frame({}, None, Run())
    return output.allowed is None or any(
        output.allowed.passes(frame, each) is True for each in (value, *(value if type(value) is list else ()))
    )


def constant_output(expression: Expression | None) -> Value:
    """What an output cell always gives; `UNKNOWN` if that depends on the inputs or cannot be said."""
    if expression is None:
        return None
    called = {node.name for node in nodes_of(expression.tree) if isinstance(node, tree.Name)}
    if expression.names or expression.functions or not UNPREDICTABLE.isdisjoint(called):
        return UNKNOWN
    notes: list[Note] = []
    try:
        value = expression.evaluate({}, None, notes)
    except FeelBudget:
        return UNKNOWN
    return UNKNOWN if notes else value
