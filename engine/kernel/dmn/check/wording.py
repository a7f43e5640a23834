"""Boxes of regions in words: `容量 > 160 且 < 300，用途 = “A”`. It finds nothing out."""

from __future__ import annotations

from collections.abc import Sequence

from engine.kernel.dmn.check.axes import Axis, Region
from engine.kernel.dmn.check.places import Place
from engine.kernel.dmn.check.search import Box
from engine.kernel.feel import FeelBudget
from engine.kernel.feel.runtime import Run
from engine.kernel.feel.text import text_of
from engine.kernel.feel.values import Value

_MANY = 5
_LONG = 60


def shown(value: Value) -> str:
    """A value as people write it."""
    if value is None:
        return "空值"
    if isinstance(value, str):
        return f"“{value[:_LONG]}”"
    try:
        return text_of(value, Run())[:_LONG]
    except FeelBudget:
        return "（过长的值）"


def described(axes: Sequence[Axis], box: Box) -> str:
    """The box, and an example if the box is more than one; inputs that do not matter are left out."""
    whole: list[str] = []
    single: list[str] = []
    for axis, regions in zip(axes, box, strict=True):
        if len(regions) == len(axis.regions):
            continue
        example = f"{axis.label} = {shown(regions[0].at.value)}"
        single.append(example)
        whole.append(_axis(axis, regions) or example)
    if whole == single:
        return "，".join(single) or "任何输入"
    return f"{'，'.join(whole)}（例如 {'，'.join(single)}）"


def _axis(axis: Axis, regions: tuple[Region, ...]) -> str:
    """The regions of one axis; nothing if only the example can be vouched for."""
    if not axis.exact:
        return ""
    if any(region.at.rest for region in regions):
        others = [shown(region.at.value) for region in axis.regions if region not in regions]
        return f"{axis.label} 不为 {'、'.join(others)}" if len(others) <= _MANY else f"{axis.label} 为其他值"
    runs: list[list[Place]] = []
    for before, region in zip((None, *axis.regions), axis.regions, strict=False):
        if region not in regions:
            continue
        if runs and before is not None and before.at is runs[-1][-1] and before.at.line == region.at.line >= 0:
            runs[-1].append(region.at)
        else:
            runs.append([region.at])
    words = " 或 ".join(_run(run[0], run[-1]) for run in runs)
    return f"{axis.label} {words}".replace(" 或 = ", " 或 ") if len(runs) <= _MANY else ""


def _run(start: Place, end: Place) -> str:
    """A stretch of a line, or a value by itself."""
    if start.line < 0 or (start is end and not start.gap):
        return f"= {shown(start.value)}"
    low = f"{'>' if start.gap else '>='} {shown(start.low)}" if start.low is not None else ""
    high = f"{'<' if end.gap else '<='} {shown(end.high)}" if end.high is not None else ""
    return " 且 ".join(bound for bound in (low, high) if bound) or "不为空值"


def numbers(rules: Sequence[int]) -> str:
    """Rule numbers from 1."""
    listed = "、".join(str(rule + 1) for rule in rules[:_MANY])
    return listed + (f" 等 {len(rules)} 条" if len(rules) > _MANY else "")
