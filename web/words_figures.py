"""The words of dashboards: figures, what is left of the time, why an order is overdue. Knows no number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext

from engine.store.figures import CAUSE, NO_CLOCK, OVERDUE, SUSPENDED
from web.presentation import category_name, stage_name
from web.words_late import cause_name

FIGURES = {
    "accepted": lazy_gettext("受理工单"),
    "unpapered": lazy_gettext("一证通办工单"),
    "papered": lazy_gettext("另收资料的工单"),
    "identified": lazy_gettext("居民自然人工单"),
    "face": lazy_gettext("刷脸办电工单"),
    "faceless": lazy_gettext("未刷脸的居民工单"),
    "archived": lazy_gettext("办结工单"),
    "on_time": lazy_gettext("按时办结工单"),
    "late": lazy_gettext("超时限办结工单"),
    "late_stage": lazy_gettext("超时限的时钟"),
    "open": lazy_gettext("在途工单"),
    "step": lazy_gettext("在途环节"),
    "left": lazy_gettext("剩余时限"),
    "overdue": lazy_gettext("在途超期工单"),
    "why": lazy_gettext("超期原因"),
    "promised": lazy_gettext("到期承诺"),
    "kept": lazy_gettext("按期履约"),
    "broken": lazy_gettext("未按期履约"),
}
RATES = {
    "on_time": lazy_gettext("按时办结率"),
    "unpapered": lazy_gettext("一证通办率"),
    "face": lazy_gettext("刷脸办电率"),
    "kept": lazy_gettext("承诺履约率"),
}
MEANINGS = {
    "on_time": lazy_gettext("期内办结且全流程、各限时环节均未超时限 ÷ 期内办结"),
    "unpapered": lazy_gettext("期内受理且除主体证明外未收客户纸质件、上传件 ÷ 期内受理"),
    "face": lazy_gettext("期内受理的居民自然人工单中经刷脸核验 ÷ 期内受理的居民自然人工单"),
    "kept": lazy_gettext("期内到期的承诺资料中按期补交 ÷ 期内到期的承诺资料"),
}
LEFT = {
    OVERDUE: lazy_gettext("已超期"),
    SUSPENDED: lazy_gettext("暂停中"),
    NO_CLOCK: lazy_gettext("无在计时限"),
}
WHY = {
    "INCIDENT": lazy_gettext("办理中断，待处理异常"),
    "UNCLAIMED": lazy_gettext("任务无人领取"),
    "HELD": lazy_gettext("任务在办未完成"),
    "OUTSIDE": lazy_gettext("等待外部系统"),
    "WAITING": lazy_gettext("等待客户或约定时间"),
}


def figure_name(figure: str) -> str:
    """What staff call a figure."""
    return str(FIGURES.get(figure, figure))


def rate_name(figure: str) -> str:
    """What staff call the rate that has this figure on top."""
    return str(RATES[figure])


def rate_meaning(figure: str) -> str:
    """Its formula in words."""
    return str(MEANINGS[figure])


def left_name(code: str, bounds: tuple[int, ...]) -> str:
    """A group of open orders by what is left: 1天以内, 1至3天, 7天以上."""
    if code in LEFT:
        return str(LEFT[code])
    if code == "more":
        return gettext("%(n)s天以上", n=bounds[-1])
    before = max((each for each in bounds if each < int(code)), default=0)
    return gettext("%(a)s至%(b)s天", a=before, b=code) if before else gettext("%(n)s天以内", n=code)


def why_late_name(code: str) -> str:
    """Why an order is overdue."""
    if code.startswith(CAUSE):
        return gettext("督办答复：%(cause)s", cause=cause_name(code.removeprefix(CAUSE)))
    return str(WHY.get(code, code))


def value_name(figure: str, value: str, bounds: tuple[int, ...]) -> str:
    """What a figure was asked for, as people read it."""
    if not value:
        return ""
    if figure == "left":
        return left_name(value, bounds)
    if figure == "why":
        return why_late_name(value)
    if figure in ("step", "late_stage"):
        return stage_name(value) if value else gettext("其他")
    if figure in ("identified", "face"):
        return gettext("%(level)s级营业厅", level=value)
    return category_name(value)


def percent(share: float | None) -> str:
    """97.3%; a dash where there is nothing to divide by."""
    return "—" if share is None else f"{share:.1%}"


def combined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a link with some of them changed."""
    return {**one, **other}


def install(app: Flask) -> None:
    """Make them filters of the templates."""
    words = (figure_name, rate_name, rate_meaning, why_late_name, percent, combined)
    app.jinja_env.filters.update({each.__name__: each for each in words})
